"""Views in the names and dollars of Tuva's input layer over the canonical tables, for exchange.

The input layer holds final claims: of each claim its last version is shown, and cancelled claims
are not. Diagnoses and procedures become wide again, up to twenty-five of each.
"""

from collections.abc import Sequence
from typing import Final

from openvbc.confidentiality.plain import plain_rows_only
from openvbc.sources.reader import SOURCES_FOLDER

TUVA_TABLES: Final = ("eligibility", "medical_claim", "pharmacy_claim")
"""The input-layer tables of claims."""

TUVA_CLINICAL: Final = (
    "condition",
    "encounter",
    "immunization",
    "lab_result",
    "medication",
    "observation",
    "procedure",
    "practitioner",
    "provider_attribution",
)
"""Those of clinical sources, of providers, and of a payer's monthly attribution."""


def tuva_view_sql(
    tables: Sequence[str] = TUVA_TABLES, *, with_sensitive: bool = False
) -> dict[str, str]:
    """Input-layer table → a SELECT over tables with the canonical names.

    Rows that are marked sensitive are left out unless with_sensitive: then consent is the caller's
    to check.
    """
    folder = SOURCES_FOLDER / "exchange"
    found = {it: (folder / f"tuva_{it}.sql").read_text(encoding="utf-8") for it in tables}
    return found if with_sensitive else {it: plain_rows_only(sql) for it, sql in found.items()}
