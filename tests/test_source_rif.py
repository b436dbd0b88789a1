"""CCW claims and beneficiary files (RIF): what of them becomes canonical, and what is told."""

import csv
import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from conftest import SHARED
from load_tables import load_it, quarantine, rows, select
from mutate import tally, write
from openvbc.errors import InputError
from openvbc.sources.rif.format import FORMAT

RESOURCES = "bfd_rif_synthea/apps/bfd-model/bfd-model-rif-samples/src/main/resources"
SAMPLES = SHARED / "data" / RESOURCES
needs_samples = pytest.mark.skipif(not SAMPLES.exists(), reason="no ../shared/data/bfd_rif_synthea")
CLAIM_FILES = ("carrier", "dme", "hha", "hospice", "inpatient", "outpatient", "snf")

MONTHS = range(1, 13)
NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEPT", "OCT", "NOV", "DEC")


def records(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter="|")


def write_rif(path: Path, *given: dict[str, str]) -> Path:
    """A RIF of the columns that the rows have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(column for row in given for column in row))
    lines = ["|".join(columns), *("|".join(row.get(it, "") for it in columns) for row in given)]
    path.write_text("\n".join(lines) + "\n")
    return path


def beneficiary(year: str = "2024", **changed: str) -> dict[str, str]:
    return {
        "DML_IND": "INSERT",
        "BENE_ID": "-1",
        "STATE_CODE": "22",
        "BENE_BIRTH_DT": "17-Jan-1942",
        "BENE_SEX_IDENT_CD": "2",
        "BENE_MDCR_STATUS_CD": "10",
        "MBI_NUM": "1AA0AA0AA01",
        "RFRNC_YR": year,
        **{f"MDCR_STUS_{it}_CD": "10" for it in NAMES},
        **{f"MDCR_ENTLMT_BUYIN_{it}_IND": "3" for it in MONTHS},
        **{f"HMO_{it}_IND": "0" for it in MONTHS},
        **{f"META_DUAL_ELGBL_STUS_{it}_CD": "" for it in NAMES},
        **changed,
    }


def outpatient(line: int, payment: str, **changed: str) -> dict[str, str]:
    """One line of a claim of 100.00: two lines of 60.00 and 40.00 add up to it."""
    return {
        "DML_IND": "INSERT",
        "BENE_ID": "-1",
        "CLM_ID": "-9",
        "FINAL_ACTION": "F",
        "NCH_CLM_TYPE_CD": "40",
        "CLM_FROM_DT": "02-Mar-2024",
        "CLM_THRU_DT": "02-Mar-2024",
        "NCH_WKLY_PROC_DT": "08-Mar-2024",
        "PRVDR_NUM": "220171",
        "CLM_FAC_TYPE_CD": "1",
        "CLM_SRVC_CLSFCTN_TYPE_CD": "3",
        "CLM_FREQ_CD": "1",
        "CLM_PMT_AMT": "100.00",
        "NCH_BENE_PTB_DDCTBL_AMT": "20.00",
        "PRNCPAL_DGNS_CD": "J029",
        "ICD_DGNS_CD1": "J029",
        "ICD_DGNS_VRSN_CD1": "0",
        "ICD_DGNS_CD2": "E034",
        "CLM_LINE_NUM": str(line),
        "REV_CNTR": "0450",
        "REV_CNTR_PMT_AMT_AMT": payment,
        "REV_CNTR_TOT_CHRG_AMT": "150.00",
        **changed,
    }


@needs_samples
def test_every_row_of_the_synthetic_files_is_accepted(tmp_path: Path) -> None:
    """Three people, eleven years, seven kinds of claims: 347 lines of claims, 18 drug events.

    Each claim's payment stands once in its lines, whether or not the lines give amounts.
    """
    result = load_it(tmp_path / "data", SAMPLES / "rif-synthea")
    assert (result.kind, result.ignored) == ("rif", ("export_summary.csv",))
    accepted = {name: count.accepted for name, count in result.tables.items() if count.rows_in}
    assert accepted == {
        "diagnosis": 829,
        "eligibility": 30,
        "facility": 6,
        "medical_claim": 347,
        "person": 3,
        "person_identifier": 9,
        "pharmacy_claim": 18,
        "procedure": 18,
        "provider": 5,
        "source": 1,
    }
    assert quarantine(result) == []
    paid: dict[str, Decimal] = {}
    for name in CLAIM_FILES:
        for record in records(SAMPLES / "rif-synthea" / f"{name}.csv"):
            paid[record["CLM_ID"]] = Decimal(record["CLM_PMT_AMT"])
    expected = sorted((claim, int(amount * 100)) for claim, amount in paid.items())
    files = f"{result.folder}/medical_claim/**/*.parquet"
    found = select(
        "SELECT claim_id, CAST(sum(paid_cents) AS BIGINT) "
        f"FROM read_parquet('{files}', hive_partitioning = false) GROUP BY claim_id"
    )
    differing = [it for it in zip(sorted(found), expected, strict=True) if it[0] != it[1]]
    assert differing == []


@needs_samples
def test_the_hand_made_samples_load_with_what_is_wrong_told(tmp_path: Path) -> None:
    """Files that end each line with a delimiter are read. One sample has a field too many: its
    line is set aside. Claims and histories of people without a beneficiary row are told as such.
    """
    result = load_it(tmp_path / "data", SAMPLES / "rif-static-samples", max_quarantine=Decimal(1))
    told = {(table, reason) for table, _, _, reason in quarantine(result)}
    assert ("professional", "the number of fields is not that of the header") in told
    for count in result.tables.values():
        assert count.rows_in == count.accepted + count.redelivered + sum(count.quarantined.values())
    assert result.tables["person"].accepted > 0


def test_lines_are_used_where_they_add_up_to_the_claim(tmp_path: Path) -> None:
    """60.00 + 40.00 = 100.00. Of a claim that says 100.00 over lines of 60.00 and 30.00 all stands
    on the first line, with the beneficiary's 20.00 in what was allowed."""
    other = {"CLM_ID": "-8"}
    write_rif(tmp_path / "in" / "bene.txt", beneficiary())
    write_rif(
        tmp_path / "in" / "outpatient.txt",
        outpatient(2, "40.00"),
        outpatient(1, "60.00"),
        outpatient(1, "60.00", **other),
        outpatient(2, "30.00", **other),
    )
    result = load_it(tmp_path / "data", tmp_path / "in")
    columns = "claim_id, claim_line_number, paid_cents, allowed_cents, bill_type_code"
    assert rows(result, "medical_claim", columns) == [
        ("-8", 1, 10000, 12000, "131"),
        ("-8", 2, 0, 0, "131"),
        ("-9", 1, 6000, 6000, "131"),
        ("-9", 2, 4000, 4000, "131"),
    ]
    columns = "sequence, code, code_type"
    assert rows(result, "diagnosis", columns)[:2] == [
        (1, "J029", "icd-10-cm"),
        (1, "J029", "icd-10-cm"),
    ]


