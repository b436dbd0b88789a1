"""Damaged tables: files that a kind's SELECTs, or a mapping, read as they lie; and archives.

Each record of the damaged file must be among the rows that the first pass accepts or sets aside, or
the load be refused. Files that are landed first stand in `test_flat_damage.py`.
"""

import gzip
import io
import itertools
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from load_tables import COVERAGE, LINE, PERSON, Row, load_it, quarantine, write_source
from mutate import tally, write
from openvbc.errors import InputError
from openvbc.mapping.propose import propose
from openvbc.sources.archive import delivered
from openvbc.sources.delivery import Delivery
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.reader import canonical_models
from openvbc.sources.reference.store import load_reference
from openvbc.sources.staging import SET_ASIDE, Source, Staged, Stager
from test_flat_damage import records
from test_load_tuva import FILL, SPAN
from test_load_tuva import LINE as TUVA_LINE
from test_mapping import SHOWN
from test_tuva_clinical import TABLES as CLINICAL

pytestmark = pytest.mark.usefixtures("one_database")

OPTIONS = LoadOptions(
    data_source="test",
    buckets=2,
    received_on=None,
    line_of_business="medicare",  # so that Synthea's spans without insurance are rows too
    owner="test",
    agreement=None,
    permitted_purpose="payment",
)


@dataclass(frozen=True)
class Case:
    """A delivery of which the first table is damaged; each of its records makes a row of these."""

    kind: str
    given: Mapping[str, Sequence[Row]]
    makes: tuple[str, ...]

    def write(self, folder: Path) -> Path:
        """The whole delivery; gives the file that is to be damaged."""
        write_source(folder, **self.given)
        return folder / f"{next(iter(self.given))}.csv"


def several(row: Row, key: str, count: int = 6) -> list[Row]:
    """Rows that differ by a key; one text is quoted, with a line break in it."""
    return [{**row, key: f"{row[key]}{n}", "note": 'a, "b"\nc'} for n in range(count)]


ENCOUNTER = {
    "id": "E",
    "start": "2024-03-05T10:00:00Z",
    "stop": "2024-03-05T11:00:00Z",
    "patient": "P1",
    "organization": "O1",
    "provider": "D1",
    "payer": "Y1",
    "encounterclass": "ambulatory",
    "code": "185345009",
    "total_claim_cost": "120.50",
    "payer_coverage": "100.00",
    "reasoncode": "",
}
FILLED = {
    "start": "2024-03-05T10:00:00Z",
    "patient": "P1",
    "payer": "Y1",
    "encounter": "E0",
    "code": "665078",
    "payer_coverage": "10.00",
    "dispenses": "3",
    "totalcost": "12.34",
}
CLAIM = {"id": "C", "patientid": "P1", "appointmentid": "E0"} | {
    f"diagnosis{n}": "" for n in range(2, 9)
}
SYNTHEA: Mapping[str, Sequence[Row]] = {
    "patients": [
        {
            "id": "P1",
            "birthdate": "1950-02-01",
            "deathdate": "",
            "race": "white",
            "gender": "F",
            "state": "Massachusetts",
        }
    ],
    "payers": [{"id": "Y1", "name": "Medicare"}],
    "payer_transitions": [
        {
            "patient": "P1",
            "memberid": f"M{n}",
            "start_year": f"202{n}-01-01T00:00:00Z",
            "end_year": f"202{n}-12-31T00:00:00Z",
            "payer": "Y1",
        }
        for n in range(5)
    ],
    "organizations": [{"id": "O1", "name": "Example"}],
    "providers": [{"id": "D1", "organization": "O1", "name": "X", "speciality": "GENERAL"}],
    "encounters": several(ENCOUNTER, "id"),
    "claims": several(CLAIM | {"diagnosis1": "19566"}, "diagnosis1"),
    "medications": several(FILLED, "code"),
    "procedures": several({key: FILLED[key] for key in tuple(FILLED)[:5]}, "code"),
}


def synthea(damaged: str, makes: str) -> Case:
    return Case("synthea", {damaged: SYNTHEA[damaged], **SYNTHEA}, (makes,))


