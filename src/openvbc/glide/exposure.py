"""What a year may cost or bring: at most, by the caps in force, and at the 5th percentile.

The rules of the component themselves are asked, so that a cap of revenue, a limit by track or
sequestration counts here as it does in the settlement. The amount settled never falls while
savings rise, so that its 5th percentile is the amount at the savings rate's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.component import TOTAL, Component
from openvbc.contract.contract import Contract
from openvbc.contract.facts import At, Facts, Found
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.contract.statement import Document
from openvbc.errors import InputError
from openvbc.glide.plan import Plan, Spread, Step
from openvbc.money import round_half_up, to_cents
from openvbc.parameters import exact
from openvbc.rules.rule import Leaf, Unknown
from openvbc.rules.scale import value_name


@dataclass(frozen=True)
class Caps:
    """How a component's largest amounts are found.

    benchmark: its line on a statement. earned: the most that the payer pays, computed with no
    expenditure. two_sided: whether anything can be owed. owed: the most that is; None = no cap.
    revenue: the leaf that the plan's revenue is. best: leaves at their best for the entity.
    """

    benchmark: str
    earned: str
    two_sided: str
    owed: str
    revenue: str
    best: Mapping[str, Any] = field(default_factory=dict)


CAPS: Final[Mapping[str, Caps]] = {
    "shared_savings": Caps(
        "savings_benchmark",
        "savings_paid",
        "losses_shared",
        "losses_cap",
        "savings_participant_revenue",
        {"savings_quality_gate_met": True},
    ),
    "mssp_settlement": Caps(
        "total_benchmark",
        "performance_payment_limit",
        "two_sided",
        "loss_recoupment_limit",
        "participant_revenue",
    ),
}
"""The components whose caps are of a benchmark; other payments are not in the exposure."""

FIFTH: Final = Decimal("-1.644853627")
"""The 5th percentile of the standard normal distribution."""

_BENCHMARK: Final = Leaf("total_benchmark", "usd", "the benchmark given", "plan, benchmark")
_QUALITY: Final = ("savings_quality_scale", "quality_score")


@dataclass(frozen=True)
class Exposure:
    """The most that can be earned and owed in one year, and the 5th percentile, in whole cents.

    None where it is not bounded or not known; reasons say which. from_statement: whether the
    benchmark is the statement's, not the plan's. outside: components that pay and have no such cap.
    fifth_cents: what is settled in one year of twenty or less, above zero paid by the payer, if the
    savings rate is as the plan assumes; None without an assumption.
    """

    benchmark_cents: int | None
    from_statement: bool
    earned_cents: int | None
    owed_cents: int | None
    reasons: tuple[str, ...]
    outside: tuple[str, ...]
    fifth_cents: int | None = None

    def to_json(self) -> dict[str, Any]:
        """For other programs; amounts in whole cents."""
        return {
            "benchmark_cents": self.benchmark_cents,
            "benchmark_from": "statement" if self.from_statement else "plan",
            "largest_earned_cents": self.earned_cents,
            "largest_owed_cents": self.owed_cents,
            "fifth_percentile_cents": self.fifth_cents,
            "reasons": list(self.reasons),
            "outside": list(self.outside),
        }


@dataclass(frozen=True)
class _Terms:
    """The facts of an exposure: what is given for it, else the terms in force."""

    contract: Contract
    given: Mapping[str, Any]

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The value given under the leaf's name, or the term."""
        del at
        if leaf.name in self.given:
            return Found(self.given[leaf.name], {"kind": "given"})
        term = self.contract.term(leaf.name)
        return None if term is None or isinstance(term.value, Mapping) else Found(term.value)


def exposure(plan: Plan, year: Step, step: Step, document: Document | None) -> Exposure:
    """The exposure of a year under the terms of a step.

    document: the year's statement, whose benchmark counts; None = the plan's. Raises InputError
    where the terms contradict each other.
    """
    paying = [it for it in step.contract.components if it.pays and it.pays != TOTAL]
    capped = next((it for it in paying if it.name in CAPS), None)
    outside = tuple(it.name for it in paying if it is not capped)
    if capped is None:
        why = ("no component of the contract has a cap on a benchmark",)
        return Exposure(None, False, None, None, why, outside)
    caps = CAPS[capped.name]
    stated = _stated(document, caps.benchmark) if document else None
    benchmark = plan.benchmark(year) if stated is None else stated
    if benchmark is None:
        why = ("no benchmark is given for the year",)
        return Exposure(None, False, None, None, why, outside)
    given = _given(plan, year, caps, benchmark, document)
    best = {"total_expenditure": Decimal(0), **caps.best, **_best_score(step.contract)}
    resolver = _resolver(year, step, capped, {**given, **best})
    earned, no_earned = _most(resolver, capped, caps.earned, "earned")
    owed, no_owed = _owed(resolver, capped, caps)
    fifth, no_fifth = _fifth(plan, year, step, capped, given)
    reasons = tuple(it for it in (no_earned, no_owed, no_fifth) if it)
    stood = stated is not None
    return Exposure(to_cents(benchmark), stood, earned, owed, reasons, outside, fifth)


