"""Views in the names and dollars of Tuva's input layer over the canonical tables, for exchange.

The input layer holds final claims: of each claim its last version is shown, and cancelled claims
are not. Diagnoses and procedures become wide again, up to twenty-five of each.
"""

from collections.abc import Sequence
from typing import Final

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


def tuva_view_sql(tables: Sequence[str] = TUVA_TABLES) -> dict[str, str]:
    """Input-layer table → a SELECT over tables with the canonical names."""
    folder = SOURCES_FOLDER / "exchange"
    return {name: (folder / f"tuva_{name}.sql").read_text(encoding="utf-8") for name in tables}
