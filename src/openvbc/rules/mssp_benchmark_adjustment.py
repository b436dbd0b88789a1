"""Shared Savings Program: the adjustment of the historical benchmark.

42 CFR 425.652(a)(8): the highest of a regional adjustment (425.656), half of prior savings
(425.658) and a population adjustment (425.662, formerly health equity). Agreements under 425.601
have the regional one only, whatever its sign (425.601(a)(8)). The parameters say which is which.
Paragraphs of 425.656 are those of 87 FR 70246; 88 FR 79550 put "one amount over all types" in (d)
and moved what stood there.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.ratio import ratio, weighted_mean
from openvbc.rules.rule import ByBase, ByStratum, InBase3, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_share, wrong_turn

MOST_EXPOSURES: Final = 4
"""The schedule of regional weights ends with the fourth time and after."""

REGIONAL: Final = "regional"
PRIOR_SAVINGS: Final = "prior savings"
POPULATION: Final = "population"
NONE: Final = "none"

LEAVES: Final = (
    Leaf(
        "regional_adjustment_count",
        "count",
        "how many times, this one included, the ACO's benchmark was adjusted to its region",
        "42 CFR 425.656(d)",
    ),
    Leaf(
        "base_3_dual_share",
        "rate",
        "share of the third benchmark year's assigned beneficiaries who are dually eligible; "
        "needed where the offset applies",
        "42 CFR 425.656(c)(4)",
        default=None,
    ),
    Leaf(
        "prior_savings_per_capita",
        "usd_per_capita",
        "savings (or losses, negative) per capita of the performance year that is now this "
        "benchmark year; 0 where the ACO was not reconciled, or was refused its share of savings "
        "for noncompliance",
        "42 CFR 425.658(b)(1)(i)-(ii)",
        frozenset({"period"}),
        default=Decimal(0),
    ),
    Leaf(
        "prior_person_years",
        "person_years",
        "person-years reconciled in the performance year that is now this benchmark year",
        "42 CFR 425.658(b)(3)(ii)",
        frozenset({"period"}),
        default=Decimal(0),
    ),
    Leaf(
        "low_income_or_dual_share",
        "rate",
        "share of the performance year's assigned beneficiaries who have the Part D low-income "
        "subsidy or are dually eligible; needed where the population adjustment applies",
        "42 CFR 425.662(b)(3)-(4)",
        default=None,
    ),
)


CHECKS: Final[Mapping[str, Check]] = {
    "regional_adjustment_count": wrong_turn,
    "base_3_dual_share": wrong_share,
    "prior_person_years": wrong_amount,
    "low_income_or_dual_share": wrong_share,
}


@rule(unit="usd_per_capita", cite="42 CFR 425.656(b)", per=("stratum",))
def regional_benchmark(base_3_regional_expenditure: Decimal, base_3_risk_score: Decimal) -> Decimal:
    """What the region spends on beneficiaries of the ACO's severity and case mix."""
    return base_3_regional_expenditure * base_3_risk_score


@rule(unit="usd_per_capita", cite="42 CFR 425.656(c)(1)", per=("stratum",))
def regional_difference(
    regional_benchmark: Decimal, historical_benchmark: Decimal, base_3_person_years: Decimal
) -> Decimal:
    """The region's expenditure less the ACO's own; nothing to compare where nobody is assigned."""
    return regional_benchmark - historical_benchmark if base_3_person_years else Decimal(0)


@rule(unit="text", cite="42 CFR 425.656(d)(5)")
def spending_side(regional_difference: ByStratum, base_3_person_years: ByStratum) -> str:
    """Whether the ACO spends less or more than its region, over all enrolment types."""
    return "lower" if weighted_mean(regional_difference, base_3_person_years) >= 0 else "higher"


@rule(unit="text", cite="42 CFR 425.656(d)")
def regional_exposure(regional_adjustment_count: Decimal) -> str:
    """First, second, third, or fourth and later time under the regional adjustment."""
    require(CHECKS, regional_adjustment_count=regional_adjustment_count)
    return str(min(int(regional_adjustment_count), MOST_EXPOSURES))


