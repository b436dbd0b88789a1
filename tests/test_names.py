"""What a name means, and in which cells: before anything is computed.

Two toy components: `orchard` counts apples in a table and prices them; `shop` sells them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from contract_sample import CONTRACT, SETTLEMENT, contract, said, settlement
from openvbc.contract.check import check_all, check_contract, check_settlement
from openvbc.contract.component import Component, component, component_names
from openvbc.contract.contract import Contract
from openvbc.contract.facts import At, FirstOf, Given
from openvbc.contract.names import Coordinates, Names, key_text
from openvbc.contract.settlement import Settlement
from openvbc.errors import InputError
from openvbc.parameters import DatedValue, Parameter, load_program
from openvbc.programs import Program, registry
from openvbc.rules.rule import Axis, ByBase, ByStratum, InBase3, Leaf, rule, rules_of

CELL: frozenset[Axis] = frozenset({"period", "stratum"})

COORDINATES = Coordinates(
    {
        "performance": (date(2025, 1, 1), date(2025, 12, 31)),
        "base_1": (date(2023, 1, 1), date(2023, 12, 31)),
        "base_2": (date(2024, 1, 1), date(2024, 12, 31)),
    },
    ("red", "green"),
    date(2025, 7, 1),
)


def parameter(name: str = "tax", clock: str = "performance_year", *by: str) -> Parameter:
    first = DatedValue(date(2024, 1, 1), date(2026, 12, 31), Decimal(1), "law", None, "x.yaml:3")
    return Parameter(name, "a tax", "rate", clock, by, (first,))


@rule(unit="usd", cite="§1")
def price(apples: ByStratum, tax: Decimal) -> Decimal:
    """The price of all apples."""
    return sum(apples.values(), Decimal(0)) * tax


@rule(unit="usd", cite="§2")
def change(paid: Decimal, price: Decimal) -> Decimal:
    """What comes back."""
    return paid - price


@rule(unit="usd", cite="§3", per=("stratum",))
def before(apples: ByBase, last: InBase3) -> Decimal:
    """Apples of the base years."""
    return sum(apples.values(), last)


def made(name: str, rules: tuple[Callable[..., Any], ...], *leaves: Leaf) -> Component:
    module = ModuleType(__name__)
    for one in rules:
        setattr(module, one.__name__, one)
    found = rules_of(module)
    return Component(name, found, {leaf.name: leaf for leaf in leaves}, tuple(found))


APPLES = Leaf("apples", "count", "apples counted", "§0", CELL, "apple_cell", "apples")
PAID = Leaf("paid", "usd", "what was paid", "§0")


# Coordinates


def test_cells_are_those_of_the_names_axes() -> None:
    none: frozenset[Axis] = frozenset()
    assert list(COORDINATES.cells(none)) == [At()]
    assert list(COORDINATES.cells(frozenset({"stratum"}))) == [
        At("performance", "red"),
        At("performance", "green"),
    ]
    assert len(list(COORDINATES.cells(CELL))) == 3 * 2
    assert COORDINATES.base == ("base_1", "base_2")


def test_a_name_with_fewer_axes_is_taken_from_the_cell_above() -> None:
    at = At("base_1", "red")
    assert COORDINATES.project(at, frozenset()) == At()
    assert COORDINATES.project(at, frozenset({"stratum"})) == At("performance", "red")
    assert COORDINATES.project(at, frozenset({"period"})) == At("base_1")
    assert COORDINATES.project(at, CELL) == at


def test_arguments_gather_strata_base_years_or_one_other_period() -> None:
    rules = made("orchard", (price, before)).rules
    (strata,) = [it for it in rules["price"].arguments if it.name == "apples"]
    base, last = rules["before"].arguments
    at = At("base_1", "red")
    assert [cell for _, cell in COORDINATES.gathered(strata, at)] == [
        At("base_1", "red"),
        At("base_1", "green"),
    ]
    assert [cell for _, cell in COORDINATES.gathered(base, at)] == [
        At("base_1", "red"),
        At("base_2", "red"),
    ]
    assert list(COORDINATES.gathered(last, at)) == [("", At("base_3", "red"))]


@pytest.mark.parametrize(
    ("clock", "at", "day"),
    [
        ("performance_year", At("base_1"), date(2025, 1, 1)),
        ("benchmark_year", At("base_1"), date(2023, 1, 1)),
        ("benchmark_year", At(), date(2025, 1, 1)),
        ("agreement_start", At("base_1"), date(2025, 7, 1)),
    ],
)
def test_a_parameter_is_read_on_its_clocks_day(clock: str, at: At, day: date) -> None:
    assert COORDINATES.day(clock, at) == day


def test_a_parameter_by_service_date_has_no_day_in_a_cell() -> None:
    with pytest.raises(InputError, match="a parameter by service date is for tables only"):
        COORDINATES.day("service_date", At())


# Names


def test_a_name_is_looked_up_at_home_first_then_elsewhere_then_in_the_law() -> None:
    orchard = made("orchard", (price,), APPLES)
    shop = made("shop", (change,), PAID)
    names = Names((orchard, shop), {"tax": parameter()})
    assert names.find("price", shop) == (orchard, orchard.rules["price"])
    assert names.find("apples", shop) == (orchard, APPLES)
    assert names.find("tax", shop) == parameter()
    own = made("shop", (change, price), PAID)
    assert Names((orchard, own), {}).find("price", own) == (own, own.rules["price"])


def test_a_rule_goes_before_another_components_leaf() -> None:
    leaf = Leaf("price", "usd", "a price from outside", "§0")
    orchard, shop = made("orchard", (price,)), made("shop", (change,), leaf)
    assert Names((orchard, shop), {}).find("price", shop) == (orchard, orchard.rules["price"])
    assert Names((shop,), {}).find("price", shop) == (shop, leaf)


def test_of_two_declarations_of_a_leaf_the_counted_one_holds() -> None:
    told = replace(APPLES, table=None, column=None)
    orchard, shop = made("orchard", (), APPLES), made("shop", (), told)
    assert Names((orchard, shop), {}).find("apples", shop) == (orchard, APPLES)
    assert Names((shop,), {}).find("apples", shop) == (shop, told)


def test_a_name_of_two_components_or_of_none_is_refused() -> None:
    one, two, three = made("one", (price,)), made("two", (price,)), made("three", (change,))
    with pytest.raises(InputError, match="price: is a rule of several components: one, two"):
        Names((one, two, three), {}).find("price", three)
    with pytest.raises(InputError, match="three needs pear: no rule, leaf or parameter"):
        Names((three,), {}).find("pear", three)
    with pytest.raises(InputError, match="component commercial_target computes it"):
        Names((three,), {}).find("total_benchmark", three)
    with pytest.raises(InputError, match=r"^pear: no rule, leaf or parameter has this name$"):
        Names((), {}).find("pear", None)


def test_every_name_with_two_meanings_is_found() -> None:
    leaf = Leaf("price", "usd", "a price", "§0")
    one, two = made("one", (price, change), leaf), made("two", (price,), PAID)
    names = Names((one, two), {"paid": parameter("paid"), "change": parameter("change")})
    assert [str(it) for it in names.shadowed()] == [
        "one/price: is a rule of two too",
        "one/price: is a leaf too",
        "one/change: is a parameter too",
        "two/price: is a rule of one too",
        "two/paid: is a parameter too",
    ]


@pytest.mark.parametrize(
    ("value", "key"),
    [(Decimal("1.0"), "1"), ("Basic_A", "basic_a"), (True, "true"), (None, "none")],
)
def test_a_value_is_a_key_without_capitals_and_zeros(value: Any, key: str) -> None:
    assert key_text(value) == key


# Components


@pytest.mark.parametrize("name", component_names())
def test_a_component_names_each_rule_once_and_its_results_are_rules(name: str) -> None:
    found = component(name)
    assert found.results
    assert set(found.results) <= set(found.rules)
    assert not set(found.rules) & set(found.leaves)
    assert all(leaf.cite and leaf.says for leaf in found.leaves.values())
    shown = {it.split()[-1] for way in found.waterfall.values() for it in way}
    others = {rule for other in component_names() for rule in component(other).rules}
    assert shown <= others | set(found.leaves)


MODELLED = [it for it in registry().values() if it.modelled]


@pytest.mark.parametrize("program", MODELLED, ids=lambda program: program.id)
def test_a_programs_components_together_have_no_name_with_two_meanings(program: Program) -> None:
    parts = [component(name) for name in program.components]
    assert Names(parts, load_program(program.id)).shadowed() == []


def test_an_unknown_component_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no such component; did you mean mssp_benchmark"):
        component("mssp_benchmrk")


# Suppliers


def test_of_several_suppliers_only_one_may_know_a_value() -> None:
    one, two = Given({"paid": Decimal(1)}), Given({"paid": {At(): Decimal(2)}})
    found = FirstOf([Given({}), two]).get(PAID, At())
    assert found
    assert found.value == 2
    assert FirstOf([two]).get(PAID, At("base_1")) is None
    with pytest.raises(InputError, match=r"paid \[performance\]: is supplied twice"):
        FirstOf([one, two]).get(PAID, At())


# Checks without data


def checked(
    folder: Path,
    changes: dict[str, str] | None = None,
    contract_changes: dict[str, str] | None = None,
) -> list[str]:
    one = settlement(folder, changes, contract_changes)
    problems = check_settlement(one)
    return said(InputError(problems), folder)


def test_the_sample_resolves(tmp_path: Path) -> None:
    one = settlement(tmp_path)
    assert check_all({"lakeside": one.contract}, {one.id: one}) == []


def test_a_day_that_no_rule_covers_is_found_with_the_line_that_gave_it(tmp_path: Path) -> None:
    agreement = {"start: 2025-01-01": "start: 2019-01-01"}
    found = checked(tmp_path, {}, agreement)
    ranges = "covered 2019-07-01 to 2026-12-31"
    do = "name mssp_national_benchmark or mssp_rebased_benchmark in place of mssp_benchmark"
    expected = f"update_method has no value on 2019-01-01; {ranges}; {do}"
    assert f"lakeside.yaml:8: {expected}" in found
    assert {it.split(": ")[0] for it in found} <= {"lakeside.yaml:8", "lakeside_PY2025.yaml"}


def test_an_agreement_before_the_program_is_one_clear_line(tmp_path: Path) -> None:
    assert checked(tmp_path, {}, {"start: 2025-01-01": "start: 2001-01-01"}) == [
        "lakeside.yaml:8: benchmark_years has no value on 2001-01-01; covered 2012-04-01 to open"
    ]


def test_values_by_period_wait_for_a_day_that_is_covered(tmp_path: Path) -> None:
    """Without a benchmark there are no periods to hold them to; the day is the one problem."""
    values = "{unit: rate, values: {base_9: 1},"
    found = checked(
        tmp_path,
        {"{unit: rate, value: 1.013,": values},
        {"start: 2025-01-01": "start: 2001-01-01"},
    )
    assert len(found) == 1


def test_a_window_that_the_program_has_no_rule_for_is_found(tmp_path: Path) -> None:
    """Prospective assignment began in 2016."""
    one = settlement(
        tmp_path,
        {
            "period: PY2025": "period: PY2014",
            "first_day: 2025-01-01": "first_day: 2014-01-01",
            "last_day: 2025-12-31": "last_day: 2014-12-31",
        },
        {
            "start: 2025-01-01": "start: 2013-01-01",
            "assignment: retrospective": "assignment: prospective",
        },
    )
    found = said(InputError(check_settlement(one)), tmp_path)
    assert (
        "lakeside_PY2025.yaml:3: assignment_window_lag_months has no value for assignment = "
        "prospective; known: retrospective"
    ) in found


def test_a_word_that_the_law_does_not_know_is_found_before_any_data(tmp_path: Path) -> None:
    found = checked(tmp_path, {}, {"track: enhanced": "track: enhancd"})
    assert found
    assert {it.split(": ")[0] for it in found} == {"lakeside.yaml:19"}
    assert "for track = enhancd; known: track_1" in found[0]


def test_a_fact_that_is_a_key_is_held_to_the_law_too(tmp_path: Path) -> None:
    line = "  low_income_or_dual_share"
    extra = (
        "  two_sided_year: {unit: text, value: tenth, source: letter, received_on: 2026-07-15}\n"
    )
    found = checked(tmp_path, {line: extra + line})
    number = SETTLEMENT[: SETTLEMENT.index(line)].count("\n") + 1
    assert found == [
        (
            f"lakeside_PY2025.yaml:{number}: loss_limit_of_benchmark has no value for "
            "two_sided_year = tenth; known: first, second, third_or_later, not_stated"
        )
    ]


def test_a_missing_national_cut_is_found_and_a_computed_one_needs_none(tmp_path: Path) -> None:
    text = (
        SETTLEMENT[: SETTLEMENT.index("  truncation_cut")]
        + SETTLEMENT[SETTLEMENT.index("  completion_factor") :]
    )
    for cut, missing in (("national", 1), ("computed", 0)):
        one = settlement(tmp_path, {SETTLEMENT: text}, {"cut: national": f"cut: {cut}"})
        found = check_settlement(one)
        assert len(found) == missing
        assert all("truncation_cut (usd_per_capita) for every cell" in it.what for it in found)


def test_an_assertion_about_no_line_is_found(tmp_path: Path) -> None:
    last = SETTLEMENT.splitlines()[-1]
    asserted = f"{last}\nassert:\n  mssp_settlement/amount: 1\n  mssp_settlement/amount_due: 2\n"
    number = len(SETTLEMENT.splitlines()) + 2
    assert checked(tmp_path, {last + "\n": asserted}) == [
        f"lakeside_PY2025.yaml:{number}: mssp_settlement/amount is no line of this statement"
    ]


def test_a_contract_without_the_component_that_computes_a_name_says_which(tmp_path: Path) -> None:
    lacking = {"  - mssp_benchmark\n": ""}
    line = CONTRACT[: CONTRACT.index("components:")].count("\n") + 1
    found = said(InputError(check_contract(contract(tmp_path, lacking))), tmp_path)
    expected = (
        f"lakeside.yaml:{line}: mssp_settlement needs total_benchmark: no rule, leaf or parameter "
        "has this name; component mssp_benchmark computes it"
    )
    assert expected in found
    one = settlement(tmp_path)
    bare = Settlement(one.path, one.shape, one.raw, contract(tmp_path, lacking))
    assert expected in said(InputError(check_settlement(bare)), tmp_path)


def test_a_contract_is_checked_with_its_participants(tmp_path: Path) -> None:
    made = contract(tmp_path)
    path = made.participants_path
    assert path is not None
    path.write_text(path.read_text().replace("2022-01-01", "2022-31-12"))
    assert len(check_contract(made)) == 2
    path.write_text(path.read_text().splitlines()[0] + "\n")
    assert said(InputError(check_contract(made)), tmp_path) == [
        "lakeside_participants.csv: has no participants; nobody can be assigned"
    ]


def toy(tmp_path: Path, *parts: Component) -> Settlement:
    """The sample's settlement of a contract of other components."""
    one = settlement(tmp_path)
    population = one.contract.shape.population
    assert population is not None
    shape = one.contract.shape.model_copy(
        update={"population": population.model_copy(update={"cut": "computed"})}
    )
    other = Contract(one.contract.path, shape, one.contract.raw, parts, one.contract.terms)
    return Settlement(one.path, one.shape, one.raw, other)


