"""A workspace whose members' months are counted: people, coverage as delivered day by day."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from conftest import Vbc
from load_tables import write_source

Span = Mapping[str, Any]


def span(
    person: str, first: str, last: str = "", *, payer: str = "HARBOR", line: str = "commercial"
) -> dict[str, Any]:
    """One span of coverage."""
    return {
        "person_id": person,
        "payer": payer,
        "plan": "",
        "line_of_business": line,
        "enrollment_start_date": first,
        "enrollment_end_date": last,
    }


def person(name: str, born: str = "1980-06-15", sex: str = "female") -> dict[str, str]:
    """One person."""
    return {"person_id": name, "birth_date": born, "sex": sex}


def contract(
    name: str,
    components: str,
    *,
    members: str = "{}",
    payer: str = "HARBOR",
    line: str = "commercial",
    entity: str = "NMG",
) -> str:
    """A contract file of 2025 to 2027."""
    return (
        f"contract: {name}\n"
        f"title: {name}\n"
        "parties:\n"
        f"  payer: {{id: {payer}, name: {payer} Health}}\n"
        f"  entity: {{id: {entity}, name: Northside Medical Group}}\n"
        f"line_of_business: {line}\n"
        "agreement: {start: 2025-01-01, end: 2027-12-31}\n"
        f"members: {members}\n"
        f"components:\n{components}"
    )


def settlement(name: str, more: str = "", as_of: str = "2026-03-31") -> str:
    """A settlement file of 2025."""
    return (
        f"contract: {name}\nperiod: PY2025\nfirst_day: 2025-01-01\nlast_day: 2025-12-31\n"
        f"kind: final\nas_of: {as_of}\n{more}"
    )


def fact(name: str, unit: str, value: object) -> str:
    """One fact with one value."""
    return f"  {name}: {{unit: {unit}, value: {value}, source: books, received_on: 2026-03-01}}\n"


def workspace(folder: Path, files: Mapping[str, tuple[str, str]]) -> Path:
    """A workspace with contracts and settlements by contract id; no data yet."""
    for name in ("contracts", "settlements", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "vbc.toml").write_text("buckets = 2\nmemory_mb = 400\nworkers = 1\n")
    for name, (text, settled) in files.items():
        (folder / "contracts" / f"{name}.yaml").write_text(text)
        (folder / "settlements" / f"{name}_PY2025.yaml").write_text(settled)
    return folder


def deliver(
    vbc: Vbc,
    space: Path,
    day: str,
    spans: Iterable[Span],
    people: Sequence[Mapping[str, Any]] = (),
    **tables: Sequence[Mapping[str, Any]],
) -> None:
    """Load a delivery that came on a day."""
    given = {"eligibility": list(spans), **({"person": people} if people else {}), **tables}
    source = write_source(space / "source" / day, **given)
    code, _, err = vbc("load", source, "--received-on", day, "-w", space)
    assert code == 0, err


def settled(space: Path, name: str) -> dict[str, Any]:
    """The latest statement of a contract."""
    found: dict[str, Any] = json.loads((space / "statements" / f"{name}_PY2025.json").read_text())
    return found


def capitation(rate: int, *, more: str = "") -> str:
    """The component with one rate cell."""
    return f"  - capitation:\n      strata: [all]\n      capitation_rate: {{all: {rate}}}\n{more}"


COST: Final = (
    "facts:\n" + fact("capitated_cost", "usd", 1000) + fact("capitation_prepaid", "usd", 0)
)
