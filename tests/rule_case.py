"""Literate rule cases: tests/rules/<name>.md, prose with arithmetic, then facts and lines.

A page names its program and components once, in a first block `yaml` before its first heading:

    program: hvbp
    components: [hvbp]
    period: {first_day: 2023-10-01, last_day: 2024-09-30}
    strata: [mort_ami, mort_hf]

Each heading is one case: `given` (facts; one value, or values by stratum), `expect` (lines, each at
the precision in which it is written, a whole number exactly; one value, or values by stratum) and
`refuses` (a line, and the words with which it is refused). A case may give its own `period` or
`strata`; `as_above: true` takes over the facts of the last case without it. `{unknown: reason}`
expects an unknown line. A page of a program that looks at several years names them (`years`, by
role), and the strata of a component that has its own (`own`); then a value may also be by role.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from openvbc.contract.component import Component, component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.money import round_half_up
from openvbc.parameters import exact, load_program
from openvbc.period import calendar_year
from openvbc.rules.rule import Leaf, Unknown
from openvbc.yamlfile import _ExactConstructor

FOLDER = Path(__file__).parent / "rules"

TOTALS = Component(
    "totals",
    {},
    {
        name: Leaf(name, "usd", "given by the expenditure and benchmark rules", "none")
        for name in ("total_benchmark", "total_expenditure")
    },
    (),
)
"""Stands where a contract has components for expenditure and benchmark."""


def _blocks(text: str) -> list[Any]:
    yaml = YAML(typ="rt")
    yaml.Constructor = _ExactConstructor
    return [yaml.load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def read_cases(pattern: str) -> Iterator[Any]:
    """The cases of the pages that a pattern names, as pytest parameters with readable ids."""
    pages = sorted(FOLDER.glob(pattern))
    assert pages, f"no page {pattern}"
    for path in pages:
        head, *sections = re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        page = dict(_blocks(head)[0])
        above = page
        assert sections, f"{path.name} has no case"
        for section in sections:
            title, rest = section.split("\n", 1)
            blocks = _blocks(rest)
            assert len(blocks) == 1, f"{path.name}: {title}: expected one case"
            case = dict(blocks[0])
            answer = {key: case.pop(key) for key in ("expect", "refuses") if key in case}
            assert answer, f"{path.name}: {title}: no answer"
            given = case.pop("given", {})
            if case.pop("as_above", False):
                case = {**above, **case, "given": {**above["given"], **given}}
            else:
                case = above = {**page, **case, "given": given}
            yield pytest.param({**case, **answer}, id=f"{path.stem}: {title}")


def resolve_case(case: Mapping[str, Any]) -> Resolver:
    """The resolver of a case's facts."""
    period = case["period"]
    first, last = (date.fromisoformat(str(period[key])) for key in ("first_day", "last_day"))
    strata = tuple(case.get("strata", ()))
    own = {name: tuple(them) for name, them in case.get("own", {}).items()}
    years = {role: calendar_year(int(year)) for role, year in case.get("years", {}).items()}
    cells = Cells(("performance", *years), (None, *strata, *(it for o in own.values() for it in o)))
    facts = {name: cells.given(value) for name, value in case["given"].items()}
    start = date.fromisoformat(str(case.get("agreement_start", first)))
    parts = [component(name) if name != "totals" else TOTALS for name in case["components"]]
    coordinates = Coordinates({"performance": (first, last), **years}, strata, start, own)
    parameters = load_program(case["program"]) if "program" in case else {}
    return Resolver(parts, Given(facts), parameters, coordinates)


@dataclass(frozen=True)
class Cells:
    """The roles and strata of a case: a value may be one, by stratum, by role, or by both."""

    roles: tuple[str, ...]
    strata: tuple[str | None, ...]

    def by_role(self, value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """The value of each role; one by stratum holds in all of them."""
        own = set(value) <= set(self.roles)
        yield from ((role, value.get(role) if own else value) for role in self.roles)

    def given(self, value: Any) -> Any:
        """One value, or a value for each cell."""
        if not isinstance(value, Mapping):
            return exact(value)
        found: dict[At, Any] = {}
        for role, its in self.by_role(value):
            by_stratum = its if isinstance(its, Mapping) else dict.fromkeys(self.strata, its)
            found |= {At(role, it): exact(v) for it, v in by_stratum.items() if v is not None}
        return found


WHOLE_PLACES = 12
"""How exactly a whole number is meant: a factor of 1 is not one of 0.97."""


def as_written(found: Any, expected: Any) -> Any:
    """The value found, rounded to the places in which the expected one is written."""
    if isinstance(found, Unknown):
        return {"unknown": found.reason}
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        exponent = expected.as_tuple().exponent
        decimals = isinstance(exponent, int) and exponent < 0
        return round_half_up(found, -int(exponent) if decimals else WHOLE_PLACES)
    return found


def check_case(case: Mapping[str, Any]) -> None:
    """Hold a case: every line as expected, every refusal in its words."""
    resolver = resolve_case(case)
    roles = ("performance", *case.get("years", {}))
    expected = dict(_cells(case.get("expect") or {}, roles))
    found = {
        (name, at): as_written(resolver.line(name, at).value, value)
        for (name, at), value in expected.items()
    }
    assert found == expected
    for name, sentence in (case.get("refuses") or {}).items():
        with pytest.raises(InputError, match=re.escape(sentence)):
            resolver.line(name)


def _cells(expect: Mapping[str, Any], roles: Sequence[str]) -> Iterator[tuple[tuple[str, At], Any]]:
    for name, value in expect.items():
        if not isinstance(value, Mapping) or set(value) == {"unknown"}:
            yield (name, At()), exact(value)
            continue
        by_role = value if set(value) <= set(roles) else {"performance": value}
        for role, its in by_role.items():
            by_stratum = its if isinstance(its, Mapping) else {None: its}
            yield from (((name, At(role, it)), exact(v)) for it, v in by_stratum.items())
