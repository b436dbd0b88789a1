"""Shared losses of a two-sided contract: the minimum, what counts, the share, the cap.

A part of the component `shared_savings`, and its mirror image: losses of exactly the minimum open
sharing as savings do. Amounts are dollars and not below zero, exact.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import (
    Bands,
    Check,
    require,
    value_of,
    wrong_factor,
    wrong_share,
    wrong_shares,
    wrong_word,
)

FIRST_DOLLAR: Final = "first_dollar"
ABOVE_MINIMUM: Final = "above_minimum"

LEAVES: Final = (
    Leaf(
        "losses_minimum_rate",
        "rate",
        "losses as a share of the benchmark from which they are shared; none = one-sided",
        "contract, minimum loss rate",
        default=None,
    ),
    Leaf(
        "losses_counted_from",
        "text",
        "first_dollar or above_minimum: which losses are shared once the minimum is reached",
        "contract, minimum loss rate",
        default=FIRST_DOLLAR,
    ),
    Leaf(
        "losses_entity_share",
        "rate",
        "the entity's share of losses; none in a one-sided contract",
        "contract, loss share",
        default=None,
    ),
    Leaf(
        "losses_quality_scale",
        "brackets",
        "quality score → part of the loss share that is owed; none = quality eases no loss",
        "contract, quality",
        default=None,
    ),
    Leaf(
        "losses_cap_of_benchmark",
        "rate",
        "most that the entity owes, as a share of the benchmark; none = no such cap",
        "contract, cap on losses",
        default=None,
    ),
    Leaf(
        "losses_cap_of_revenue",
        "rate",
        "most that the entity owes, as a share of its participants' revenue; none = no such cap",
        "contract, cap on losses",
        default=None,
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "losses_minimum_rate": wrong_share,
    "losses_counted_from": wrong_word(FIRST_DOLLAR, ABOVE_MINIMUM),
    "losses_entity_share": wrong_share,
    "losses_quality_scale": wrong_shares,
    "losses_cap_of_benchmark": wrong_factor,
    "losses_cap_of_revenue": wrong_factor,
}


def counted(amount: Decimal, minimum: Decimal, counted_from: str) -> Decimal:
    """Savings or losses that are shared: none below the minimum, else all or those above it."""
    if amount < minimum:
        return Decimal(0)
    return amount if counted_from == FIRST_DOLLAR else amount - minimum


def smallest_cap(
    benchmark: Decimal,
    of_benchmark: Decimal | None,
    revenue: Decimal | None,
    of_revenue: Decimal | None,
) -> Decimal | Unknown | None:
    """The smaller of the caps that are agreed; None without one."""
    if of_revenue is not None and revenue is None:
        return Unknown("cap unknown: savings_participant_revenue missing")
    caps = [
        base * rate
        for base, rate in ((benchmark, of_benchmark), (revenue, of_revenue))
        if base is not None and rate is not None
    ]
    return min(caps, default=None)


def wrong_loss_terms(minimum_rate: Decimal | None, **others: object) -> str | None:
    """Why terms on losses contradict each other; None where they do not.

    Without a minimum loss rate no other term on losses can be; with one there is a loss share.
    """
    if minimum_rate is not None:
        return None if others["losses_entity_share"] is not None else "losses_entity_share missing"
    given = [name for name, value in others.items() if value is not None]
    return f"{', '.join(given)}: needs losses_minimum_rate" if given else None


@rule(unit="flag", cite="contract, minimum loss rate")
def losses_shared(
    losses_minimum_rate: Decimal | None,
    losses_entity_share: Decimal | None,
    losses_quality_scale: Bands | None,
    losses_cap_of_benchmark: Decimal | None,
    losses_cap_of_revenue: Decimal | None,
) -> bool:
    """Whether the contract is two-sided: it has a minimum loss rate (0 = from the first loss)."""
    others = {
        "losses_entity_share": losses_entity_share,
        "losses_quality_scale": losses_quality_scale,
        "losses_cap_of_benchmark": losses_cap_of_benchmark,
        "losses_cap_of_revenue": losses_cap_of_revenue,
    }
    require(CHECKS, losses_minimum_rate=losses_minimum_rate, **others)
    if wrong := wrong_loss_terms(losses_minimum_rate, **others):
        raise RefusedError(wrong)
    return losses_minimum_rate is not None


@rule(unit="usd", cite="contract, minimum loss rate")
def losses_minimum(
    losses_shared: bool, losses_minimum_rate: Decimal | None, savings_benchmark: Decimal
) -> Decimal | None:
    """Losses from which they are shared, in dollars; none in a one-sided contract."""
    if not losses_shared or losses_minimum_rate is None:
        return None
    return losses_minimum_rate * savings_benchmark


@rule(unit="usd", cite="contract, minimum loss rate")
def losses_counted(
    savings_gross: Decimal, losses_minimum: Decimal | None, losses_counted_from: str
) -> Decimal:
    """Losses that are shared: none below the minimum, exactly on it they are."""
    require(CHECKS, losses_counted_from=losses_counted_from)
    if losses_minimum is None:
        return Decimal(0)
    return counted(-savings_gross, losses_minimum, losses_counted_from)


@rule(unit="rate", cite="contract, loss share and quality")
def losses_final_share(
    losses_entity_share: Decimal | None,
    losses_quality_scale: Bands | None,
    savings_quality_gate_passed: bool | Unknown,
    quality_score: Decimal | None,
) -> Decimal | Unknown:
    """Share of the losses that is owed: all of the loss share, unless quality eases it.

    A failed quality gate leaves it whole.
    """
    if losses_entity_share is None:
        return Decimal(0)
    if losses_quality_scale is None:
        return losses_entity_share
    if isinstance(savings_quality_gate_passed, Unknown):
        return savings_quality_gate_passed
    if not savings_quality_gate_passed:
        return losses_entity_share
    if quality_score is None:
        return Unknown("loss share unknown: quality_score missing")
    return losses_entity_share * value_of(losses_quality_scale, quality_score)


@rule(unit="usd", cite="contract, loss share")
def losses_before_cap(
    losses_counted: Decimal, losses_final_share: Decimal | Unknown
) -> Decimal | Unknown:
    """The entity's share of the losses."""
    if losses_counted == 0 or isinstance(losses_final_share, Unknown):
        return Decimal(0) if losses_counted == 0 else losses_final_share
    return losses_counted * losses_final_share


@rule(unit="usd", cite="contract, cap on losses")
def losses_cap(
    savings_benchmark: Decimal,
    losses_cap_of_benchmark: Decimal | None,
    savings_participant_revenue: Decimal | None,
    losses_cap_of_revenue: Decimal | None,
) -> Decimal | Unknown | None:
    """Most that the entity owes: the smaller of the caps; none without a cap."""
    return smallest_cap(
        savings_benchmark,
        losses_cap_of_benchmark,
        savings_participant_revenue,
        losses_cap_of_revenue,
    )


@rule(unit="usd", cite="contract, cap on losses")
def losses_owed(
    losses_before_cap: Decimal, losses_cap: Decimal | Unknown | None
) -> Decimal | Unknown:
    """Losses that the entity owes, within the cap."""
    if losses_before_cap == 0 or losses_cap is None:
        return losses_before_cap
    return losses_cap if isinstance(losses_cap, Unknown) else min(losses_before_cap, losses_cap)
