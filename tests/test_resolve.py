"""The resolver: every input is found in the rule's own cell, and the way is kept.

The toy component prices apples: a price per stratum and period, a trend from the third base year
to the performance period, and a total over strata.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Annotated

import pytest

from openvbc.contract.component import Component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.parameters import DatedValue, Parameter
from openvbc.rules.rule import (
    Axis,
    ByBase,
    ByStratum,
    InPeriod,
    Leaf,
    RefusedError,
    Unknown,
    rule,
    rules_of,
)

ALL: frozenset[Axis] = frozenset({"period", "stratum"})


@rule(unit="rate", cite="§1", per=("stratum",))
def trend(price: Decimal, price_before: Decimal) -> Decimal:
    """The price now over the price in the third base year."""
    return price / price_before


@rule(unit="usd", cite="§2", per=("stratum",))
def price_before(price: Annotated[Decimal, InPeriod("base_3")]) -> Decimal:
    """The price in the third base year."""
    return price


@rule(unit="usd", cite="§3")
def total(price: ByStratum, discount: Decimal) -> Decimal:
    """All prices, less the discount of the kind of apple."""
    return sum(price.values(), Decimal(0)) * (1 - discount)


@rule(unit="usd", cite="§4", per=("stratum",))
def mean_before(price: ByBase) -> Decimal:
    """The mean price of the base years."""
    return sum(price.values(), Decimal(0)) / len(price)


@rule(unit="usd", cite="§5")
def refused(total: Decimal) -> Decimal:
    """A rule that the law does not define for these inputs."""
    raise RefusedError(f"no price of {total}")


@rule(unit="usd", cite="§6")
def unknowable() -> Unknown:
    """A rule whose inputs do not determine it."""
    return Unknown("nobody said")


@rule(unit="usd", cite="§7")
def after_unknown(unknowable: Decimal) -> Decimal:
    """A rule that needs the unknown."""
    return unknowable + 1


@rule(unit="text", cite="§8")
def says_unknown(unknowable: Decimal | Unknown) -> str:
    """A rule that can live with the unknown."""
    return unknowable.reason if isinstance(unknowable, Unknown) else "known"


@rule(unit="usd", cite="§9")
def hen(egg: Decimal) -> Decimal:
    """A rule that depends on itself by way of another."""
    return egg


@rule(unit="usd", cite="§9")
def egg(hen: Decimal) -> Decimal:
    """See hen."""
    return hen


def apples() -> Component:
    module = ModuleType(__name__)
    for made in (
        trend,
        price_before,
        total,
        mean_before,
        refused,
        unknowable,
        after_unknown,
        says_unknown,
        hen,
        egg,
    ):
        setattr(module, made.__name__, made)
    leaves = {
        "price": Leaf("price", "usd", "price of an apple", "§0", ALL),
        "kind": Leaf("kind", "text", "kind of apple", "§0", default="plain"),
    }
    return Component("apples", rules_of(module), leaves, ("total",))


PERIODS = {
    "performance": (date(2025, 1, 1), date(2025, 12, 31)),
    "base_1": (date(2022, 1, 1), date(2022, 12, 31)),
    "base_3": (date(2024, 1, 1), date(2024, 12, 31)),
}
COORDINATES = Coordinates(PERIODS, ("red", "green"), date(2025, 1, 1))

PRICES = {
    At("performance", "red"): Decimal(6),
    At("performance", "green"): Decimal(4),
    At("base_3", "red"): Decimal(5),
    At("base_3", "green"): Decimal(4),
    At("base_1", "red"): Decimal(3),
    At("base_1", "green"): Decimal(2),
}

DISCOUNT = Parameter(
    "discount",
    "",
    "rate",
    "performance_year",
    ("kind",),
    (
        DatedValue(
            date(2024, 1, 1),
            date(2026, 12, 31),
            {"plain": Decimal("0.1"), "fancy": Decimal("0.5")},
            "law 1",
            None,
            "x.yaml:3",
        ),
    ),
)


def resolver(**facts: object) -> Resolver:
    given = Given({"price": PRICES, **facts})  # type: ignore[dict-item]
    return Resolver([apples()], given, {"discount": DISCOUNT}, COORDINATES)


def test_a_rule_is_evaluated_in_its_own_cell() -> None:
    # red: 6 / 5
    assert resolver().line("trend", At("performance", "red")).value == Decimal("1.2")


def test_gathered_arguments_take_all_strata_or_all_base_years() -> None:
    # (6 + 4) × (1 − 0.1); (3 + 5) / 2
    assert resolver().line("total").value == Decimal(9)
    assert resolver().line("mean_before", At("performance", "red")).value == Decimal(4)


def test_a_keyed_parameter_is_picked_by_the_resolved_name() -> None:
    # (6 + 4) × (1 − 0.5)
    line = resolver(kind="fancy").line("total")
    assert line.value == Decimal(5)
    assert ("parameters/discount", At()) in line.inputs


def test_a_line_knows_its_formula_its_citation_and_its_inputs() -> None:
    line = resolver().line("trend", At("performance", "red"))
    assert line.formula == "price / price_before"
    assert line.cite == "§1"
    assert [path for path, _ in line.inputs] == ["apples/price", "apples/price_before"]


def test_a_value_per_stratum_must_be_gathered_where_there_is_no_stratum() -> None:
    with pytest.raises(InputError, match="gather it with ByStratum"):
        resolver().line("trend", At())


def test_a_date_without_a_value_is_refused_with_the_range() -> None:
    late = replace(COORDINATES, periods={"performance": (date(2031, 1, 1), date(2031, 12, 31))})
    price = {At("performance", it): Decimal(1) for it in ("red", "green")}
    made = Resolver([apples()], Given({"price": price}), {"discount": DISCOUNT}, late)
    with pytest.raises(InputError, match="covered 2024-01-01 to 2026-12-31"):
        made.line("total")


def test_a_key_that_the_parameter_lacks_is_named() -> None:
    with pytest.raises(InputError, match="no value for kind = rotten; known: plain, fancy"):
        resolver(kind="rotten").line("total")


def test_a_missing_fact_says_where_it_is_expected() -> None:
    bare = Resolver([apples()], Given({}), {"discount": DISCOUNT}, COORDINATES)
    with pytest.raises(InputError, match="missing fact") as caught:
        bare.line("total")
    # both strata are named at once
    assert len(caught.value.problems) == 2


def test_a_refusal_names_the_rule_and_its_cell() -> None:
    with pytest.raises(InputError, match=r"apples/refused \[performance\]: no price of 9"):
        resolver().line("refused")


def test_an_arithmetic_that_is_not_defined_names_the_rule_and_its_cell() -> None:
    free = {**PRICES, At("base_3", "red"): Decimal(0)}
    with pytest.raises(InputError) as caught:
        resolver(price=free).line("trend", At("performance", "red"))
    assert [str(it) for it in caught.value.problems] == [
        "apples/trend [performance, red]: cannot be computed from its inputs: division by zero"
    ]


def test_unknown_passes_on_unless_the_rule_takes_it() -> None:
    assert resolver().line("after_unknown").value == Unknown("nobody said")
    assert resolver().line("says_unknown").value == "nobody said"


def test_a_cycle_is_an_error_that_shows_the_way() -> None:
    with pytest.raises(InputError, match="apples/hen → apples/egg → apples/hen"):
        resolver().line("hen")


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(InputError, match="no rule, leaf or parameter"):
        resolver().line("pear")
