"""Damaged flat files of every kind: refused with a reason, or every record accounted for.

Research files stand in `test_source_rif.py`; files that are read as they lie, by a mapping too, in
`test_flat_damage_tables.py`.
"""

import csv
import io
import re
import shutil
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from mutate import rows, tally, write
from openvbc.errors import InputError
from openvbc.sources.adt.format import FORMAT as ADT
from openvbc.sources.formats import Format
from openvbc.sources.landed_rows import write_rows
from openvbc.sources.mssp_reports.format import FORMAT as REPORTS
from openvbc.sources.mssp_reports.workbook import sheets
from openvbc.sources.omop.format import FORMAT as OMOP
from openvbc.sources.roster.format import FORMAT as ROSTER
from openvbc.sources.survey.format import FORMAT as SURVEY
from test_adt import BEN, STAY, adt
from test_source_mssp_reports import EXCLUSIONS
from workbook_sample import write_workbook

pytestmark = pytest.mark.usefixtures("one_database")

LIST = "BENE_MBI_ID,MASTER_ID,B_EM_LINE_CNT_T\n" + "".join(
    f'1AA0AA0AA{n:02d},"96000000{n % 10}",{n}\n' for n in range(1, 9)
)
OBSERVATIONS = (
    "observation_id\tperson_id\tobservation_concept_id\tobservation_date\tvalue_as_string\n"
    + "".join(f'{n}\t7\t3004410\t2024-03-0{n}\t"poor, {n}"\n' for n in range(1, 9))
)
ANSWERS = "response_id,item_code,answer\n" + "".join(f"R{n},Q01,{n}\n" for n in range(1, 9))
PRACTICES = "TIN,NPI,Effective Date,Term Date,Name\n" + "".join(
    f'12345678{n},123456789{n},01/0{n}/2024,,"Example, {n}"\n' for n in range(1, 9)
)
NUMBERS = (
    "NPI,Entity Type Code,Replacement NPI,Provider Last Name (Legal Name),NPI Deactivation Date\n"
    + "".join(f'"123456789{n}","1","","Example, {n}",""\n' for n in range(1, 9))
)
CALLS = "Member ID,Contact Date,Contact Type,Minutes,Outcome\n" + "".join(
    f'M{n},01/0{n}/2024,call,{n},"left word, {n}"\n' for n in range(1, 9)
)
MESSAGES = "\r\n".join(["FHS|^~\\&|EHR", *STAY, adt("A11", "202503061200", BEN, "V2"), "FTS|5"])
CROSSWALK = "".join(f"202602{f'1AA0AA0AA{n:02d}' * 2}2020010120240630\n" for n in range(1, 9))


def records(content: bytes, delimiter: str = ",") -> int:
    """Records below the header as Python's own reader counts them."""
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    found = [it for it in csv.reader(text, delimiter=delimiter) if it]
    return len(found) - 1


def _tabbed(content: bytes) -> int:
    return records(content, "\t")


def _long(content: bytes) -> int:
    """With another header it may be a file of one column an item, with more answers than lines."""
    is_long = content.startswith(b"response_id,item_code,answer")
    return records(content) if is_long else -1


def _lines(content: bytes) -> int:
    return sum(bool(it.strip()) for it in content.decode("utf-8-sig").splitlines())


def _messages(content: bytes) -> int:
    """Segments that begin a message, and a first one that begins none."""
    text = content.decode("utf-8-sig", "replace")
    found = [it for it in re.split("[\r\n\x0b\x1c]", text) if it.strip()]
    own = [it for it in found if not it.startswith(("FHS", "BHS", "BTS", "FTS"))]
    begun: list[bool] = [it.startswith("MSH") for it in own]
    return sum(begun) + int(begun[:1] == [False])


def _any(content: bytes) -> int:
    return -1