def own(table: str, rows: Sequence[Row]) -> Case:
    return Case("own", {table: rows, "person": [PERSON]}, (table,))


def tuva(damaged: str, row: Row, key: str, makes: str = "") -> Case:
    others: Mapping[str, Sequence[Row]] = {"eligibility": [SPAN]}
    return Case("tuva", {damaged: several(row, key), **others}, (makes or damaged,))


CASES = {
    "own": own("medical_claim", several(LINE, "claim_key")),
    "own, coverage": own("eligibility", several(COVERAGE, "payer")),
    "mapped": Case("harbor.yaml", {}, ("medical_claim", "person")),
    "tuva": tuva("medical_claim", TUVA_LINE, "claim_id"),
    "tuva, drugs": tuva("pharmacy_claim", FILL, "claim_id"),
    "tuva, results": tuva("lab_result", CLINICAL["lab_result"][0], "lab_result_id", "observation"),
    "synthea, encounters": synthea("encounters", "medical_claim"),
    "synthea, drugs": synthea("medications", "pharmacy_claim"),
    "synthea, procedures": synthea("procedures", "procedure"),
    "synthea, spans": synthea("payer_transitions", "eligibility"),
}


def sent(folder: Path, case: Case) -> tuple[Path, str]:
    """The delivery below folder/in: the file to be damaged, and the kind to give."""
    source = folder / "in"
    if not case.kind.endswith(".yaml"):
        return case.write(source), case.kind
    mapping = write(folder, case.kind, SHOWN[case.kind].encode())
    return write(source, "harbor.csv", SHOWN["harbor.csv"].encode()), str(mapping)


def staged(folder: Path, kind: str, makes: Sequence[str]) -> dict[str, Staged]:
    """What the first pass of a load makes of folder/in."""
    delivery = Delivery(folder, folder / "in", folder / "opened", "100MB", lambda *_: None)
    content = delivery.read(kind, canonical_models())
    work = folder / "work"
    work.mkdir()
    source = Source(content.reader, content.parts, OPTIONS, work / "people.parquet")
    stager = Stager(source, Limits(200, 1, Decimal(1)), work)
    try:
        people = stager.stage(canonical_models()["person"])
        stager.know_people(people, ())
        others = {it: stager.stage(canonical_models()[it]) for it in makes if it != "person"}
        problems = stager.problems()
    finally:
        stager.close()
    if problems:
        raise InputError(problems)
    return others | {"person": people}


def damage(tmp_path: Path, name: str, count: int) -> tuple[int, int, int]:
    """(whole, partly set aside, refused); every record is met, whether or not it is accepted."""
    case = CASES[name]
    path, kind = sent(tmp_path, case)

    def land(damaged: bytes) -> bool:
        path.write_bytes(damaged)
        try:
            found = staged(tmp_path, kind, case.makes)
        finally:
            shutil.rmtree(tmp_path / "work", ignore_errors=True)
        for it in case.makes:
            assert sum(found[it].counts.values()) == records(damaged), it
        return not any(SET_ASIDE in found[it].counts for it in case.makes)

    return tally(path.read_bytes(), count, land)


@pytest.mark.parametrize("name", CASES)
def test_a_damaged_table_is_refused_or_accounted_for(tmp_path: Path, name: str) -> None:
    assert sum(damage(tmp_path, name, 12)) == 12


# --- Parquet, archives, reference data ------------------------------------------------------------


def parquet(folder: Path, rows: Sequence[Row]) -> bytes:
    """Rows as a Parquet file, by way of CSV."""
    source = write_source(folder / "csv", it=rows)
    path = folder / "it.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM '{source}/it.csv') TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def damage_parquet(tmp_path: Path, count: int) -> tuple[int, int, int]:
    """Whole loads: a page that no check asks for is first read where rows are written."""
    person = parquet(tmp_path / "person", [PERSON])
    claims = parquet(tmp_path / "claims", several(LINE | {"drg_code": "291"}, "claim_key"))
    write(tmp_path / "in", "person.parquet", person)
    numbers = itertools.count()

    def land(damaged: bytes) -> bool:
        source = write(tmp_path / "in", "medical_claim.parquet", damaged).parent
        return counted(tmp_path / f"data{next(numbers)}", source, "own")

    return tally(claims, count, land)


