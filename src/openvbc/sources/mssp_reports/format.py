"""Reports that ACOs get beside the claims: lists as CSV, exclusions as XML, workbooks.

Lists are known by their columns (Delimited). A workbook becomes one row a figure, whatever sheets
it has; the beneficiary exclusion file and its crosswalk of identifiers become one row a person.
"""

import re
from pathlib import Path
from typing import Final

from openvbc.sources.delimited import Delimited
from openvbc.sources.mssp_reports.crosswalk import land_crosswalk
from openvbc.sources.mssp_reports.exclusions import land_exclusions
from openvbc.sources.mssp_reports.figures import land_figures

_WORKBOOK: Final = (".xlsx", ".xlsm")
_CROSSWALK: Final = re.compile(rb"\d{4},?\d{2},?[0-9A-Z]{11},?[0-9A-Z]{11},?")
_EXCLUSIONS: Final = b"<PFDCACOBeneData"
_MARKS: Final = (".ACO.", "BNMRK", "EXPU", "BNEX", "AASR", "QASR")


class MsspReports(Delimited):
    """The kind `mssp_reports`: a Format (see sources/formats.py)."""

    def knows(self, name: str, head: bytes) -> bool:
        """Is it one of the lists, the exclusion file, its crosswalk, or a report's workbook."""
        if _is_workbook(name):
            return any(mark in name.upper() for mark in _MARKS)
        return _EXCLUSIONS in head or bool(_CROSSWALK.match(head)) or super().knows(name, head)

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """Write the landing table of one report. Raises InputError where it cannot be read."""
        with path.open("rb") as file:
            head = file.read(4096)
        if _is_workbook(name):
            land_figures(path, out, memory)
        elif _EXCLUSIONS in head:
            land_exclusions(path, out, memory)
        elif _CROSSWALK.match(head):
            land_crosswalk(path, out, memory)
        else:
            super().land(path, name, out, memory)


def _is_workbook(name: str) -> bool:
    return name.lower().endswith(_WORKBOOK)


FORMAT: Final = MsspReports("mssp_reports")
