"""Bundled payment: one price for all care of an episode, reconciled afterwards or paid ahead.

The rules stand in the order of a contract: the target and the claims of each episode type, the
volume and the quality that a share of the difference depends on, the limits on all types together,
and what is paid when. Retrospective: everybody is paid fee for service, and the difference from the
price is settled after the year. Prospective: the accountable entity is paid the price instead of
its own claims, less the claims that other providers are paid for the same episodes; after the year
it is brought to the same total. A stratum is an episode type. Amounts are dollars.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules import bundle_services
from openvbc.rules.bundle_services import EPISODE_TYPE, each
from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import limited, total
from openvbc.rules.rule import ByStratum, Leaf, Unknown, rule
from openvbc.rules.scale import (
    Bands,
    Check,
    require,
    value_of,
    wrong_amount,
    wrong_share,
    wrong_shares,
    wrong_word,
)

RETROSPECTIVE: Final = "retrospective"
PROSPECTIVE: Final = "prospective"

PARTS: Final = (bundle_services,)


CHECKS: Final[Mapping[str, Check]] = {
    "bundle_payment_mode": wrong_word(RETROSPECTIVE, PROSPECTIVE),
    "bundle_target_price": wrong_amount,
    "bundle_minimum_episodes": wrong_amount,
    "bundle_gain_share": wrong_share,
    "bundle_loss_share": wrong_share,
    "bundle_gain_scale": wrong_shares,
    "bundle_loss_scale": wrong_shares,
    "bundle_stop_gain_rate": wrong_amount,
    "bundle_stop_loss_rate": wrong_amount,
}
"""What each term of the contract must be."""

LEAVES: Final = (
    Leaf(
        "bundle_payment_mode",
        "text",
        "retrospective: claims are paid and settled after the year; prospective: the price is paid "
        "in place of the entity's own claims",
        "contract, way of payment of the bundle",
        default=RETROSPECTIVE,
    ),
    Leaf(
        "bundle_target_price",
        "usd",
        "price of one episode of the type, all providers together",
        "contract, target prices",
        EPISODE_TYPE,
    ),
    Leaf(
        "bundle_minimum_episodes",
        "count",
        "fewest episodes of the type with which it is reconciled",
        "contract, minimum volume",
        EPISODE_TYPE,
        default=Decimal(0),
    ),
    Leaf(
        "bundle_gain_share",
        "rate",
        "entity's share of a surplus",
        "contract, shares",
        default=Decimal(1),
    ),
    Leaf(
        "bundle_loss_share",
        "rate",
        "entity's share of a loss; 0 = gains only",
        "contract, shares",
        default=Decimal(1),
    ),
    Leaf(
        "bundle_gain_scale",
        "brackets",
        "share of its part of a surplus that the entity keeps, by quality score; a gate is a scale "
        "with the values 0 and 1; none = whatever the quality",
        "contract, quality scale of gains",
        default=None,
    ),
    Leaf(
        "bundle_loss_scale",
        "brackets",
        "share of its part of a loss that the entity bears, by quality score; none = all of it",
        "contract, quality scale of losses",
        default=None,
    ),
    Leaf(
        "bundle_stop_gain_rate",
        "rate",
        "most that is gained, as a share of the target amounts of the types that are reconciled; "
        "none = no limit",
        "contract, stop-gain",
        default=None,
    ),
    Leaf(
        "bundle_stop_loss_rate",
        "rate",
        "most that is lost, as a share of the target amounts of the types that are reconciled; "
        "none = no limit",
        "contract, stop-loss",
        default=None,
    ),
    Leaf(
        "bundle_episodes",
        "count",
        "episodes of the type that ended in the period",
        "contract, definition of the episodes",
        EPISODE_TYPE,
    ),
    Leaf(
        "bundle_own_claims",
        "usd",
        "allowed amounts of the entity's own claims in the episodes, outliers truncated",
        "contract, services of the bundle",
        EPISODE_TYPE,
    ),
    Leaf(
        "bundle_other_claims",
        "usd",
        "allowed amounts of all other providers' claims in the episodes, outliers truncated",
        "contract, services of the bundle",
        EPISODE_TYPE,
    ),
    Leaf(
        "bundle_quality_score",
        "rate",
        "quality of the episode type, on the axis of the contract's scale; none = not known",
        "contract, quality measures of the bundle",
        EPISODE_TYPE,
        default=None,
    ),
    *bundle_services.LEAVES,
)

RESULTS: Final = (
    "bundle_target_amount",
    "bundle_claims",
    "bundle_claims_per_episode",
    *bundle_services.RESULT_NAMES,
    "bundle_surplus",
    "bundle_surplus_per_episode",
    "bundle_volume_met",
    "bundle_quality_factor",
    "bundle_shared_amount",
    "bundle_total_target",
    "bundle_total_claims",
    "bundle_total_surplus",
    "bundle_shared_before_limits",
    "bundle_reconciliation",
    "bundle_paid_in_year",
    "bundle_settled_after_year",
    "bundle_entity_total",
    "bundle_payer_outlay",
    "bundle_payment",
)

PAYS: Final = "bundle_payment"

_WAY: Final = (
    "bundle_total_target",
    "less bundle_total_claims",
    "bundle_total_surplus",
    "bundle_shared_before_limits",
    "bundle_reconciliation",
    "bundle_payment",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, target prices", per=("stratum",))
def bundle_target_amount(bundle_episodes: Decimal, bundle_target_price: Decimal) -> Decimal:
    """Price of all episodes of the type."""
    require_not_negative(bundle_episodes=bundle_episodes)
    require(CHECKS, bundle_target_price=bundle_target_price)
    return bundle_episodes * bundle_target_price


@rule(unit="usd", cite="contract, services of the bundle", per=("stratum",))
def bundle_claims(bundle_own_claims: Decimal, bundle_other_claims: Decimal) -> Decimal:
    """Claims in the episodes, the entity's own and those of other providers."""
    require_not_negative(
        bundle_own_claims=bundle_own_claims, bundle_other_claims=bundle_other_claims
    )
    return bundle_own_claims + bundle_other_claims