def counted(data: Path, source: Path, kind: str) -> bool:
    """Load: is all accepted; in any case counts in are counts out, and refused is not stored."""
    try:
        result = load_it(data, source, kind=kind, buckets=1)
    except InputError:
        assert not list(data.glob("loads/*"))
        raise
    for it in result.tables.values():
        assert it.rows_in == it.accepted + it.redelivered + it.set_aside
    return not any(it.set_aside for it in result.tables.values())


def test_a_damaged_parquet_file_is_refused_or_loaded(tmp_path: Path) -> None:
    assert sum(damage_parquet(tmp_path, 30)) == 30


TEXTS = (b"person_id,sex\nP1,male\nP2,female\n" * 20, b"npi,name\n1,x\n")


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in zip(("person.csv", "provider.csv"), TEXTS, strict=True):
            archive.writestr(name, content)
    return packed.getvalue()


ARCHIVES = {"all.zip": (zipped(), TEXTS), "person.csv.gz": (gzip.compress(TEXTS[0]), TEXTS[:1])}


def damage_archive(tmp_path: Path, name: str, count: int) -> tuple[int, int, int]:
    """An archive that is opened at all gives every byte of every member."""
    content, texts = ARCHIVES[name]

    def land(damaged: bytes) -> bool:
        path = write(tmp_path, name, damaged)
        shutil.rmtree(tmp_path / "opened", ignore_errors=True)
        found = delivered(path, tmp_path / "opened")
        assert tuple(it.path.read_bytes() for it in found) == texts
        return True

    return tally(content, count, land)


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_damaged_archive_is_refused_or_gives_every_byte(tmp_path: Path, name: str) -> None:
    assert sum(damage_archive(tmp_path, name, 300)) == 300


ORDER = "".join(f"0000{n} A00{n}    1 Cholera   Cholera\n" for n in range(1, 9))
ZONES = "FIPS,GISJOIN,ADI_NATRANK\n" + "".join(f'25001010100{n},"x, y",{n}\n' for n in range(1, 9))
SETS = {"icd_10_cm": ORDER, "adi": ZONES}


def damage_set(tmp_path: Path, name: str, count: int) -> tuple[int, int, int]:
    numbers = itertools.count()

    def land(damaged: bytes) -> bool:
        path = write(tmp_path, "it.csv", damaged)
        kept = load_reference(tmp_path, name, path, str(next(numbers)))
        lines = sum(bool(it.strip()) for it in re.split(b"\r\n|\r|\n", damaged))
        assert kept.rows == (lines if name == "icd_10_cm" else records(damaged))
        return True

    return tally(SETS[name].encode(), count, land)


@pytest.mark.parametrize("name", SETS)
def test_a_damaged_reference_set_is_refused_or_kept_whole(tmp_path: Path, name: str) -> None:
    assert sum(damage_set(tmp_path, name, 60)) == 60


# --- What damage has shown ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ['"person_id,sex', 'person_id, ""sex""', 'person_id,"sex"x', 'person_id,s"ex']
)
def test_a_quote_out_of_place_in_a_header_does_not_swallow_the_rows(
    tmp_path: Path, header: str
) -> None:
    path = write(tmp_path, "person.csv", f'{header}\nP1,"male"\n'.encode())
    with pytest.raises(InputError, match=r"person.csv:1: found a quote in the header"):
        load_it(tmp_path / "data", path, kind="own")


def test_columns_without_a_name_are_not_read(tmp_path: Path) -> None:
    """A spreadsheet writes commas for columns that are empty."""
    path = write(tmp_path, "person.csv", b"person_id,sex,,\nP1,male,,\nP2,female,x,y\n")
    assert load_it(tmp_path / "data", path, kind="own").tables["person"].accepted == 2


