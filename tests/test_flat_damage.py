"""Damaged reports, lists and surveys: refused with a reason, or every record accounted for."""

import csv
import io
import shutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from mutate import tally, write
from openvbc.errors import InputError
from openvbc.sources.formats import Format
from openvbc.sources.mssp_reports.format import FORMAT as REPORTS
from openvbc.sources.omop.format import FORMAT as OMOP
from openvbc.sources.survey.format import FORMAT as SURVEY
from test_source_mssp_reports import EXCLUSIONS
from workbook_sample import write_workbook

LIST = "BENE_MBI_ID,MASTER_ID,B_EM_LINE_CNT_T\n" + "".join(
    f'1AA0AA0AA{n:02d},"96000000{n % 10}",{n}\n' for n in range(1, 9)
)
OBSERVATIONS = (
    "observation_id\tperson_id\tobservation_concept_id\tobservation_date\tvalue_as_string\n"
    + "".join(f'{n}\t7\t3004410\t2024-03-0{n}\t"poor, {n}"\n' for n in range(1, 9))
)
ANSWERS = "response_id,item_code,answer\n" + "".join(f"R{n},Q01,{n}\n" for n in range(1, 9))
CROSSWALK = "".join(f"202602{f'1AA0AA0AA{n:02d}' * 2}2020010120240630\n" for n in range(1, 9))


def _records(content: bytes) -> int:
    """Records below the header as Python's own reader counts them."""
    text = content.decode("utf-8-sig")
    found = [it for it in csv.reader(io.StringIO(text, newline="")) if it]
    return len(found) - 1


def _long(content: bytes) -> int:
    """With another header it may be a file of one column an item, with more answers than lines."""
    is_long = content.startswith(b"response_id,item_code,answer")
    return _records(content) if is_long else -1


def _lines(content: bytes) -> int:
    return sum(bool(it.strip()) for it in content.decode("utf-8-sig").splitlines())


def _any(content: bytes) -> int:
    return -1


CASES: Mapping[str, tuple[Format, str, bytes, Callable[[bytes], int]]] = {
    "list": (REPORTS, "P.A1001.ACO.QALR.2025Q2.D250815.T1_1-2.csv", LIST.encode(), _records),
    "exclusions": (REPORTS, "P.A1001.BNEX.xml", EXCLUSIONS.encode(), _any),
    "crosswalk": (REPORTS, "xref.txt", CROSSWALK.encode(), _lines),
    "omop": (OMOP, "observation.csv", OBSERVATIONS.encode(), _any),
    "survey": (SURVEY, "survey.csv", ANSWERS.encode(), _long),
}


def damage(tmp_path: Path, case: str, count: int) -> tuple[int, int, int]:
    form, name, content, expected = CASES[case]
    return _damage(tmp_path, form, name, content, expected, count)


def _damage(
    tmp_path: Path,
    form: Format,
    name: str,
    content: bytes,
    expected: Callable[[bytes], int],
    count: int,
) -> tuple[int, int, int]:
    numbers = iter(range(count))

    def land(damaged: bytes) -> bool:
        folder = tmp_path / str(next(numbers))
        path = write(folder, name, damaged)
        try:
            if not form.knows(name, damaged[:4096]):
                raise InputError([])
            form.land(path, name, folder, "100MB")
            found = {it.stem: _count(it) for it in folder.glob("*.parquet")}
        finally:
            shutil.rmtree(folder)
        records = expected(damaged)
        assert records in (-1, sum(found.values()))
        return "aside" not in found

    return tally(content, count, land)


def _count(path: Path) -> int:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchone()
    return int(found[0]) if found else 0


@pytest.mark.parametrize("case", CASES)
def test_a_damaged_file_is_refused_or_accounted_for(tmp_path: Path, case: str) -> None:
    """Nothing but an InputError is raised, in sixty damaged copies of each."""
    assert sum(damage(tmp_path, case, 60)) == 60


def test_a_damaged_workbook_is_refused_or_read(tmp_path: Path) -> None:
    book = write_workbook(
        tmp_path / "made.xlsx",
        {"Table 1": [["Table 1"], ["Rows", "BY1", "BY2"], ["ESRD", Decimal(1), Decimal(2)]]},
    )
    name = "P.A1001.ACO.BNMRK.D250709.T1405028.xlsx"
    seen = _damage(tmp_path, REPORTS, name, book.read_bytes(), _any, 60)
    assert sum(seen) == 60
    assert seen[2] > 0


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_many_damaged_files(tmp_path: Path, case: str) -> None:
    assert sum(damage(tmp_path, case, 2_000)) == 2_000
