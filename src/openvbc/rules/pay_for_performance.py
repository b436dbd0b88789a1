"""Pay for performance: what measures earn by rate or improvement, and what they owe below a floor.

The rules stand in the order of a contract: each measure's share (`performance_measures`), what a
measure is worth, the composite, the gate, and the payment of all measures, each by its own share or
all by the composite's. A measure below its minimum denominator neither earns nor owes and is left
out of the composite and the pool. A measure of social need, of telehealth or of remote monitoring
is one like any other; patients who met it only in such a way count where the contract says so. A
stratum is a measure. Amounts are dollars.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules import performance_measures, performance_terms
from openvbc.rules.episode import total
from openvbc.rules.measure_share import NOTHING
from openvbc.rules.performance_measures import FlagByStratum
from openvbc.rules.performance_terms import CHECKS, PER_MEASURE
from openvbc.rules.rule import ByStratum, RefusedError, Unknown, rule
from openvbc.rules.scale import Bands, require, value_of

PARTS: Final = (performance_measures,)

LEAVES: Final = performance_terms.LEAVES

RESULTS: Final = (
    "performance_credited",
    "performance_uncredited",
    "performance_measure_rate",
    "performance_counts",
    "performance_attainment",
    "performance_gap_closed",
    "performance_improvement",
    "performance_earned_share",
    "performance_gap_count",
    "performance_full_payment",
    "performance_bonus",
    "performance_penalty",
    "performance_programme_return",
    "performance_missed_measures",
    "performance_failed_measures",
    "performance_points_earned",
    "performance_composite",
    "performance_gate_open",
    "performance_full_amount",
    "performance_total_bonus",
    "performance_total_penalty",
    "performance_payment",
)

PAYS: Final = "performance_payment"

_WAY: Final = (
    "performance_full_amount",
    "performance_total_bonus",
    "less performance_total_penalty",
    "performance_payment",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="points", cite="contract, points of a measure", per=("stratum",))
def performance_points_counted(performance_counts: bool, performance_points: Decimal) -> Decimal:
    """Points that the measure could earn; 0 where it does not count."""
    require(CHECKS, performance_points=performance_points)
    return performance_points if performance_counts else Decimal(0)


@rule(unit="points", cite="contract, points of a measure")
def performance_points_earned(
    performance_points_counted: ByStratum, performance_earned_share: ByStratum
) -> Decimal:
    """Points earned by all measures; a penalty takes none."""
    points = performance_points_counted.items()
    earned = (most * max(performance_earned_share[it], NOTHING) for it, most in points)
    return sum(earned, Decimal(0))


@rule(unit="rate", cite="contract, composite")
def performance_composite(
    performance_points_earned: Decimal, performance_points_counted: ByStratum
) -> Decimal | None:
    """Points earned as a share of those that could be; none where no measure counts."""
    possible = total(performance_points_counted)
    return performance_points_earned / possible if possible else None


@rule(unit="points", cite="contract, pool for performance")
def performance_pool_points(
    performance_points_of_all: Decimal | None,
    performance_points_earned: Decimal | Unknown,
    performance_points_counted: ByStratum,
) -> Decimal:
    """Points among which the pool is shared: all that were earned, or the entity's possible."""
    if performance_points_of_all is None:
        return total(performance_points_counted)
    own = performance_points_earned
    if not isinstance(own, Unknown) and own > performance_points_of_all:
        raise RefusedError(
            f"performance_points_of_all is {performance_points_of_all:f}; the entity alone earned "
            f"{own:f}"
        )
    return performance_points_of_all


@rule(unit="usd", cite="contract, pool for performance", per=("stratum",))
def performance_pool_part(
    performance_pool: Decimal, performance_points_counted: Decimal, performance_pool_points: Decimal
) -> Decimal:
    """What the measure pays in full out of the pool: its points of all, at the pool's size."""
    require(CHECKS, performance_pool=performance_pool)
    if not performance_pool_points:
        return Decimal(0)
    return performance_pool * performance_points_counted / performance_pool_points


