"""Deliveries with wrong values, loaded whole: what is landed must also pass a kind's SELECTs.

Damage to the shape of a file stands in the tests of each kind; here single characters are others,
so that most files land, and dates, amounts and keys are odd.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from bcda_files import coverage, patient
from bcda_files import write as write_bcda
from cclf_files import record, texts
from cclf_files import write as write_cclf
from load_tables import load_it, quarantine, rows, write_source
from mutate import write
from openvbc.errors import InputError
from test_bcda_mutations import CONTENT as BCDA
from test_ccda_mutations import CONTENT as CCDA
from test_cclf import example
from test_flat_damage import CASES
from test_flat_damage_tables import SYNTHEA
from test_source_omop import TABLES as OMOP
from test_source_rif import beneficiary, outpatient
from test_us_core_mutations import RESOURCES
from test_x12_mutations import WHOLE
from us_core_files import ndjson

pytestmark = pytest.mark.usefixtures("one_database")

ODD = "0123456789AZaz -./"


def padded(lines: Sequence[str]) -> str:
    """Lines of as many fields as the first."""
    width = lines[0].count(",")
    return "".join(f"{it}{',' * (width - it.count(','))}\n" for it in lines)


def rif(*rows: Mapping[str, str]) -> str:
    return "\n".join(["|".join(rows[0]), *("|".join(it.values()) for it in rows)]) + "\n"


DELIVERIES: Mapping[str, Mapping[str, str]] = {
    "adt": {"a.hl7": CASES["adt"][2].decode()},
    "bcda": {"a.ndjson": BCDA.decode()},
    "ccda": {"a.xml": CCDA.decode()},
    "cclf": texts(example()),
    "mssp_reports": {CASES[it][1]: CASES[it][2].decode() for it in ("list", "exclusions")},
    "omop": {f"{name}.csv": padded(lines) for name, lines in OMOP.items()},
    "rif": {
        "bene.txt": rif(beneficiary(), beneficiary("2023")),
        "claims.txt": rif(*(outpatient(it, "1.00") for it in (1, 2, 3))),
    },
    "roster": {CASES[it][1]: CASES[it][2].decode() for it in ("roster", "nppes")},
    "survey": {CASES[it][1]: CASES[it][2].decode() for it in ("survey", "activity")},
    "us_core": {"a.ndjson": ndjson(RESOURCES)},
    "x12": {"a.x12": WHOLE.decode()},
}


def deliveries(whole: Mapping[str, str], count: int, seed: int) -> Iterator[Mapping[str, str]]:
    """The delivery with one to four characters of one of its files changed."""
    dice = random.Random(seed)
    for _ in range(count):
        name = dice.choice(list(whole))
        content = list(whole[name])
        for _ in range(dice.randrange(1, 5)):
            content[dice.randrange(len(content))] = dice.choice(ODD)
        yield {**whole, name: "".join(content)}


def loaded(tmp_path: Path, kind: str, count: int, seed: int = 1) -> tuple[int, int]:
    """(loaded, refused): counts in are counts out, and of what is refused nothing is stored."""
    refused = 0
    for at, files in enumerate(deliveries(DELIVERIES[kind], count, seed)):
        folder = tmp_path / str(at)
        for name, content in files.items():
            write(folder / "in", name, content.encode())
        try:
            result = load_it(folder / "data", folder / "in", kind=kind, buckets=1)
        except InputError:
            refused += 1
            assert not list(folder.glob("data/loads/*"))
            continue
        for it in result.tables.values():
            assert it.rows_in == it.accepted + it.redelivered + it.set_aside
    print(f"{kind}: {count:,}: {count - refused:,} loaded, {refused:,} refused")  # noqa: T201
    return count - refused, refused


@pytest.mark.parametrize("kind", DELIVERIES)
def test_a_delivery_with_wrong_values_is_loaded_or_refused(tmp_path: Path, kind: str) -> None:
    assert sum(loaded(tmp_path, kind, 1)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", DELIVERIES)
def test_many_deliveries_with_wrong_values(tmp_path: Path, kind: str) -> None:
    assert sum(loaded(tmp_path, kind, 60, seed=2)) == 60


# --- What would be lost between landing and canonical ---------------------------------------------


def test_parts_of_a_cclf_record_without_its_header_are_set_aside(tmp_path: Path) -> None:
    """A revenue centre, a procedure and a diagnosis of a record that CCLF1 does not have."""
    tables = example()
    other = f"{9_999:013}"
    lines = {
        "cclf2": record("cclf2", {"cur_clm_uniq_id": other, "clm_line_num": 1}),
        "cclf3": record("cclf3", {"cur_clm_uniq_id": other, "clm_prcdr_cd": "0DTJ4ZZ"}),
        "cclf4": record("cclf4", {"cur_clm_uniq_id": other, "clm_dgns_cd": "I509"}),
    }
    for file, line in lines.items():
        tables[file] = [*tables.get(file, ()), line]
    result = load_it(tmp_path / "data", write_cclf(tmp_path / "in", tables))
    reason = "claim_key is missing"
    found = [(table, row) for table, _, row, why in quarantine(result) if why == reason]
    assert found == [
        ("diagnosis", len(tables["cclf4"])),
        ("medical_claim", len(tables["cclf2"])),
        ("procedure", len(tables["cclf3"])),
    ]


def test_a_beneficiary_without_a_number_is_set_aside(tmp_path: Path) -> None:
    people = (beneficiary(), beneficiary(BENE_ID=""), beneficiary(BENE_ID="", RFRNC_YR="2023"))
    write(tmp_path / "in", "bene.txt", rif(*people).encode())
    result = load_it(tmp_path / "data", tmp_path / "in")
    found = [it for it in quarantine(result) if it[0] == "person"]
    assert found == [("person", "bene.txt", row, "person_id is missing") for row in (2, 3)]


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("2023-1x-01", None, "enrollment_start_date: found text that is not a date as YYYY-MM-DD"),
        ("2023-01-01", "2023-13-31", "enrollment_end_date: found text that is not a date"),
        ("2023-05-01", "2023-04-01", "ends before it starts"),
    ],
)
def test_coverage_of_unreadable_days_is_set_aside_and_not_without_end(
    tmp_path: Path, first: str, last: str | None, reason: str
) -> None:
    resources = (patient(), coverage("Part A", first, last), coverage("Part B", "2023-01-01"))
    result = load_it(tmp_path / "data", write_bcda(tmp_path / "in" / "a.ndjson", *resources))
    ((table, _, row, why),) = quarantine(result)
    assert (table, row) == ("eligibility", 2)
    assert why.startswith(reason)
    assert rows(result, "eligibility", "part_a, part_b") == [(False, True)]


def test_a_cost_of_no_domain_is_set_aside(tmp_path: Path) -> None:
    """It is neither a drug's nor another event's."""
    costs = ["cost_id,cost_event_id,cost_domain_id,total_charge,amount_allowed,paid_by_payer"]
    costs += ["1,70,Visit,9.00,9.00,9.00", "2,70,,9.00,9.00,9.00"]
    for name, lines in {**OMOP, "cost": costs}.items():
        write(tmp_path / "in", f"{name}.csv", padded(lines).encode())
    result = load_it(tmp_path / "data", tmp_path / "in")
    assert [it[:3] for it in quarantine(result)] == [("medical_claim", "cost.csv", 2)]


def test_an_amount_that_cannot_be_read_is_not_taken_for_nothing(tmp_path: Path) -> None:
    """A research file's deductible is part of what was allowed: 1.00 + 20.00 = 21.00."""
    claims = [
        outpatient(1, "", CLM_ID=f"C{n}", CLM_PMT_AMT="1.00", NCH_BENE_PTB_DDCTBL_AMT=deductible)
        for n, deductible in enumerate(("20.00", "", "2O.00"))
    ]
    write(tmp_path / "in", "bene.txt", rif(beneficiary()).encode())
    write(tmp_path / "in", "claims.txt", rif(*claims).encode())
    result = load_it(tmp_path / "data", tmp_path / "in")
    assert rows(result, "medical_claim", "claim_id, allowed_cents") == [("C0", 2100), ("C1", 100)]
    found = [it for it in quarantine(result) if it[0] == "medical_claim"]
    reason = "allowed_cents: found text that is not a whole number"
    assert found == [("medical_claim", "claims.txt", 3, reason)]


def test_synthea_coverage_of_an_unreadable_end_is_set_aside(tmp_path: Path) -> None:
    spans = [{**it, "end_year": "2024-13-01"} for it in SYNTHEA["payer_transitions"][:1]]
    source = write_source(tmp_path / "in", **{**SYNTHEA, "payer_transitions": spans})
    found = [it for it in quarantine(load_it(tmp_path / "data", source)) if it[0] == "eligibility"]
    reason = "enrollment_end_date: found text that is not a date as YYYY-MM-DD"
    assert found == [("eligibility", "payer_transitions.csv", 1, reason)]


@pytest.mark.parametrize("year", ["2O24", "999999999"])
def test_coverage_of_a_year_that_is_none_is_set_aside(tmp_path: Path, year: str) -> None:
    people = (beneficiary(), beneficiary(year))
    write(tmp_path / "in", "bene.txt", rif(*people).encode())
    result = load_it(tmp_path / "data", tmp_path / "in")
    reason = "enrollment_start_date: found text that is not a date as YYYY-MM-DD"
    assert quarantine(result) == [("eligibility", "bene.txt", 2, reason)]