@rule(unit="usd", cite="§9")
def hen(egg: Decimal) -> Decimal:
    """Depends on itself by way of another."""
    return egg


@rule(unit="usd", cite="§9")
def egg(hen: Decimal) -> Decimal:
    """See hen."""
    return hen


@rule(unit="usd", cite="§9")
def lost(before: Decimal) -> Decimal:
    """Takes one value of a name that has one per stratum."""
    return before


def test_a_cycle_and_a_value_that_must_be_gathered_are_found(tmp_path: Path) -> None:
    one = toy(tmp_path, made("farm", (hen, egg, lost, before), APPLES, replace(PAID, name="last")))
    found = [str(it) for it in check_settlement(one)]
    assert "farm/hen: depends on itself: farm/hen → farm/egg → farm/hen" in found
    assert "farm/before: is one value per stratum; gather it with ByStratum" in found


def test_a_key_that_is_computed_or_unknown_is_left_to_the_settlement(tmp_path: Path) -> None:
    keyed = {
        name: parameter(name, "performance_year", key)
        for name, key in (
            ("tax", "kind"),
            ("by_rule", "price"),
            ("by_law", "tax"),
            ("by_none", "x"),
        )
    }
    names = Names((), keyed)
    assert isinstance(names.find("tax", None), Parameter)

    @rule(unit="usd", cite="§9")
    def bill(tax: Decimal, by_rule: Decimal, by_law: Decimal, by_none: Decimal) -> Decimal:
        """Takes parameters of every kind of key."""
        return tax + by_rule + by_law + by_none

    one = toy(tmp_path, made("shop", (bill, price), APPLES, Leaf("kind", "text", "kind", "§0")))
    vars(one.contract)["parameters"] = keyed | {
        name: it for name, it in load_program("mssp").items() if name not in keyed
    }
    found = [it.what for it in check_settlement(one)]
    assert any(it.startswith("shop needs x: no rule, leaf or parameter") for it in found)
    assert any(it.startswith("shop needs the fact kind (text) for performance") for it in found)