def test_damaged_files_are_refused_or_a_mapping_is_proposed_of_them(tmp_path: Path) -> None:
    """`vbc map propose` meets what a payer sends, too; columns without a name it leaves."""

    def look(damaged: bytes) -> bool:
        return bool(propose(write(tmp_path, "harbor.csv", damaged), ["medical_claim"]).tables)

    whole = SHOWN["harbor.csv"].encode()
    assert look(whole.replace(b"\n", b",,\n"))
    assert sum(tally(whole, 30, look, seed=5)) == 30


def test_a_column_named_twice_in_other_letters_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "person.csv", b"person_id,Sex,sex\nP1,male,female\n")
    with pytest.raises(InputError, match="columns named more than once: Sex, sex"):
        load_it(tmp_path / "data", path, kind="own")


@pytest.mark.parametrize("day", ["infinity", "92024-03-05", "0024-03-05 (BC)"])
def test_a_year_that_is_not_of_four_digits_is_set_aside(tmp_path: Path, day: str) -> None:
    """DuckDB has such dates, a contract has none: a coverage of 90,000 years is a slip."""
    rows = [LINE, LINE | {"claim_key": "C2", "claim_end_date": day}]
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=rows)
    result = load_it(tmp_path / "data", source)
    reason = "claim_end_date: found a year that is not of four digits"
    assert quarantine(result) == [("medical_claim", "medical_claim.csv", 2, reason)]
    assert result.tables["medical_claim"].accepted == 1


def test_what_synthea_did_without_an_encounter_is_set_aside(tmp_path: Path) -> None:
    """Its day and payer are the encounter's, and a claim without a day is none."""
    given = {**SYNTHEA, "encounters": [{**SYNTHEA["encounters"][0], "id": "other"}]}
    source = write_source(tmp_path / "in", **given)
    result = load_it(tmp_path / "data", source)
    reason = "claim_end_date is missing"
    found = [it for it in quarantine(result) if it[0] in ("diagnosis", "procedure")]
    both = (("diagnosis", "claims.csv"), ("procedure", "procedures.csv"))
    assert found == [(*it, row, reason) for it in both for row in range(1, 7)]


def test_an_archive_that_lost_a_member_of_its_list_is_refused(tmp_path: Path) -> None:
    """The last record says two, the list has one: without it the second file would be missed."""
    whole = zipped()
    first, second = (whole.index(mark) for mark in (b"PK\x01\x02", b"PK\x05\x06"))
    entry = whole.index(b"PK\x01\x02", first + 1)
    size, start = (
        int.from_bytes(whole[second + it : second + it + 4], "little") for it in (12, 16)
    )
    kept = entry - first
    end = bytearray(whole[second:])
    end[12:16] = kept.to_bytes(4, "little")
    assert (size, start) == (second - first, first)
    path = write(tmp_path, "all.zip", whole[:entry] + bytes(end))
    with pytest.raises(InputError, match="found an archive that is cut off or broken"):
        delivered(path, tmp_path / "opened")


# --- Many -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_many_damaged_tables(tmp_path: Path, name: str) -> None:
    assert sum(damage(tmp_path, name, 300)) == 300


@pytest.mark.slow
@pytest.mark.parametrize("name", ["own", "tuva", "synthea, encounters"])
def test_many_damaged_deliveries_load_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    """All of a load, and not its first pass alone."""
    path, kind = sent(tmp_path, CASES[name])
    numbers = itertools.count()

    def land(damaged: bytes) -> bool:
        path.write_bytes(damaged)
        return counted(tmp_path / f"data{next(numbers)}", path.parent, kind)

    assert sum(tally(path.read_bytes(), 100, land)) == 100


@pytest.mark.slow
def test_many_damaged_parquet_files(tmp_path: Path) -> None:
    assert sum(damage_parquet(tmp_path, 1_000)) == 1_000


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHIVES)
def test_many_damaged_archives(tmp_path: Path, name: str) -> None:
    assert sum(damage_archive(tmp_path, name, 10_000)) == 10_000


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
def test_many_damaged_reference_sets(tmp_path: Path, name: str) -> None:
    assert sum(damage_set(tmp_path, name, 2_500)) == 2_500
