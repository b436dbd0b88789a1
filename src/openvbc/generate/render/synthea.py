"""A generated population as Synthea's CSV export."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from openvbc.generate.render.tables import opened, statements, write_csv
from openvbc.sources.reader import SOURCES_FOLDER

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "claim lines, and versions that were cancelled or replaced": (
            "an encounter is a claim of one line, and final"
        ),
        "NPI, TIN, CCN": "Synthea has keys of its own; the reader makes numbers from them",
        "charges apart from allowed amounts": "an encounter has one cost",
        "allowed amounts that are empty": "an encounter must have a cost; the payment stands there",
        "diagnoses, procedures, NDC": "Synthea's codes are SNOMED CT and RxNorm",
        "eligibility beyond payer and days": "a payer transition has no more",
        "facility, risk_score, voluntary_alignment": "no table",
    }
)
"""What Synthea's files cannot say, and why."""


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write the population's folder as Synthea's files into out. seed: the order of rows."""
    states = str(SOURCES_FOLDER / "synthea" / "state.csv")
    with opened(population, out, seed=seed, states=states) as connection:
        write_csv(connection, statements("synthea"), out)
