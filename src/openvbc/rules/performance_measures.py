"""From a measure's patients to the share of its payment that it earns, and to the patients missing.

A part of `pay_for_performance`. The rules stand in the order of a contract: which patients count,
the rate, attainment, improvement, the penalty below a floor, the gap to the next tier. A stratum is
a measure.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from openvbc.money import decimal_text
from openvbc.rules.check import require_not_negative
from openvbc.rules.measure_share import (
    NOTHING,
    MeasureTerms,
    gap_closed,
    tier_share,
    wrong_measure,
)
from openvbc.rules.performance_terms import CHECKS
from openvbc.rules.rule import ByStratum, Over, RefusedError, Unknown, rule
from openvbc.rules.scale import Bands, require

FlagByStratum = Annotated[Mapping[str, bool], Over("stratum")]


@rule(unit="count", cite="contract, patients who count towards a measure", per=("stratum",))
def performance_credited(
    performance_numerator: Decimal,
    performance_conditional_numerator: Decimal,
    performance_conditional_credit: bool,
) -> Decimal:
    """Patients (or events) that count, those met only by the conditional way if it is allowed."""
    require_not_negative(
        performance_numerator=performance_numerator,
        performance_conditional_numerator=performance_conditional_numerator,
    )
    if not performance_conditional_credit:
        return performance_numerator
    return performance_numerator + performance_conditional_numerator


@rule(unit="count", cite="contract, patients who count towards a measure", per=("stratum",))
def performance_uncredited(
    performance_conditional_numerator: Decimal, performance_conditional_credit: bool
) -> Decimal:
    """Patients who met the measure only in a way that the contract does not allow."""
    return Decimal(0) if performance_conditional_credit else performance_conditional_numerator


@rule(unit="rate", cite="contract, measures", per=("stratum",))
def performance_measure_rate(
    performance_credited: Decimal,
    performance_denominator: Decimal,
    performance_lower_is_better: bool,
    performance_conditional_numerator: Decimal,
) -> Decimal | None:
    """Share of the denominator that met the measure; none where nobody is counted."""
    require_not_negative(performance_denominator=performance_denominator)
    if performance_lower_is_better and performance_conditional_numerator:
        raise RefusedError("a measure whose events are avoided has no conditional numerator")
    if not performance_lower_is_better and performance_credited > performance_denominator:
        raise RefusedError(
            f"{performance_credited:f} met the measure of {performance_denominator:f}; expected no "
            "more than are counted"
        )
    return performance_credited / performance_denominator if performance_denominator else None


@rule(unit="flag", cite="contract, minimum denominator", per=("stratum",))
def performance_counts(
    performance_denominator: Decimal, performance_minimum_denominator: Decimal
) -> bool:
    """Whether the measure has the patients with which it counts."""
    require(CHECKS, performance_minimum_denominator=performance_minimum_denominator)
    return performance_denominator >= max(performance_minimum_denominator, Decimal(1))


@rule(unit="rate", cite="contract, target or tiers of the measure", per=("stratum",))
def performance_attainment(
    performance_measure_rate: Decimal | None,
    performance_lower_is_better: bool,
    performance_target: Decimal | None,
    performance_tiers: Bands | None,
    performance_improvement_tiers: Bands | None,
    performance_floor: Decimal | None,
) -> Decimal | None:
    """Share that the rate itself earns: all from the target on, or the share of its tier."""
    require(
        CHECKS,
        performance_target=performance_target,
        performance_tiers=performance_tiers,
        performance_improvement_tiers=performance_improvement_tiers,
        performance_floor=performance_floor,
    )
    terms = MeasureTerms(
        lower_is_better=performance_lower_is_better,
        target=performance_target,
        tiers=performance_tiers,
        improvement_tiers=performance_improvement_tiers,
        floor=performance_floor,
    )
    if wrong := wrong_measure(terms):
        raise RefusedError(wrong)
    return None if performance_measure_rate is None else terms.attained(performance_measure_rate)


@rule(unit="rate", cite="contract, goal of improvement", per=("stratum",))
def performance_improvement_goal(
    performance_goal: Decimal | None,
    performance_target: Decimal | None,
    performance_improvement_tiers: Bands | None,
) -> Decimal | None:
    """Rate towards which improvement is counted: the goal, or else the target."""
    goal = performance_target if performance_goal is None else performance_goal
    if performance_improvement_tiers is not None and goal is None:
        raise RefusedError("improvement is paid, and there is no performance_goal to improve to")
    return goal


@rule(unit="rate", cite="contract, improvement over the baseline", per=("stratum",))
def performance_gap_closed(
    performance_measure_rate: Decimal | None,
    performance_baseline: Decimal | None,
    performance_improvement_goal: Decimal | None,
    performance_improvement_tiers: Bands | None,
    performance_lower_is_better: bool,
) -> Decimal | Unknown | None:
    """Share of the way from the baseline to the goal that was made; below zero it got worse.

    None where improvement is not paid, or the baseline had reached the goal.
    """
    if performance_improvement_tiers is None or performance_measure_rate is None:
        return None
    if performance_baseline is None or performance_improvement_goal is None:
        return Unknown("improvement unknown: baseline missing")
    terms = MeasureTerms(lower_is_better=performance_lower_is_better)
    if terms.worth(performance_baseline) >= terms.worth(performance_improvement_goal):
        return None
    return gap_closed(performance_measure_rate, performance_baseline, performance_improvement_goal)


@rule(unit="rate", cite="contract, improvement over the baseline", per=("stratum",))
def performance_improvement(
    performance_gap_closed: Decimal | None, performance_improvement_tiers: Bands | None
) -> Decimal:
    """Share that improvement earns: the share of its tier."""
    require(CHECKS, performance_improvement_tiers=performance_improvement_tiers)
    if performance_gap_closed is None or performance_improvement_tiers is None:
        return NOTHING
    return tier_share(performance_improvement_tiers, performance_gap_closed)


@rule(unit="rate", cite="contract, payment and penalty of a measure", per=("stratum",))
def performance_earned_share(
    performance_counts: bool,
    performance_measure_rate: Decimal | None,
    performance_attainment: Decimal | None,
    performance_improvement: Decimal | Unknown,
    performance_lower_is_better: bool,
    performance_floor: Decimal | None,
    performance_penalty_share: Decimal,
) -> Decimal | Unknown:
    """Better of attainment and improvement; below the floor without either, less the penalty."""
    require(CHECKS, performance_penalty_share=performance_penalty_share)
    if not performance_counts or performance_measure_rate is None:
        return NOTHING
    if isinstance(performance_improvement, Unknown):
        return performance_improvement
    earned = max(performance_attainment or NOTHING, performance_improvement)
    terms = MeasureTerms(
        lower_is_better=performance_lower_is_better,
        floor=performance_floor,
        penalty=performance_penalty_share,
    )
    return terms.less_penalty(earned, performance_measure_rate)


@rule(unit="count", cite="contract, target or tiers of the measure", per=("stratum",))
def performance_gap_count(
    performance_counts: bool,
    performance_credited: Decimal,
    performance_denominator: Decimal,
    performance_lower_is_better: bool,
    performance_target: Decimal | None,
    performance_tiers: Bands | None,
    performance_improvement_tiers: Bands | None,
    performance_baseline: Decimal | None,
    performance_improvement_goal: Decimal | None,
    performance_floor: Decimal | None,
    performance_penalty_share: Decimal,
    performance_earned_share: Decimal,
) -> Decimal | None:
    """Fewest patients more (events fewer, where lower is better) that earn a higher share.

    0 with the highest share that can be earned; none where the measure does not count.
    """
    if not performance_counts:
        return None
    terms = MeasureTerms(
        performance_lower_is_better,
        performance_target,
        performance_tiers,
        performance_improvement_tiers,
        performance_baseline,
        performance_improvement_goal,
        performance_floor,
        performance_penalty_share,
    )
    return terms.gap_count(performance_credited, performance_denominator, performance_earned_share)


@rule(unit="text", cite="contract, report of the measures")
def performance_missed_measures(
    performance_gap_count: ByStratum, performance_lower_is_better: FlagByStratum
) -> str | None:
    """Measures short of their highest share, each with its gap; none where there is none."""
    words = {True: "fewer", False: "more"}
    missed = (
        f"{measure} {decimal_text(gap)} {words[performance_lower_is_better[measure]]}"
        for measure, gap in performance_gap_count.items()
        if gap
    )
    return ", ".join(missed) or None


@rule(unit="text", cite="contract, report of the measures")
def performance_failed_measures(
    performance_earned_share: ByStratum, performance_counts: FlagByStratum
) -> str | None:
    """Measures that count and earn nothing; none where there is none."""
    shares = performance_earned_share.items()
    failed = (it for it, share in shares if performance_counts[it] and share <= 0)
    return ", ".join(failed) or None