@rule(unit="usd_per_capita", cite="42 CFR 425.656(c)(2), (d)", per=("stratum",))
def weighted_regional_difference(regional_difference: Decimal, regional_weight: Decimal) -> Decimal:
    """The part of the difference that counts at this exposure."""
    return regional_difference * regional_weight


@rule(unit="usd_per_capita", cite="42 CFR 425.656(c)(3)", per=("stratum",))
def capped_regional_difference(
    weighted_regional_difference: Decimal,
    base_3_national_per_capita: Decimal,
    regional_cap: Decimal,
    regional_floor: Decimal,
) -> Decimal:
    """Between the cap (+5 %) and the floor (−1.5 %) of national expenditure in the type."""
    highest = regional_cap * base_3_national_per_capita
    lowest = regional_floor * base_3_national_per_capita
    return max(lowest, min(weighted_regional_difference, highest))


@rule(unit="usd", cite="42 CFR 425.656(c)(4)(ii)", per=("stratum",))
def base_3_expenditure(completed_expenditure: InBase3) -> Decimal:
    """Per-capita expenditure × person-years of the third year: the type's weight in its risk."""
    return completed_expenditure


@rule(unit="score", cite="42 CFR 425.656(c)(4)(ii)")
def base_3_average_risk(base_3_risk_score: ByStratum, base_3_expenditure: ByStratum) -> Decimal:
    """The ACO's renormalised risk score over all enrolment types, by what they cost."""
    return weighted_mean(base_3_risk_score, base_3_expenditure)


@rule(unit="rate", cite="42 CFR 425.656(c)(4)-(5)")
def regional_offset_factor(
    base_3_dual_share: Decimal | None, base_3_average_risk: Decimal, regional_offset: bool
) -> Decimal:
    """Share of dually eligible beneficiaries + (risk score − 1), from 0 to 1."""
    if not regional_offset:
        return Decimal(0)
    if base_3_dual_share is None:
        raise RefusedError("base_3_dual_share is not supplied; the offset needs it")
    require(CHECKS, base_3_dual_share=base_3_dual_share)
    return max(Decimal(0), min(base_3_dual_share + base_3_average_risk - 1, Decimal(1)))


@rule(unit="usd_per_capita", cite="42 CFR 425.656(c)(4)", per=("stratum",))
def regional_adjustment(
    capped_regional_difference: Decimal, regional_offset_factor: Decimal
) -> Decimal:
    """The regional adjustment of the type; a negative one shrinks by the offset factor."""
    kept = 1 - regional_offset_factor if capped_regional_difference < 0 else Decimal(1)
    return capped_regional_difference * kept


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(8)(i)-(v), 425.656(d) (88 FR 79550)")
def regional_adjustment_per_capita(
    regional_adjustment: ByStratum, base_3_person_years: ByStratum
) -> Decimal:
    """The regional adjustment as one amount over all enrolment types."""
    return weighted_mean(regional_adjustment, base_3_person_years)


@rule(unit="usd_per_capita", cite="42 CFR 425.658(c)(1)(ii), 425.662(b)(1)")
def national_average_per_capita(
    base_3_national_per_capita: ByStratum, base_3_person_years: ByStratum
) -> Decimal:
    """National expenditure in the ACO's own mix of enrolment types."""
    return weighted_mean(base_3_national_per_capita, base_3_person_years)


@rule(unit="usd_per_capita", cite="42 CFR 425.658(b)(2)")
def average_prior_savings(prior_savings_per_capita: ByBase, prior_person_years: ByBase) -> Decimal:
    """Mean of the benchmark years' savings and losses as performance years."""
    for year, savings in prior_savings_per_capita.items():
        require(CHECKS, prior_person_years=prior_person_years[year])
        if savings and not prior_person_years[year]:
            found = f"prior_savings_per_capita is {savings:f} in {year}, prior_person_years 0"
            raise RefusedError(f"{found}; give the person-years that were reconciled in that year")
    years = Decimal(len(prior_savings_per_capita))
    return sum(prior_savings_per_capita.values(), Decimal(0)) / years


