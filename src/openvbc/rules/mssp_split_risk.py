"""Shared Savings Program: risk of newly and of continuously assigned beneficiaries, apart.

For agreements that began before July 2019: 42 CFR 425.604(a)(1)-(3), 425.606(a)(1)-(3),
425.610(a)(1). The HCC score adjusts for the newly assigned. For the continuously assigned, whose
coding the ACO could raise, it is the demographic score, unless their HCC score fell.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.rule import Axis, ByStratum, InBase3, InPerformance, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require_of_people, wrong_factor

CELL: Final[frozenset[Axis]] = frozenset({"period", "stratum"})
HCC: Final = "hcc"
DEMOGRAPHIC: Final = "demographic"

_NEW: Final = "42 CFR 425.604(a)(1), 425.606(a)(1), 425.610(a)(1)(i)"
_OLD: Final = "42 CFR 425.604(a)(2), 425.606(a)(2), 425.610(a)(1)(ii)"
_TYPE: Final = "42 CFR 425.604(a)(3), 425.606(a)(3), 425.610(a)(3)"
_NATION: Final = "renormalised so that the nation's mean in the type is 1"

LEAVES: Final = (
    Leaf(
        "newly_assigned_months",
        "months",
        "of member_months, those of beneficiaries who neither were assigned to the ACO nor had a "
        "primary care service of its participants in the assignment window of the year before "
        "(the third benchmark year and the performance year are used)",
        "42 CFR 425.20 (newly assigned beneficiary)",
        CELL,
    ),
    Leaf(
        "newly_assigned_hcc_score",
        "score",
        f"mean prospective HCC risk score of the newly assigned, {_NATION}",
        _NEW,
        CELL,
        people="newly_assigned_months",
    ),
    Leaf(
        "continuously_assigned_hcc_score",
        "score",
        f"mean prospective HCC risk score of the continuously assigned, {_NATION}",
        _OLD,
        CELL,
        people="continuously_assigned_months",
    ),
    Leaf(
        "continuously_assigned_demographic_score",
        "score",
        f"mean demographic risk score of the continuously assigned, {_NATION}",
        _OLD,
        CELL,
        people="continuously_assigned_months",
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "newly_assigned_hcc_score": wrong_factor,
    "continuously_assigned_hcc_score": wrong_factor,
    "continuously_assigned_demographic_score": wrong_factor,
}


@rule(
    unit="months",
    cite="42 CFR 425.20 (continuously assigned beneficiary)",
    per=("period", "stratum"),
)
def continuously_assigned_months(member_months: Decimal, newly_assigned_months: Decimal) -> Decimal:
    """Months of all assigned beneficiaries who are not newly assigned."""
    if not 0 <= newly_assigned_months <= member_months:
        found = f"newly_assigned_months is {newly_assigned_months:f}"
        raise RefusedError(f"{found}; expected 0 to {member_months:f}, the months of all assigned")
    return member_months - newly_assigned_months


@rule(unit="score", cite=_NEW, per=("period", "stratum"))
def newly_assigned_risk(
    newly_assigned_hcc_score: Decimal, newly_assigned_months: Decimal
) -> Decimal:
    """The HCC score of the newly assigned."""
    people = newly_assigned_months
    require_of_people(CHECKS, people, newly_assigned_hcc_score=newly_assigned_hcc_score)
    return newly_assigned_hcc_score


@rule(unit="score", cite=_NEW, per=("stratum",))
def base_3_newly_assigned_risk(newly_assigned_risk: InBase3) -> Decimal:
    """The HCC score of those who were newly assigned in the third benchmark year."""
    return newly_assigned_risk


@rule(unit="rate", cite=_NEW, per=("stratum",))
def newly_assigned_growth(
    newly_assigned_risk: InPerformance, base_3_newly_assigned_risk: Decimal
) -> Decimal:
    """HCC score of the newly assigned, performance year ÷ third benchmark year."""
    return ratio(newly_assigned_risk, base_3_newly_assigned_risk, empty=1)


@rule(unit="score", cite=_OLD, per=("period", "stratum"))
def continuous_hcc_risk(
    continuously_assigned_hcc_score: Decimal, continuously_assigned_months: Decimal
) -> Decimal:
    """The HCC score of the continuously assigned."""
    score = continuously_assigned_hcc_score
    people = continuously_assigned_months
    require_of_people(CHECKS, people, continuously_assigned_hcc_score=score)
    return score


@rule(unit="score", cite=_OLD, per=("stratum",))
def base_3_continuous_hcc_risk(continuous_hcc_risk: InBase3) -> Decimal:
    """The HCC score of those who were continuously assigned in the third benchmark year."""
    return continuous_hcc_risk


@rule(unit="rate", cite=_OLD, per=("stratum",))
def continuous_hcc_growth(
    continuous_hcc_risk: InPerformance, base_3_continuous_hcc_risk: Decimal
) -> Decimal:
    """HCC score of the continuously assigned, performance year ÷ third benchmark year."""
    return ratio(continuous_hcc_risk, base_3_continuous_hcc_risk, empty=1)


@rule(unit="score", cite=_OLD, per=("period", "stratum"))
def continuous_demographic_risk(
    continuously_assigned_demographic_score: Decimal, continuously_assigned_months: Decimal
) -> Decimal:
    """The demographic score of the continuously assigned."""
    score = continuously_assigned_demographic_score
    people = continuously_assigned_months
    require_of_people(CHECKS, people, continuously_assigned_demographic_score=score)
    return score


@rule(unit="score", cite=_OLD, per=("stratum",))
def base_3_continuous_demographic_risk(continuous_demographic_risk: InBase3) -> Decimal:
    """The demographic score of those continuously assigned in the third benchmark year."""
    return continuous_demographic_risk


@rule(unit="rate", cite=_OLD, per=("stratum",))
def continuous_demographic_growth(
    continuous_demographic_risk: InPerformance, base_3_continuous_demographic_risk: Decimal
) -> Decimal:
    """Demographic score of the continuously assigned, performance year ÷ third benchmark year."""
    return ratio(continuous_demographic_risk, base_3_continuous_demographic_risk, empty=1)


@rule(unit="usd", cite=_OLD, per=("stratum",))
def continuous_weight(
    adjusted_benchmark: Decimal, continuously_assigned_months: InPerformance
) -> Decimal:
    """Historical benchmark × months of the continuously assigned: the type's weight in growth."""
    return adjusted_benchmark * continuously_assigned_months


