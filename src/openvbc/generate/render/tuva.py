"""A generated population as Tuva's input layer, one CSV a table."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from openvbc.generate.render.tables import opened, write_csv
from openvbc.sources.tuva_view import tuva_view_sql

NOT_CARRIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "versions that were cancelled or replaced": "the input layer holds final claims",
        "eligibility.part_a, part_b, other_program": "no column; Medicare is read as both parts",
        "medical_claim.denied, ime_cents, dsh_cents, rendering_specialty_code, facility_ccn": (
            "no column"
        ),
        "person.county_fips, us_resident": "no column that is read back",
        "facility, risk_score, voluntary_alignment": "no table",
    }
)
"""What the input layer cannot say, and why."""

_TABLES: Final = ("eligibility", "medical_claim", "pharmacy_claim", "practitioner")


def render(population: Path, out: Path, *, seed: int) -> None:
    """Write the tables of the population's folder into out. seed: the order of rows."""
    with opened(population, out) as connection:
        selects = {
            f"{name}.csv": f"SELECT * FROM ({sql}) ORDER BY {_order(name, seed)}"
            for name, sql in tuva_view_sql(_TABLES, with_sensitive=True).items()
        }
        write_csv(connection, selects, out)


def _order(table: str, seed: int) -> str:
    """Shuffled by the seed; a total order, so that the same seed gives the same bytes."""
    keys = {
        "practitioner": ("practitioner_id",),
        "eligibility": ("person_id", "payer", "enrollment_start_date"),
    }.get(table, ("claim_id", "claim_line_number", "person_id"))
    return f"md5('{seed}' || {keys[0]}), {', '.join(keys)}"
