"""Shared Savings Program: the benchmark brought to the performance year.

Risk: 42 CFR 425.605(a)(1), 425.610(a)(2). The region's risk: 425.655. Growth: 425.652(b), a
two-way blend of national and regional growth, and with the Accountable Care Prospective Trend
(ACPT, 425.660) a three-way one; agreements under 425.601(b) have the two-way blend only.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.mssp_benchmark_history import CELL
from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.risk_score import mean_score_of
from openvbc.rules.rule import ByStratum, InBase3, InPerformance, Leaf, RefusedError, rule
from openvbc.rules.scale import (
    Check,
    require,
    require_of_people,
    wrong_factor,
    wrong_growth,
    wrong_share,
)

BY_TYPE: Final = "type"
"""The risk cap of 425.601: each enrolment type alone, without demographic growth."""

LEAVES: Final = (
    Leaf(
        "national_demographic_score",
        "score",
        "mean demographic risk score of all assignable beneficiaries",
        "42 CFR 425.605(a)(1)(ii), 425.610(a)(2)(ii)",
        CELL,
        people="member_months",
    ),
    Leaf(
        "regional_demographic_score",
        "score",
        "mean demographic risk score of the assignable beneficiaries in the region",
        "42 CFR 425.655(b)-(c)",
        CELL,
        people="member_months",
    ),
    Leaf(
        "acpt_growth",
        "rate",
        "growth of national expenditure from the third benchmark year to the performance year, "
        "as the Office of the Actuary projected it at the start of the agreement (1.05 is 5 %); "
        "needed where the three-way blend applies",
        "42 CFR 425.660(b)(1)",
        frozenset({"stratum"}),
        default=None,
    ),
)


CHECKS: Final[Mapping[str, Check]] = {
    "national_demographic_score": wrong_factor,
    "regional_demographic_score": wrong_factor,
    "acpt_growth": wrong_growth,
    "market_share": wrong_share,
    "national_per_capita": wrong_factor,
    "base_3_national_per_capita": wrong_factor,
    "base_3_regional_expenditure": wrong_factor,
}


@rule(unit="rate", cite="42 CFR 425.605(a)(1)(i), 425.610(a)(2)(i)", per=("stratum",))
def risk_growth(risk_score: InPerformance, base_3_risk_score: Decimal) -> Decimal:
    """The ACO's risk score in the performance year ÷ in the third benchmark year."""
    return ratio(risk_score, base_3_risk_score, empty=1)


@rule(unit="score", cite="42 CFR 425.605(a)(1)(ii)", per=("period", "stratum"))
def demographic_score(
    demographic_score_months_e9: Decimal,
    score_months: Decimal,
    national_demographic_score: Decimal,
    member_months: Decimal,
) -> Decimal:
    """Mean demographic risk score, renormalised to the nation."""
    require_of_people(CHECKS, member_months, national_demographic_score=national_demographic_score)
    mean = mean_score_of(demographic_score_months_e9, score_months, member_months)
    return ratio(mean, national_demographic_score, empty=0)


@rule(unit="score", cite="42 CFR 425.605(a)(1)(ii)", per=("stratum",))
def base_3_demographic_score(demographic_score: InBase3) -> Decimal:
    """The renormalised demographic risk score of the third benchmark year."""
    return demographic_score


@rule(unit="rate", cite="42 CFR 425.605(a)(1)(ii)", per=("stratum",))
def demographic_growth(
    demographic_score: InPerformance, base_3_demographic_score: Decimal
) -> Decimal:
    """The ACO's demographic score in the performance year ÷ in the third benchmark year."""
    return ratio(demographic_score, base_3_demographic_score, empty=1)


@rule(unit="usd", cite="42 CFR 425.605(a)(1)(ii)(C)", per=("stratum",))
def growth_weight(adjusted_benchmark: Decimal, person_years: InPerformance) -> Decimal:
    """Historical benchmark × person-years of the performance year: the type's weight in growth."""
    return adjusted_benchmark * person_years


@rule(unit="rate", cite="42 CFR 425.605(a)(1)(ii)(C)")
def aggregate_risk_growth(risk_growth: ByStratum, growth_weight: ByStratum) -> Decimal:
    """Growth of the ACO's risk score over all enrolment types."""
    return weighted_mean(risk_growth, growth_weight, empty=1)


@rule(unit="rate", cite="42 CFR 425.605(a)(1)(ii)(C)")
def aggregate_demographic_growth(
    demographic_growth: ByStratum, growth_weight: ByStratum
) -> Decimal:
    """Growth of the ACO's demographic score over all enrolment types."""
    return weighted_mean(demographic_growth, growth_weight, empty=1)


