"""AHRQ's default CCSR category as a grouper, from the file that a user keeps by `vbc reference`."""

from typing import Final

from openvbc.engine.connection import inspector
from openvbc.errors import InputError, Problem
from openvbc.groupers.tables import TABLES, Grouper
from openvbc.sources.reference.store import ReferenceSet

SET: Final = "ccsr_diagnosis"
NONE: Final = "XXX"
"""How AHRQ's categories begin that stand for no default: not acceptable as a first diagnosis."""


def ccsr_default(kept: ReferenceSet) -> Grouper:
    """The default category (inpatient) of the first diagnosis of each claim.

    kept: a version of the reference set ccsr_diagnosis. Raises InputError for another set. AHRQ
    quotes codes and categories in its file; a code without a default category is left out.
    """
    if kept.name != SET:
        raise InputError(Problem(kept.name, f"is not the reference set {SET}"))
    sql = (
        "SELECT DISTINCT trim(code, ''' '), trim(default_category_inpatient, ''' ') "
        f"FROM {kept.parquet} WHERE default_category_inpatient IS NOT NULL ORDER BY ALL"
    )
    found = inspector().cursor().execute(sql).fetchall()
    codes = [(code, name) for code, name in found if name and not name.startswith(NONE)]
    head = {
        "version": kept.version,
        "first_day": "2015-10-01",
        "last_day": "",
        "place": "first",
        "source": kept.file_name,
        "source_sha256": kept.sha256,
        "cite": "HCUP Clinical Classifications Software Refined for ICD-10-CM diagnoses, Agency "
        "for Healthcare Research and Quality",
    }
    parts = [(name, name, "any", "1", "false") for name in sorted({name for _, name in codes})]
    return Grouper("ccsr_default", head, {it: [] for it in TABLES} | {"code": codes, "part": parts})