def _given(
    plan: Plan, year: Step, caps: Caps, benchmark: Decimal, document: Document | None
) -> dict[str, Any]:
    """The benchmark, and the revenue where there is one."""
    stated = _stated(document, caps.revenue) if document else None
    revenue = plan.revenue(year) if stated is None else stated
    known = {} if revenue is None else {caps.revenue: revenue}
    return {"total_benchmark": benchmark, **known}


def _resolver(year: Step, step: Step, capped: Component, given: Mapping[str, Any]) -> Resolver:
    """The rules of the component alone, over what is given and the terms of the step."""
    contract = step.contract
    source = Component("plan", {}, {"total_benchmark": _BENCHMARK}, ())
    days = {"performance": (year.shape.first_day, year.shape.last_day)}
    cells = Coordinates(days, (), contract.shape.agreement.start, contract.strata)
    facts: Facts = _Terms(contract, given)
    return Resolver((capped, source), facts, contract.parameters, cells)


def fifth_rate(spread: Spread) -> Decimal:
    """The savings rate that one year of twenty falls below: mean + z × standard deviation."""
    return spread.expected_savings_rate + FIFTH * spread.standard_deviation_of_savings_rate


def _fifth(
    plan: Plan, year: Step, step: Step, capped: Component, given: Mapping[str, Any]
) -> tuple[int | None, str | None]:
    """What is settled at the 5th percentile in whole cents, or why it is not known."""
    spread = plan.spread(year)
    if spread is None:
        return None, None
    spent = given["total_benchmark"] * (1 - fifth_rate(spread))
    assumed = {name: exact(value, keys=str) for name, value in spread.assume.items()}
    resolver = _resolver(year, step, capped, {**given, "total_expenditure": spent, **assumed})
    try:
        value = resolver.line(capped.pays, At(), capped).value
    except InputError as error:
        lacking = ", ".join(it.where for it in error.problems)
        return None, f"the 5th percentile needs under assume: {lacking}"
    if isinstance(value, Unknown):
        return None, f"the 5th percentile is not known: {value.reason}"
    return to_cents(round_half_up(value, 2)), None


def _best_score(contract: Contract) -> dict[str, Decimal]:
    """The quality score that earns the most on the contract's scale; none without a scale."""
    scale, score = _QUALITY
    term = contract.term(scale)
    if term is None or not term.value:
        return {}
    band = max(term.value, key=lambda it: it[value_name(it)])
    return {score: band["to"] - 1 if band["from"] is None else band["from"]}


def _most(
    resolver: Resolver, component: Component, name: str, what: str
) -> tuple[int | None, str | None]:
    """A largest amount in whole cents, or why there is none."""
    try:
        value = resolver.line(name, At(), component).value
    except InputError as error:
        if not resolver.unsupplied.issuperset(error.problems):
            raise
        lacking = ", ".join(it.where for it in error.problems)
        return None, f"the most {what} needs as terms: {lacking}"
    if isinstance(value, Unknown):
        return None, f"the most {what} is not known: {value.reason}"
    return (None, f"no cap on what may be {what}") if value is None else (to_cents(value), None)


def _owed(resolver: Resolver, component: Component, caps: Caps) -> tuple[int | None, str | None]:
    """Nothing in a one-sided year; else the cap on losses."""
    if resolver.line(caps.two_sided, At(), component).value is False:
        return 0, None
    return _most(resolver, component, caps.owed, "owed")


def _stated(document: Document | None, name: str) -> Decimal | None:
    """An amount on a statement; None where it has no such line or does not determine it."""
    whole = {"period": "performance", "stratum": None}
    for line in document["lines"] if document else ():
        if line["path"].endswith(f"/{name}") and line["at"] == whole and line["value"]:
            return Decimal(line["value"])
    return None