@rule(unit="rate", cite="42 CFR 425.605(a)(1)(ii)(A)")
def risk_growth_limit(
    aggregate_demographic_growth: Decimal, risk_cap_margin: Decimal, risk_cap_basis: str
) -> Decimal:
    """Demographic growth + 3 points; + 3 % and no demographic growth under 425.601."""
    start = Decimal(1) if risk_cap_basis == BY_TYPE else aggregate_demographic_growth
    return start + risk_cap_margin


@rule(unit="flag", cite="42 CFR 425.605(a)(1)(ii)(B)")
def risk_cap_binds(
    aggregate_risk_growth: Decimal, risk_growth_limit: Decimal, risk_cap_basis: str
) -> bool:
    """Whether growth over all types passes the limit; under 425.601 each type is tested alone."""
    return risk_cap_basis == BY_TYPE or aggregate_risk_growth > risk_growth_limit


@rule(unit="rate", cite="42 CFR 425.605(a)(1)(ii)(B)", per=("stratum",))
def risk_adjustment(
    risk_growth: Decimal, risk_growth_limit: Decimal, risk_cap_binds: bool
) -> Decimal:
    """Risk growth of the type; where the cap binds, a positive one goes no further than the limit.

    A limit below 1 takes a positive adjustment away; it does not make a negative one of it.
    """
    return min(risk_growth, max(risk_growth_limit, Decimal(1))) if risk_cap_binds else risk_growth


@rule(unit="usd_per_capita", cite="42 CFR 425.605(a)(1), 425.610(a)(2)", per=("stratum",))
def risk_adjusted_benchmark(adjusted_benchmark: Decimal, risk_adjustment: Decimal) -> Decimal:
    """The benchmark at the performance year's severity and case mix."""
    return adjusted_benchmark * risk_adjustment


@rule(unit="rate", cite="42 CFR 425.652(b)(2)(i)", per=("stratum",))
def national_update(
    national_per_capita: InPerformance,
    base_3_national_per_capita: Decimal,
    member_months: InPerformance,
) -> Decimal:
    """National growth from the third benchmark year to the performance year."""
    require_of_people(
        CHECKS,
        member_months,
        national_per_capita=national_per_capita,
        base_3_national_per_capita=base_3_national_per_capita,
    )
    return ratio(national_per_capita, base_3_national_per_capita, empty=1)


@rule(unit="score", cite="42 CFR 425.655(c)", per=("stratum",))
def base_3_regional_risk_score(regional_risk_score: InBase3) -> Decimal:
    """The region's renormalised risk score in the third benchmark year."""
    return regional_risk_score


@rule(unit="rate", cite="42 CFR 425.655(d)(1)", per=("stratum",))
def regional_risk_growth(
    regional_risk_score: InPerformance, base_3_regional_risk_score: Decimal
) -> Decimal:
    """Growth of the region's risk score to the performance year."""
    return ratio(regional_risk_score, base_3_regional_risk_score, empty=1)


@rule(unit="score", cite="42 CFR 425.655(c)", per=("period", "stratum"))
def regional_demographics(
    regional_demographic_score: Decimal,
    national_demographic_score: Decimal,
    member_months: Decimal,
) -> Decimal:
    """The region's demographic risk score renormalised to the nation."""
    require_of_people(CHECKS, member_months, regional_demographic_score=regional_demographic_score)
    return ratio(regional_demographic_score, national_demographic_score, empty=1)


@rule(unit="score", cite="42 CFR 425.655(c)", per=("stratum",))
def base_3_regional_demographics(regional_demographics: InBase3) -> Decimal:
    """The region's renormalised demographic score in the third benchmark year."""
    return regional_demographics


@rule(unit="rate", cite="42 CFR 425.655(d)(1)", per=("stratum",))
def regional_demographic_growth(
    regional_demographics: InPerformance, base_3_regional_demographics: Decimal
) -> Decimal:
    """Growth of the region's demographic score to the performance year."""
    return ratio(regional_demographics, base_3_regional_demographics, empty=1)


@rule(unit="rate", cite="42 CFR 425.655(d)(2)")
def aggregate_regional_risk_growth(
    regional_risk_growth: ByStratum, growth_weight: ByStratum
) -> Decimal:
    """Growth of the region's risk score over all enrolment types."""
    return weighted_mean(regional_risk_growth, growth_weight, empty=1)


@rule(unit="rate", cite="42 CFR 425.655(e)(2)")
def aggregate_market_share(market_share: ByStratum, person_years: ByStratum) -> Decimal:
    """The ACO's share of its region in the performance year, over all enrolment types."""
    return weighted_mean(market_share, person_years)