CASES: Mapping[str, tuple[Format, str, bytes, Callable[[bytes], int]]] = {
    "list": (REPORTS, "P.A1001.ACO.QALR.2025Q2.D250815.T1_1-2.csv", LIST.encode(), records),
    "exclusions": (REPORTS, "P.A1001.BNEX.xml", EXCLUSIONS.encode(), _any),
    "crosswalk": (REPORTS, "xref.txt", CROSSWALK.encode(), _lines),
    "omop": (OMOP, "observation.csv", OBSERVATIONS.encode(), _tabbed),
    "survey": (SURVEY, "survey.csv", ANSWERS.encode(), _long),
    "roster": (ROSTER, "roster.csv", PRACTICES.encode(), records),
    "nppes": (ROSTER, "npidata_pfile.csv", NUMBERS.encode(), records),
    "activity": (SURVEY, "outreach_log.csv", CALLS.encode(), records),
    "adt": (ADT, "messages.hl7", MESSAGES.encode(), _messages),
}
MANY = dict.fromkeys(("list", "exclusions", "crosswalk", "workbook", "nppes", "activity"), 2_500)
"""Reports come in four shapes, 10,000 in all; NPPES lands as rosters do, activities as surveys."""


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
            found = {it.stem: rows(it) for it in folder.glob("*.parquet")}
        finally:
            shutil.rmtree(folder)
        told = expected(damaged)
        assert told in (-1, sum(found.values()))
        return "aside" not in found

    return tally(content, count, land)


@pytest.mark.parametrize("case", CASES)
def test_a_damaged_file_is_refused_or_accounted_for(tmp_path: Path, case: str) -> None:
    """Nothing but an InputError is raised, in sixty damaged copies of each."""
    assert sum(damage(tmp_path, case, 60)) == 60


def damage_workbook(tmp_path: Path, count: int) -> tuple[int, int, int]:
    book = write_workbook(
        tmp_path / "made.xlsx",
        {"Table 1": [["Table 1"], ["Rows", "BY1", "BY2"], ["ESRD", Decimal(1), Decimal(2)]]},
    )
    name = "P.A1001.ACO.BNMRK.D250709.T1405028.xlsx"
    return _damage(tmp_path, REPORTS, name, book.read_bytes(), _any, count)


def test_a_damaged_workbook_is_refused_or_read(tmp_path: Path) -> None:
    seen = damage_workbook(tmp_path, 60)
    assert sum(seen) == 60
    assert seen[2] > 0


# --- What damage has shown ------------------------------------------------------------------------


def test_a_value_with_a_line_break_is_kept(tmp_path: Path) -> None:
    """Its end of line is another one than that of the rows, and it comes first."""
    write_rows(tmp_path, "it", ["a"], [(1, ["x\ny"]), (2, ["x\r\ny"]), (3, ["x\ry"])], "100MB")
    assert rows(tmp_path / "it.parquet") == 3


def test_a_quote_that_a_header_leaves_open_does_not_swallow_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "roster.csv", PRACTICES.replace("Name", '"Name').encode())
    with pytest.raises(InputError, match=r"roster.csv:1: found a quote in the header"):
        ROSTER.land(path, path.name, tmp_path, "100MB")


def test_a_message_that_ends_before_its_separators_is_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path, "one.hl7", b"MSH\r3500|1")
    ADT.land(path, path.name, tmp_path, "100MB")
    assert (rows(tmp_path / "event.parquet"), rows(tmp_path / "aside.parquet")) == (0, 1)


def test_a_workbook_of_an_unknown_version_is_refused(tmp_path: Path) -> None:
    """In the directory of the archive: its mark, the version it was made with, the one it needs."""
    book = write_workbook(tmp_path / "made.xlsx", {"Table 1": [["Table 1"]]})
    at = book.read_bytes().index(b"PK\x01\x02") + 6
    whole = book.read_bytes()
    book.write_bytes(whole[:at] + b"\x7b" + whole[at + 1 :])
    with pytest.raises(InputError, match="is no workbook that can be read to its end"):
        list(sheets(book))


# --- Many -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("case", [*CASES, "workbook"])
def test_many_damaged_files(tmp_path: Path, case: str) -> None:
    count = MANY.get(case, 10_000)
    is_book = case == "workbook"
    seen = damage_workbook(tmp_path, count) if is_book else damage(tmp_path, case, count)
    assert sum(seen) == count