@rule(unit="usd", cite="contract, services of the bundle", per=("stratum",))
def bundle_claims_per_episode(bundle_claims: Decimal, bundle_episodes: Decimal) -> Decimal | None:
    """Mean claims of an episode; none where there is no episode."""
    return each(bundle_claims, bundle_episodes)


@rule(unit="usd", cite="contract, reconciliation", per=("stratum",))
def bundle_surplus(bundle_target_amount: Decimal, bundle_claims: Decimal) -> Decimal:
    """Target less claims; below zero is a loss."""
    return bundle_target_amount - bundle_claims


@rule(unit="usd", cite="contract, reconciliation", per=("stratum",))
def bundle_surplus_per_episode(bundle_surplus: Decimal, bundle_episodes: Decimal) -> Decimal | None:
    """Mean surplus of an episode, below zero a loss; none where there is no episode."""
    return each(bundle_surplus, bundle_episodes)


@rule(unit="flag", cite="contract, minimum volume", per=("stratum",))
def bundle_volume_met(bundle_episodes: Decimal, bundle_minimum_episodes: Decimal) -> bool:
    """Whether the type has the episodes with which it is reconciled."""
    require(CHECKS, bundle_minimum_episodes=bundle_minimum_episodes)
    return bundle_episodes >= bundle_minimum_episodes


@rule(unit="rate", cite="contract, quality scales of gains and losses", per=("stratum",))
def bundle_quality_factor(
    bundle_surplus: Decimal,
    bundle_quality_score: Decimal | None,
    bundle_gain_scale: Bands | None,
    bundle_loss_scale: Bands | None,
) -> Decimal | Unknown:
    """Share of a surplus kept, or of a loss borne, for the type's quality; 1 without a scale."""
    require(CHECKS, bundle_gain_scale=bundle_gain_scale, bundle_loss_scale=bundle_loss_scale)
    scale = bundle_gain_scale if bundle_surplus > 0 else bundle_loss_scale
    if scale is None or bundle_surplus == 0:
        return Decimal(1)
    if bundle_quality_score is None:
        return Unknown("bundle unknown: quality score missing")
    return value_of(scale, bundle_quality_score)


@rule(unit="usd", cite="contract, shares, minimum volume and quality", per=("stratum",))
def bundle_shared_amount(
    bundle_surplus: Decimal,
    bundle_volume_met: bool,
    bundle_quality_factor: Decimal | Unknown,
    bundle_gain_share: Decimal,
    bundle_loss_share: Decimal,
) -> Decimal | Unknown:
    """The entity's part of the surplus or loss; nothing below the minimum volume."""
    require(CHECKS, bundle_gain_share=bundle_gain_share, bundle_loss_share=bundle_loss_share)
    if not bundle_volume_met:
        return Decimal(0)
    if isinstance(bundle_quality_factor, Unknown):
        return bundle_quality_factor
    share = bundle_gain_share if bundle_surplus > 0 else bundle_loss_share
    return bundle_surplus * share * bundle_quality_factor


@rule(unit="usd", cite="contract, target prices")
def bundle_total_target(bundle_target_amount: ByStratum) -> Decimal:
    """Target amounts of all types."""
    return total(bundle_target_amount)


@rule(unit="usd", cite="contract, services of the bundle")
def bundle_total_claims(bundle_claims: ByStratum) -> Decimal:
    """Claims of all types."""
    return total(bundle_claims)


@rule(unit="usd", cite="contract, reconciliation")
def bundle_total_surplus(bundle_surplus: ByStratum) -> Decimal:
    """Surpluses less losses of all types."""
    return total(bundle_surplus)


@rule(unit="usd", cite="contract, shares")
def bundle_shared_before_limits(bundle_shared_amount: ByStratum) -> Decimal:
    """The entity's parts of all types together: one type's loss takes from another's gain."""
    return total(bundle_shared_amount)