def test_a_year_becomes_spans_of_unchanged_coverage(tmp_path: Path) -> None:
    """Part A alone in January and February, both until October with Medicare Advantage from
    July, nothing after; dual from April. Aged throughout."""
    changed = {
        **{f"MDCR_ENTLMT_BUYIN_{it}_IND": "1" for it in (1, 2)},
        **{f"MDCR_ENTLMT_BUYIN_{it}_IND": "0" for it in (11, 12)},
        **{f"HMO_{it}_IND": "C" for it in MONTHS if it >= 7},
        **{f"META_DUAL_ELGBL_STUS_{it}_CD": "2" for it in NAMES[3:]},
    }
    write_rif(tmp_path / "in" / "bene.txt", beneficiary(**changed))
    result = load_it(tmp_path / "data", tmp_path / "in")
    columns = (
        "CAST(enrollment_start_date AS VARCHAR), CAST(enrollment_end_date AS VARCHAR), "
        "part_b, medicare_advantage, enrolment_type"
    )
    assert rows(result, "eligibility", columns) == [
        ("2024-01-01", "2024-02-29", False, False, "aged_nondual"),
        ("2024-03-01", "2024-03-31", True, False, "aged_nondual"),
        ("2024-04-01", "2024-06-30", True, False, "aged_dual"),
        ("2024-07-01", "2024-10-31", True, True, "aged_dual"),
    ]


