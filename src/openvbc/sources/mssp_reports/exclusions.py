"""The beneficiary exclusion file (XML): who may not be on the ACO's lists, and why.

Header (performance year, report month), one Beneficiary element a person with its reasons, and a
Trailer with the number of records, which must be what was read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from openvbc.errors import InputError, Problem
from openvbc.sources.landed_rows import write_rows

_COLUMNS: Final = (
    "mbi",
    "hicn",
    "dob",
    "gender",
    "reasons",
    "performance_year",
    "report_month",
    "created_on",
)
_UNSAFE: Final = (b"<!DOCTYPE", b"<!ENTITY")


def land_exclusions(path: Path, out: Path, memory: str) -> None:
    """Write `excluded.parquet`.

    Raises InputError where the file is not whole, declares entities, or its trailer counts
    something else than it holds.
    """
    content = path.read_bytes()
    if any(it in content for it in _UNSAFE):
        what = "found an XML document type, expected a plain report; not read"
        raise InputError(Problem(str(path), what))
    try:
        root = ET.fromstring(content)  # noqa: S314  (entities are refused above)
    except (ET.ParseError, ValueError, LookupError) as error:
        what = "is not whole XML; deliver it again whole"
        raise InputError(Problem(str(path), what)) from error
    people = list(root.iter("Beneficiary"))
    _check_count(root, len(people), path)
    write_rows(out, "excluded", _COLUMNS, _rows(root, people), memory)


def _check_count(root: ET.Element, found: int, path: Path) -> None:
    said = root.findtext("Trailer/RecordCount", "").strip()
    if said != str(found):
        what = f"holds {found} records, its trailer says {said or 'nothing'}; deliver it again"
        raise InputError(Problem(str(path), what))


def _rows(root: ET.Element, people: list[ET.Element]) -> Iterator[tuple[int, list[str | None]]]:
    year = root.findtext("Header/PerformanceYear")
    month = root.findtext("Header/ReportMonth")
    created = root.findtext("Header/FileCreationDate")
    for number, it in enumerate(people, start=1):
        reasons = ";".join(sorted({(r.text or "").strip() for r in it.iter("BeneExcReason")}))
        said = [it.findtext("MBI"), it.findtext("HICN"), _day(it.findtext("DOB"))]
        yield number, [*said, it.findtext("Gender"), reasons, year, month, created]


def _day(value: str | None) -> str | None:
    digits = (value or "").strip()
    is_day = len(digits) == len("YYYYMMDD") and digits.isdigit()
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if is_day else value
