"""Expenditure and benchmark of the Shared Savings Program, against cases worked by hand.

The cases are the documents tests/rules/benchmark_*.md: prose with the arithmetic, then the facts
given and the lines expected, each at the precision in which it is written.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from openvbc.contract.component import Component, component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.parameters import load_program
from openvbc.period import calendar_year
from openvbc.rules import mssp_benchmark_adjustment as adjustment
from openvbc.rules.mssp_benchmark_history import year_weights
from openvbc.rules.rule import Leaf

STRATA = ("aged_dual", "aged_nondual")
BASE = ("base_1", "base_2", "base_3")
ROLES = ("performance", *BASE)

MINIMUM_RATES = Component(
    "minimum_rates",
    {},
    {
        name: Leaf(name, "rate", "given by the settlement rules", "none")
        for name in ("minimum_loss_rate", "minimum_savings_rate")
    },
    (),
)


def exact(value: Any) -> Any:
    """A YAML number as the decimal it was written as."""
    if isinstance(value, Mapping):
        return {key: exact(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | str | date):
        return value
    return Decimal(str(value))


def cases(pages: str = "benchmark_*.md") -> Iterator[Any]:
    for path in sorted((Path(__file__).parent / "rules").glob(pages)):
        first: dict[str, Any] = {}
        for section in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, rest = section.split("\n", 1)
            block = re.search(r"```yaml\n(.*?)```", rest, re.DOTALL)
            assert block, f"{path.name}: {title} has no case"
            case = YAML(typ="safe").load(block.group(1))
            if case.pop("as_above", False):
                case = {**first, **case, "given": {**first["given"], **case["given"]}}
            else:
                first = case
            yield pytest.param(case, id=f"{path.stem}: {title}")


def cell(value: Any, at: At) -> Any:
    """The value in a cell: a mapping by period (`base` is every benchmark year) and type."""
    for key in (at.period, "base" if at.period in BASE else at.period, at.stratum):
        if isinstance(value, Mapping) and key in value:
            value = value[key]
    return value


def resolver(
    case: Mapping[str, Any], last: Component = MINIMUM_RATES, benchmark: str = "mssp_benchmark"
) -> Resolver:
    untouched = {"excluded_expenditure": 0, "truncated_expenditure": 0, "cut": "computed"}
    given_values = {**untouched, **case["given"]}
    given_values.setdefault("claims_expenditure", given_values["counted_expenditure"])
    cells = [At(role, it) for role in ROLES for it in (None, *STRATA)]
    values = {
        name: {at: cell(exact(value), at) for at in cells} for name, value in given_values.items()
    }
    start = case["agreement_start"]
    periods = {"performance": calendar_year(case["performance_year"])} | {
        role: calendar_year(start.year - 4 + number) for number, role in enumerate(BASE, 1)
    }
    components = [component("mssp_expenditure"), component(benchmark), last]
    return Resolver(
        components, Given(values), load_program("mssp"), Coordinates(periods, STRATA, start)
    )


def place(text: str) -> tuple[str, At]:
    """`name[base_1, aged_dual]` as a name and a cell."""
    name, _, inside = text.rstrip("]").partition("[")
    parts = [part.strip() for part in inside.split(",") if part.strip()]
    period = next((part for part in parts if part in ROLES), "performance")
    return name, At(period, next((part for part in parts if part in STRATA), None))


def rounded_as(found: Any, expected: Any) -> Any:
    if isinstance(found, Decimal) and isinstance(expected, Decimal):
        exponent = expected.as_tuple().exponent
        return round_half_up(found, max(0, -exponent) if isinstance(exponent, int) else 0)
    return found


@pytest.mark.parametrize("case", list(cases()))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    settled = resolver(case)
    found = {}
    for text, expected in case["expect"].items():
        name, at = place(text)
        found[text] = rounded_as(settled.line(name, at).value, exact(expected))
    assert found == exact(case["expect"])


def first_case() -> dict[str, Any]:
    found = next(
        it for it in cases() if it.id == "benchmark_history: A first agreement, step by step"
    )
    case: dict[str, Any] = found.values[0]
    return case


def test_every_result_of_both_components_has_its_lines() -> None:
    lines, problems = resolver(first_case()).results()
    assert problems == []
    # Expenditure: 4 by period and type (4 × 2), 3 by period (4); benchmark: 12 for the entity,
    # and 1 by period and type (4 × 2).
    assert len(lines) == 4 * 8 + 3 * 4 + 12 + 8


def test_the_settlement_rules_take_the_benchmark_and_give_it_their_minimum_rate() -> None:
    case = first_case()
    terms = {"track": "enhanced", "elected_minimum_rate": 0.005, "assigned_beneficiaries": 6000}
    kept = {name: it for name, it in case["given"].items() if name not in MINIMUM_RATES.leaves}
    whole = resolver({**case, "given": {**kept, **terms}}, component("mssp_settlement"))
    assert whole.line("guardrail_rate").value == Decimal("0.005")
    savings = whole.line("savings_or_losses").value
    assert round_half_up(savings, 3) == Decimal("206685.176")  # 6,206,685.176 − 6,000,000


def test_claims_that_are_nowhere_accounted_are_refused_by_amount() -> None:
    case = first_case()
    case = {**case, "given": {**case["given"], "excluded_expenditure": 12}}
    _, problems = resolver(case).results()
    assert any("by -12.00" in problem.what for problem in problems)


def test_the_room_under_the_cut_is_cut_times_person_years_less_what_counts() -> None:
    case = first_case()
    case = {**case, "given": {**case["given"], "cut_in_force": 100_000}}
    line = resolver(case).line("room_under_cut", At("base_1", "aged_nondual"))
    assert line.value == 100_000 * 300 - 2_400_000


def test_an_agreement_before_the_regional_method_is_refused_by_name() -> None:
    case = {**first_case(), "agreement_start": date(2018, 1, 1), "performance_year": 2018}
    with pytest.raises(InputError, match=r"update_method has no value on 2018-01-01"):
        resolver(case).line("guardrail_applies")


@pytest.mark.parametrize(
    ("fact", "result"),
    [
        ("acpt_growth", "total_benchmark"),
        ("base_3_dual_share", "adjustment_kind"),
        ("low_income_or_dual_share", "population_adjustment"),
    ],
)
def test_a_fact_the_agreement_needs_is_missed_by_name(fact: str, result: str) -> None:
    case = first_case()
    case = {**case, "given": {name: it for name, it in case["given"].items() if name != fact}}
    with pytest.raises(InputError, match=fact):
        resolver(case).line(result)


def test_a_type_with_nobody_in_it_changes_nothing_else() -> None:
    case = first_case()
    alone = {
        role: {"aged_dual": 0, "aged_nondual": {"performance": 3360}.get(role, 3600)}
        for role in ROLES
    }
    spent = {role: {"aged_dual": 0, "aged_nondual": 3_300_000} for role in ROLES}
    scored = {role: {"aged_dual": 0, "aged_nondual": 1} for role in ROLES}
    empty = {"member_months": alone, "counted_expenditure": spent, "score_months": scored}
    lines, problems = resolver({**case, "given": {**case["given"], **empty}}).results()
    assert problems == []
    totals = {line.path.split("/")[-1]: line.value for line in lines}
    assert totals["updated_benchmark"] * 280 == pytest.approx(totals["total_benchmark"])


amounts = st.decimals(-50_000, 50_000, places=2)
rates = st.decimals(0, 1, places=4)
positive = st.decimals(1, 50_000, places=2)


@given(st.lists(st.integers(0, 5), min_size=3, max_size=3), st.booleans())
def test_the_weights_of_the_benchmark_years_sum_to_one(lives: list[int], first: bool) -> None:
    parts = dict(zip(BASE, (10, 30, 60) if first else (1, 1, 1), strict=True))
    with localcontext(RULES_CONTEXT):
        weights = year_weights(
            {year: Decimal(count) for year, count in zip(BASE, lives, strict=True)},
            {year: Decimal(part) for year, part in parts.items()},
        )
        total = sum(weights.values(), Decimal(0))
    assert total == 0 if not any(lives) else abs(total - 1) < Decimal("1e-30")


@settings(max_examples=200)
@given(amounts, rates, positive, rates)
def test_a_regional_adjustment_stays_between_floor_and_cap(
    difference: Decimal, weight: Decimal, national: Decimal, offset: Decimal
) -> None:
    weighted = adjustment.weighted_regional_difference(difference, weight)
    capped = adjustment.capped_regional_difference(
        weighted, national, Decimal("0.05"), Decimal("-0.015")
    )
    made = adjustment.regional_adjustment(capped, offset)
    assert Decimal("-0.015") * national <= made <= Decimal("0.05") * national
    assert made == 0 or (made > 0) == (difference > 0)


@settings(max_examples=200)
@given(amounts, amounts, rates, rates, positive)
def test_the_adjustment_made_is_never_negative_and_the_flat_ones_never_above_the_cap(
    regional: Decimal, savings: Decimal, proration: Decimal, share: Decimal, national: Decimal
) -> None:
    cap = Decimal("0.05")
    prior = adjustment.prior_savings_adjustment(savings, proration, Decimal("0.5"), cap, national)
    room = adjustment.population_room(min(regional, cap * national), prior, cap, national)
    population = adjustment.population_adjustment(share, Decimal("0.15"), cap, room)
    kind = adjustment.adjustment_kind(regional, prior, population, negative_regional=False)
    made = adjustment.benchmark_adjustment(kind, regional, prior, population)
    assert made == max(regional, prior, population, Decimal(0))
    assert max(prior, population) <= cap * national
    assert max(regional, prior, Decimal(0)) + population <= max(cap * national, regional)