@rule(unit="rate", cite=_OLD)
def overall_continuous_hcc_growth(
    continuous_hcc_growth: ByStratum, continuous_weight: ByStratum
) -> Decimal:
    """Growth of the HCC score of all continuously assigned, the types weighted by dollars."""
    return weighted_mean(continuous_hcc_growth, continuous_weight, empty=1)


@rule(unit="text", cite=_OLD)
def continuous_score(overall_continuous_hcc_growth: Decimal) -> str:
    """Which score adjusts for the continuously assigned: HCC where theirs fell, or demographic."""
    return HCC if overall_continuous_hcc_growth < 1 else DEMOGRAPHIC


@rule(unit="rate", cite=_OLD, per=("stratum",))
def continuous_growth(
    continuous_score: str, continuous_hcc_growth: Decimal, continuous_demographic_growth: Decimal
) -> Decimal:
    """Growth of the score that adjusts for the continuously assigned."""
    return continuous_hcc_growth if continuous_score == HCC else continuous_demographic_growth


@rule(unit="rate", cite=_TYPE, per=("stratum",))
def risk_adjustment(
    newly_assigned_growth: Decimal,
    continuous_growth: Decimal,
    newly_assigned_months: InPerformance,
    continuously_assigned_months: InPerformance,
) -> Decimal:
    """Risk growth of the type: newly and continuously assigned by their months in the year."""
    growth = {"new": newly_assigned_growth, "continuous": continuous_growth}
    months = {"new": newly_assigned_months, "continuous": continuously_assigned_months}
    return weighted_mean(growth, months, empty=1)


@rule(unit="usd_per_capita", cite=_TYPE, per=("stratum",))
def risk_adjusted_benchmark(adjusted_benchmark: Decimal, risk_adjustment: Decimal) -> Decimal:
    """The historical benchmark at the performance year's severity and case mix."""
    return adjusted_benchmark * risk_adjustment