@rule(unit="rate", cite="42 CFR 425.658(b)(3)(ii)")
def prior_savings_proration(prior_person_years: ByBase, total_person_years: ByBase) -> Decimal:
    """Person-years then reconciled ÷ person-years of the benchmark, at most 1."""
    reconciled = sum(prior_person_years.values(), Decimal(0))
    return min(ratio(reconciled, sum(total_person_years.values(), Decimal(0)), empty=0), Decimal(1))


@rule(unit="usd_per_capita", cite="42 CFR 425.658(c)(1)")
def prior_savings_adjustment(
    average_prior_savings: Decimal,
    prior_savings_proration: Decimal,
    prior_savings_share: Decimal,
    prior_savings_cap: Decimal,
    national_average_per_capita: Decimal,
) -> Decimal:
    """Half of prorated prior savings, at most 5 % of national expenditure; never negative."""
    earned = average_prior_savings * prior_savings_proration * prior_savings_share
    return max(Decimal(0), min(earned, prior_savings_cap * national_average_per_capita))


@rule(unit="usd_per_capita", cite="42 CFR 425.662(b)(2)")
def population_room(
    regional_adjustment_per_capita: Decimal,
    prior_savings_adjustment: Decimal,
    population_cap: Decimal,
    national_average_per_capita: Decimal,
) -> Decimal:
    """5 % of national expenditure, less the higher of the other two adjustments if positive.

    Earlier agreements have no population adjustment: their cap, and so the room, is 0.
    """
    other = max(regional_adjustment_per_capita, prior_savings_adjustment, Decimal(0))
    return max(Decimal(0), population_cap * national_average_per_capita - other)


@rule(unit="usd_per_capita", cite="42 CFR 425.662(b)(3)-(4)")
def population_adjustment(
    low_income_or_dual_share: Decimal | None,
    population_threshold: Decimal,
    population_cap: Decimal,
    population_room: Decimal,
) -> Decimal:
    """The room × the share of low-income beneficiaries, if that is 15 % or more."""
    if not population_cap:
        return Decimal(0)
    if low_income_or_dual_share is None:
        raise RefusedError("low_income_or_dual_share is not supplied; this agreement needs it")
    require(CHECKS, low_income_or_dual_share=low_income_or_dual_share)
    counted = low_income_or_dual_share if low_income_or_dual_share >= population_threshold else 0
    return population_room * counted


@rule(unit="text", cite="42 CFR 425.652(a)(8), 425.658(d), 425.662(c)")
def adjustment_kind(
    regional_adjustment_per_capita: Decimal,
    prior_savings_adjustment: Decimal,
    population_adjustment: Decimal,
    negative_regional: bool,
) -> str:
    """Which adjustment is made: the highest; a negative one only under 425.601."""
    amounts = {
        REGIONAL: regional_adjustment_per_capita,
        PRIOR_SAVINGS: prior_savings_adjustment,
        POPULATION: population_adjustment,
    }
    highest = max(amounts, key=lambda kind: amounts[kind])
    if amounts[highest] > 0:
        return highest
    return REGIONAL if negative_regional else NONE


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(8)", per=("stratum",))
def benchmark_adjustment(
    adjustment_kind: str,
    regional_adjustment: Decimal,
    prior_savings_adjustment: Decimal,
    population_adjustment: Decimal,
) -> Decimal:
    """The adjustment made: by type if regional, the same amount in every type otherwise."""
    amounts = {
        REGIONAL: regional_adjustment,
        PRIOR_SAVINGS: prior_savings_adjustment,
        POPULATION: population_adjustment,
    }
    return amounts.get(adjustment_kind, Decimal(0))


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(8)", per=("stratum",))
def adjusted_benchmark(historical_benchmark: Decimal, benchmark_adjustment: Decimal) -> Decimal:
    """The historical benchmark with its adjustment."""
    return historical_benchmark + benchmark_adjustment


@rule(unit="usd_per_capita", cite="42 CFR 425.652(a)(6), (8)")
def adjusted_benchmark_per_capita(
    adjusted_benchmark: ByStratum, base_3_person_years: ByStratum
) -> Decimal:
    """The adjusted benchmark over all enrolment types, in the third year's mix."""
    return weighted_mean(adjusted_benchmark, base_3_person_years)