def test_a_record_that_is_no_longer_final_is_a_cancellation(tmp_path: Path) -> None:
    """The update of 15 March says that the claim of 8 March is final no more."""
    later = {"DML_IND": "UPDATE", "FINAL_ACTION": "N", "NCH_WKLY_PROC_DT": "15-Mar-2024"}
    write_rif(tmp_path / "in" / "bene.txt", beneficiary())
    write_rif(tmp_path / "in" / "a.txt", outpatient(1, "100.00"))
    write_rif(tmp_path / "in" / "b.txt", outpatient(1, "100.00", **later))
    result = load_it(tmp_path / "data", tmp_path / "in")
    columns = "version_number, version_type, sign, CAST(effective_on AS VARCHAR)"
    # days since 1970-01-01: 8 March 2024 is 19,790; times 4, plus 1 for insert or 2 for update
    assert rows(result, "medical_claim", columns) == [
        (19790 * 4 + 1, "original", 1, "2024-03-08"),
        (19797 * 4 + 2, "cancel", -1, "2024-03-15"),
    ]


def test_order_and_repetition_change_nothing(tmp_path: Path) -> None:
    """Shuffled lines, other file names and the same file twice give the same claims."""
    lines = [outpatient(it, f"{it}.00", CLM_PMT_AMT="15.00") for it in (1, 2, 3, 4, 5)]
    write_rif(tmp_path / "one" / "bene.txt", beneficiary())
    path = write_rif(tmp_path / "one" / "claims.txt", *lines)
    random.Random(1).shuffle(lines)
    write_rif(tmp_path / "two" / "z_bene.txt", beneficiary())
    write_rif(tmp_path / "two" / "a_claims.txt", *lines)
    shutil.copy(path, tmp_path / "two" / "b_claims.txt")
    one = load_it(tmp_path / "data1", tmp_path / "one")
    two = load_it(tmp_path / "data2", tmp_path / "two")
    columns = "* EXCLUDE (file_name, row_number, load_id)"
    assert rows(one, "medical_claim", columns) == rows(two, "medical_claim", columns)
    assert two.tables["medical_claim"].redelivered == 5


def test_a_delivery_without_a_required_column_is_refused_with_its_name(tmp_path: Path) -> None:
    lacking = {name: it for name, it in outpatient(1, "1.00").items() if name != "CLM_PMT_AMT"}
    write_rif(tmp_path / "in" / "claims.txt", lacking)
    with pytest.raises(InputError, match=r"claims.txt:1: missing column clm_pmt_amt"):
        load_it(tmp_path / "data", tmp_path / "in")


def _mutated(tmp_path: Path, count: int) -> tuple[int, int, int]:
    content = write_rif(
        tmp_path / "claims.txt", *(outpatient(it, "1.00") for it in range(1, 6))
    ).read_bytes()
    seen = iter(range(count))

    def land(damaged: bytes) -> bool:
        folder = tmp_path / str(next(seen))
        path = write(folder, "claims.txt", damaged)
        if not FORMAT.knows(path.name, damaged[:4096]):
            raise InputError([])
        FORMAT.land(path, path.name, folder, "100MB")
        found = {it.stem: _count(it) for it in folder.glob("*.parquet")}
        shutil.rmtree(folder)
        lines = damaged.decode().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        filled = [it for it in lines.split("\n")[1:] if it.strip()]
        assert sum(found.values()) == len(filled)
        return "aside" not in found

    return tally(content, count, land)


def _count(path: Path) -> int:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchone()
    return int(found[0]) if found else 0


@pytest.mark.usefixtures("one_database")
def test_damaged_files_lose_no_line_in_silence(tmp_path: Path) -> None:
    """Every line with something in it is landed or set aside, or the file is refused."""
    whole, partly, refused = _mutated(tmp_path, 60)
    assert whole + partly + refused == 60
    assert min(whole, partly, refused) > 0


@pytest.mark.slow
@pytest.mark.usefixtures("one_database")
def test_ten_thousand_damaged_files(tmp_path: Path) -> None:
    assert sum(_mutated(tmp_path, 10_000)) == 10_000
