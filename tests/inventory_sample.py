"""A made-up payer with seven months of deliveries, for the tests of the inventory."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from load_tables import COVERAGE, LINE, PERSON, load_it, write_source
from openvbc.period import add_months, month_end
from openvbc.settings import Settings
from openvbc.sources.load import LoadResult
from openvbc.workspace import Workspace

PEOPLE = 40
FIRST = date(2025, 1, 1)

DECLARED = """
sources:
  Made-up Mutual:
    first: 2025-01
    last: 2025-07
    due_day: 15
    files: ["claims_*.csv"]
    rows:
      medical_claim: {least: 30, most: 60}
    control_totals:
      - {month: 2025-01, table: medical_claim, measure: paid, value: 4000.00, source: letter 1}
      - {month: 2025-06, table: medical_claim, measure: rows, value: 40, source: letter 2}
"""


def workspace(root: Path, expectations: str | None = None) -> Workspace:
    """An empty workspace of two buckets."""
    space = Workspace.init(root, Settings(buckets=2, memory_mb=600, workers=1))
    if expectations is not None:
        (root / "expectations.yaml").write_text(expectations, encoding="utf-8")
    return space


def claim(key: str, **other: Any) -> Mapping[str, Any]:
    """One line of one claim: what the load tests' line says, unless told otherwise."""
    return {**LINE, "claim_key": key, "claim_id": key, "rendering_npi": "1234567893"} | other


def people(count: int = PEOPLE) -> list[Mapping[str, Any]]:
    """People numbered from 0."""
    return [PERSON | {"person_id": f"P{number}"} for number in range(count)]


def coverage(count: int = PEOPLE) -> list[Mapping[str, Any]]:
    """Two years of coverage for each of them."""
    days = {"enrollment_start_date": "2024-01-01", "enrollment_end_date": "2025-12-31"}
    return [COVERAGE | {"person_id": f"P{number}"} | days for number in range(count)]


def month_claims(month: date, count: int) -> Iterator[Mapping[str, Any]]:
    """One claim of $100 for each of some people, in the middle of a month, paid on the 25th."""
    day = month.replace(day=12)
    for number in range(count):
        yield claim(
            f"{month:%Y-%m}-{number}",
            person_id=f"P{number}",
            claim_start_date=day,
            claim_end_date=day,
            effective_on=month.replace(day=25),
        )


def deliver(
    space: Workspace, folder: Path, month: date, received_on: date, *, claims: int = PEOPLE
) -> LoadResult:
    """Load a month's delivery: its claims, and on the first occasion the people."""
    name = f"claims_{month:%Y_%m}.csv"
    tables: dict[str, Any] = {"medical_claim": list(month_claims(month, claims))}
    if month == FIRST:
        tables |= {"person": people(), "eligibility": coverage()}
    source = write_source(folder, **tables)
    inner = source / "medical_claim"
    inner.mkdir()
    (source / "medical_claim.csv").rename(inner / name)
    return load_it(space.data, source, data_source="Made-up Mutual", received_on=received_on)


def seven_months(space: Workspace, folder: Path) -> None:
    """January to July, each received on the 10th of the next month, but:

    March comes on 2 May, 17 days after it was due; April never; June once more, on 20 July and
    under another name; July with half its rows.
    """
    for place in range(7):
        month = add_months(FIRST, place)
        after = month_end(month).toordinal() + 10
        received, claims = date.fromordinal(after), PEOPLE
        if month.month == 4:
            continue
        if month.month == 3:
            received = date(2025, 5, 2)
        if month.month == 7:
            claims = PEOPLE // 2
        deliver(space, folder / f"{month:%m}", month, received, claims=claims)
    again = folder / "06-again"
    (again / "medical_claim").mkdir(parents=True)
    source = folder / "06" / "medical_claim" / "claims_2025_06.csv"
    (again / "medical_claim" / "claims_copy.csv").write_bytes(source.read_bytes())
    load_it(space.data, again, data_source="Made-up Mutual", received_on=date(2025, 7, 20))