@rule(unit="usd", cite="contract, stop-gain and stop-loss", per=("stratum",))
def bundle_target_at_risk(bundle_target_amount: Decimal, bundle_volume_met: bool) -> Decimal:
    """Target amount of a type that is reconciled; 0 below the minimum volume."""
    return bundle_target_amount if bundle_volume_met else Decimal(0)


@rule(unit="usd", cite="contract, stop-gain and stop-loss")
def bundle_total_target_at_risk(bundle_target_at_risk: ByStratum) -> Decimal:
    """Target amounts of the types that are reconciled: the base of the limits."""
    return total(bundle_target_at_risk)


@rule(unit="usd", cite="contract, stop-gain")
def bundle_stop_gain_limit(
    bundle_total_target_at_risk: Decimal, bundle_stop_gain_rate: Decimal | None
) -> Decimal | None:
    """Most that is gained; none without a limit."""
    require(CHECKS, bundle_stop_gain_rate=bundle_stop_gain_rate)
    if bundle_stop_gain_rate is None:
        return None
    return bundle_total_target_at_risk * bundle_stop_gain_rate


@rule(unit="usd", cite="contract, stop-loss")
def bundle_stop_loss_limit(
    bundle_total_target_at_risk: Decimal, bundle_stop_loss_rate: Decimal | None
) -> Decimal | None:
    """Most that is lost, above zero; none without a limit."""
    require(CHECKS, bundle_stop_loss_rate=bundle_stop_loss_rate)
    if bundle_stop_loss_rate is None:
        return None
    return bundle_total_target_at_risk * bundle_stop_loss_rate


@rule(unit="usd", cite="contract, stop-gain and stop-loss")
def bundle_reconciliation(
    bundle_shared_before_limits: Decimal,
    bundle_stop_gain_limit: Decimal | None,
    bundle_stop_loss_limit: Decimal | None,
) -> Decimal:
    """What the entity gains or loses (below zero) by the bundles, within the limits, to the cent.

    It is the same in both ways of payment.
    """
    amount = abs(bundle_shared_before_limits)
    most_gained = amount if bundle_stop_gain_limit is None else bundle_stop_gain_limit
    most_lost = amount if bundle_stop_loss_limit is None else bundle_stop_loss_limit
    return round_half_up(limited(bundle_shared_before_limits, most_lost, most_gained), 2)


@rule(unit="usd", cite="contract, way of payment of the bundle", per=("stratum",))
def bundle_prospective_payment(
    bundle_payment_mode: str, bundle_target_amount: Decimal, bundle_other_claims: Decimal
) -> Decimal:
    """Price paid in the year, less other providers' claims of the episodes; 0 if retrospective."""
    require(CHECKS, bundle_payment_mode=bundle_payment_mode)
    if bundle_payment_mode == RETROSPECTIVE:
        return Decimal(0)
    return bundle_target_amount - bundle_other_claims


@rule(unit="usd", cite="contract, way of payment of the bundle", per=("stratum",))
def bundle_own_claims_paid(bundle_payment_mode: str, bundle_own_claims: Decimal) -> Decimal:
    """The entity's own claims that are paid in the year; 0 if the price is paid in their place."""
    require(CHECKS, bundle_payment_mode=bundle_payment_mode)
    return bundle_own_claims if bundle_payment_mode == RETROSPECTIVE else Decimal(0)


@rule(unit="usd", cite="contract, way of payment of the bundle")
def bundle_paid_in_year(
    bundle_own_claims_paid: ByStratum, bundle_prospective_payment: ByStratum
) -> Decimal:
    """What the entity receives during the year: its claims, or the price in their place."""
    return total(bundle_own_claims_paid) + total(bundle_prospective_payment)


@rule(unit="usd", cite="contract, reconciliation")
def bundle_settled_after_year(
    bundle_own_claims: ByStratum, bundle_reconciliation: Decimal, bundle_paid_in_year: Decimal
) -> Decimal:
    """What is settled after the year: own claims and reconciliation, less what was paid."""
    return total(bundle_own_claims) + bundle_reconciliation - bundle_paid_in_year


@rule(unit="usd", cite="contract, reconciliation")
def bundle_entity_total(
    bundle_paid_in_year: Decimal, bundle_settled_after_year: Decimal
) -> Decimal:
    """All that the entity receives for the episodes, in the year and after it."""
    return bundle_paid_in_year + bundle_settled_after_year


@rule(unit="usd", cite="contract, reconciliation")
def bundle_payer_outlay(bundle_entity_total: Decimal, bundle_other_claims: ByStratum) -> Decimal:
    """All that the payer pays for the episodes: to the entity and to other providers."""
    return bundle_entity_total + total(bundle_other_claims)


@rule(unit="usd", cite="contract, reconciliation and way of payment of the bundle")
def bundle_payment(
    bundle_prospective_payment: ByStratum, bundle_settled_after_year: Decimal
) -> Decimal:
    """What the payer pays the entity besides claims, to the cent; below zero the entity pays."""
    return round_half_up(total(bundle_prospective_payment) + bundle_settled_after_year, 2)