@rule(unit="rate", cite="42 CFR 425.655(e)")
def regional_risk_growth_limit(
    regional_demographic_growth: ByStratum,
    growth_weight: ByStratum,
    aggregate_regional_risk_growth: Decimal,
    aggregate_market_share: Decimal,
    risk_cap_margin: Decimal,
) -> Decimal:
    """Demographic growth + 3 points, raised by the ACO's market share of what passes it."""
    limit = weighted_mean(regional_demographic_growth, growth_weight, empty=1) + risk_cap_margin
    beyond = max(Decimal(0), aggregate_regional_risk_growth - limit)
    return limit + aggregate_market_share * beyond


@rule(unit="rate", cite="42 CFR 425.655(f)", per=("stratum",))
def regional_cap_factor(
    regional_risk_growth: Decimal,
    regional_risk_growth_limit: Decimal,
    aggregate_regional_risk_growth: Decimal,
    regional_risk_cap: bool,
) -> Decimal:
    """What the region's risk growth beyond the limit took out of its risk-adjusted growth."""
    if not regional_risk_cap or aggregate_regional_risk_growth <= regional_risk_growth_limit:
        return Decimal(1)
    return max(Decimal(1), regional_risk_growth / regional_risk_growth_limit)


@rule(unit="rate", cite="42 CFR 425.652(b)(2)(ii), 425.655(f)", per=("stratum",))
def regional_update(
    regional_expenditure: InPerformance,
    base_3_regional_expenditure: Decimal,
    regional_cap_factor: Decimal,
    member_months: InPerformance,
) -> Decimal:
    """Regional growth from the third benchmark year to the performance year."""
    start = base_3_regional_expenditure
    require_of_people(CHECKS, member_months, base_3_regional_expenditure=start)
    return ratio(regional_expenditure, base_3_regional_expenditure, empty=1) * regional_cap_factor


@rule(unit="rate", cite="42 CFR 425.652(b)(2)(iii)-(iv)", per=("stratum",))
def two_way_factor(
    national_update: Decimal, regional_update: Decimal, market_share: InPerformance
) -> Decimal:
    """National and regional growth, the nation weighted by the ACO's share of its region."""
    require(CHECKS, market_share=market_share)
    return market_share * national_update + (1 - market_share) * regional_update


@rule(unit="rate", cite="42 CFR 425.652(b)(4)")
def acpt_weight(acpt_one_part_in: Decimal) -> Decimal:
    """The weight of the prospective trend; none where the update is two-way."""
    return ratio(Decimal(1), acpt_one_part_in, empty=0)


@rule(unit="usd_per_capita", cite="42 CFR 425.660(b)", per=("stratum",))
def acpt_amount(
    acpt_growth: Decimal | None,
    acpt_weight: Decimal,
    base_3_national_per_capita: Decimal,
    base_3_risk_score: Decimal,
    risk_adjustment: Decimal,
) -> Decimal:
    """Projected national growth as a flat dollar amount, at the ACO's severity and case mix."""
    if not acpt_weight:
        return Decimal(0)
    if acpt_growth is None:
        raise RefusedError("acpt_growth is not supplied; the three-way blend needs it")
    require(CHECKS, acpt_growth=acpt_growth)
    flat = base_3_national_per_capita * (acpt_growth - 1)
    return flat * base_3_risk_score * risk_adjustment


@rule(unit="rate", cite="42 CFR 425.652(b)(4), 425.660", per=("stratum",))
def acpt_factor(acpt_amount: Decimal, risk_adjusted_benchmark: Decimal) -> Decimal:
    """The flat dollar amount as growth of the ACO's own benchmark."""
    return 1 + ratio(acpt_amount, risk_adjusted_benchmark, empty=0)


@rule(unit="rate", cite="42 CFR 425.652(b)(4)", per=("stratum",))
def three_way_factor(
    acpt_factor: Decimal, two_way_factor: Decimal, acpt_weight: Decimal
) -> Decimal:
    """One third prospective trend and two thirds two-way blend."""
    return acpt_weight * acpt_factor + (1 - acpt_weight) * two_way_factor


@rule(unit="usd_per_capita", cite="42 CFR 425.652(b)(4)", per=("stratum",))
def three_way_benchmark(risk_adjusted_benchmark: Decimal, three_way_factor: Decimal) -> Decimal:
    """The benchmark of the type for the performance year."""
    return risk_adjusted_benchmark * three_way_factor


@rule(unit="usd_per_capita", cite="42 CFR 425.652(b)(5)", per=("stratum",))
def two_way_benchmark(risk_adjusted_benchmark: Decimal, two_way_factor: Decimal) -> Decimal:
    """The benchmark of the type without the prospective trend, for the guardrail."""
    return risk_adjusted_benchmark * two_way_factor