@rule(unit="usd", cite="contract, payment of a measure", per=("stratum",))
def performance_full_payment(
    performance_counts: bool,
    performance_pmpm: Decimal,
    member_months: Decimal | None,
    performance_lump_sum: Decimal,
    performance_pool_part: Decimal,
) -> Decimal | Unknown:
    """What the measure pays in full: by member months, as a sum, and as its part of the pool."""
    require(CHECKS, performance_pmpm=performance_pmpm, performance_lump_sum=performance_lump_sum)
    if not performance_counts:
        return Decimal(0)
    if performance_pmpm and member_months is None:
        return Unknown("payment unknown: member months missing")
    by_member = performance_pmpm * (member_months or Decimal(0))
    return by_member + performance_lump_sum + performance_pool_part


@rule(unit="flag", cite="contract, quality gate", per=("stratum",))
def performance_passed(
    performance_required: bool, performance_counts: bool, performance_earned_share: Decimal
) -> bool:
    """Whether the measure leaves the gate open: it is not required, or earns, or does not count."""
    return not performance_required or not performance_counts or performance_earned_share > 0


@rule(unit="flag", cite="contract, quality gate")
def performance_gate_open(performance_passed: FlagByStratum) -> bool:
    """Whether anything can be earned: every required measure that counts earns something."""
    return all(performance_passed.values())


@rule(unit="rate", cite="contract, composite")
def performance_composite_share(
    performance_composite: Decimal | None, performance_composite_tiers: Bands | None
) -> Decimal:
    """Share that the composite pays: that of its tier, or the composite itself."""
    require(CHECKS, performance_composite_tiers=performance_composite_tiers)
    if performance_composite is None or performance_composite_tiers is None:
        return performance_composite or NOTHING
    return value_of(performance_composite_tiers, performance_composite)


@rule(unit="rate", cite="contract, payment of all measures", per=("stratum",))
def performance_paid_share(
    performance_mode: str,
    performance_gate_open: bool,
    performance_earned_share: Decimal,
    performance_composite_share: Decimal,
) -> Decimal:
    """Share of the full payment that is paid: the measure's own or the composite's."""
    require(CHECKS, performance_mode=performance_mode)
    if not performance_gate_open:
        return Decimal(0)
    if performance_mode == PER_MEASURE:
        return max(performance_earned_share, NOTHING)
    return performance_composite_share


@rule(unit="usd", cite="contract, payment of all measures", per=("stratum",))
def performance_bonus(
    performance_full_payment: Decimal, performance_paid_share: Decimal
) -> Decimal:
    """What the measure earns."""
    return performance_full_payment * performance_paid_share


@rule(unit="usd", cite="contract, penalty of a measure", per=("stratum",))
def performance_penalty(
    performance_full_payment: Decimal, performance_earned_share: Decimal
) -> Decimal:
    """What the entity owes for a measure short of its floor."""
    return performance_full_payment * max(-performance_earned_share, NOTHING)


@rule(unit="rate", cite="contract, report of programmes", per=("stratum",))
def performance_programme_return(
    performance_programme_cost: Decimal | None, performance_avoided_cost: Decimal | None
) -> Decimal | None:
    """Avoided cost less the programme's cost, as a share of it; the bonus is not counted."""
    if not performance_programme_cost or performance_avoided_cost is None:
        return None
    return performance_avoided_cost / performance_programme_cost - 1


@rule(unit="usd", cite="contract, payment of all measures")
def performance_full_amount(performance_full_payment: ByStratum) -> Decimal:
    """What all measures that count pay in full."""
    return total(performance_full_payment)


@rule(unit="usd", cite="contract, payment of all measures")
def performance_total_bonus(performance_bonus: ByStratum) -> Decimal:
    """What all measures earn."""
    return total(performance_bonus)


@rule(unit="usd", cite="contract, penalty of a measure")
def performance_total_penalty(performance_penalty: ByStratum) -> Decimal:
    """What the entity owes for all measures short of their floors."""
    return total(performance_penalty)


@rule(unit="usd", cite="contract, payment of all measures")
def performance_payment(
    performance_total_bonus: Decimal, performance_total_penalty: Decimal
) -> Decimal:
    """Bonus less penalties, to the cent; below zero the entity pays."""
    return round_half_up(performance_total_bonus - performance_total_penalty, 2)
