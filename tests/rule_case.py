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
expects an unknown line.
"""

import re
from collections.abc import Iterator, Mapping
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
    facts = {name: _given(value) for name, value in case["given"].items()}
    start = date.fromisoformat(str(case.get("agreement_start", first)))
    parts = [component(name) if name != "totals" else TOTALS for name in case["components"]]
    coordinates = Coordinates({"performance": (first, last)}, strata, start)
    parameters = load_program(case["program"]) if "program" in case else {}
    return Resolver(parts, Given(facts), parameters, coordinates)


def _given(value: Any) -> Any:
    """One value, or a value for each stratum."""
    if isinstance(value, Mapping):
        return {At("performance", name): exact(item) for name, item in value.items()}
    return exact(value)


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
    expected = dict(_cells(case.get("expect") or {}))
    found = {
        (name, at): as_written(resolver.line(name, at).value, value)
        for (name, at), value in expected.items()
    }
    assert found == expected
    for name, sentence in (case.get("refuses") or {}).items():
        with pytest.raises(InputError, match=re.escape(sentence)):
            resolver.line(name)


def _cells(expect: Mapping[str, Any]) -> Iterator[tuple[tuple[str, At], Any]]:
    for name, value in expect.items():
        if isinstance(value, Mapping) and set(value) != {"unknown"}:
            yield from (((name, At("performance", it)), exact(v)) for it, v in value.items())
        else:
            yield (name, At()), exact(value)
