"""Aggregate stop-loss: all claims together above a share of the claims that were expected.

The order of a policy: the claims that count (less what an individual stop-loss reimburses, so that
no dollar is covered twice), the attachment, the corridor above it in which claims are covered,
coinsurance, the premium. The premium is net against the reimbursement. Amounts are dollars, exact
until the last step.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.individual_stop_loss import MEMBER_MONTHS, premium
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_factor, wrong_share

LEAVES: Final = (
    Leaf(
        "aggregate_expected_claims",
        "usd",
        "claims of all members that were expected for the period",
        "contract, aggregate stop-loss, expected claims",
    ),
    Leaf(
        "aggregate_claims",
        "usd",
        "claims of all members in the period, before any stop-loss",
        "contract, aggregate stop-loss, claims",
    ),
    Leaf(
        "stop_loss_reimbursed",
        "usd",
        "what individual stop-loss reimburses; component individual_stop_loss computes it",
        "contract, aggregate stop-loss, claims",
        default=Decimal(0),
    ),
    Leaf(
        "aggregate_attachment_share",
        "rate",
        "share of the expected claims above which the cover begins; 1.10 is 10 % above them",
        "contract, aggregate stop-loss, attachment",
    ),
    Leaf(
        "aggregate_corridor_end_share",
        "rate",
        "share of the expected claims at which the cover ends; none = it does not end",
        "contract, aggregate stop-loss, corridor",
        default=None,
    ),
    Leaf(
        "aggregate_coinsurance",
        "rate",
        "share of the covered claims that the entity keeps",
        "contract, aggregate stop-loss, coinsurance",
        default=Decimal(0),
    ),
    Leaf(
        "aggregate_premium_pmpm",
        "usd",
        "premium for one member and month",
        "contract, aggregate stop-loss, premium",
        default=Decimal(0),
    ),
    MEMBER_MONTHS,
)

CHECKS: Final[Mapping[str, Check]] = {
    "aggregate_expected_claims": wrong_factor,
    "aggregate_claims": wrong_amount,
    "aggregate_attachment_share": wrong_factor,
    "aggregate_corridor_end_share": wrong_factor,
    "aggregate_coinsurance": wrong_share,
    "aggregate_premium_pmpm": wrong_amount,
}

RESULTS: Final = (
    "aggregate_counted_claims",
    "aggregate_attachment",
    "aggregate_covered_claims",
    "aggregate_reimbursed",
    "aggregate_premium",
    "aggregate_settlement",
)

PAYS: Final = "aggregate_settlement"

_WAY: Final = (
    "aggregate_counted_claims",
    "aggregate_covered_claims",
    "aggregate_reimbursed",
    "less aggregate_premium",
    PAYS,
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, aggregate stop-loss, claims")
def aggregate_counted_claims(aggregate_claims: Decimal, stop_loss_reimbursed: Decimal) -> Decimal:
    """Claims of all members less what individual stop-loss reimburses."""
    require(CHECKS, aggregate_claims=aggregate_claims)
    return aggregate_claims - stop_loss_reimbursed


@rule(unit="usd", cite="contract, aggregate stop-loss, attachment")
def aggregate_attachment(
    aggregate_expected_claims: Decimal, aggregate_attachment_share: Decimal
) -> Decimal:
    """Claims above which the cover begins, in dollars."""
    require(
        CHECKS,
        aggregate_expected_claims=aggregate_expected_claims,
        aggregate_attachment_share=aggregate_attachment_share,
    )
    return aggregate_attachment_share * aggregate_expected_claims


def wrong_corridor_end(attachment_share: Decimal, end_share: Decimal | None) -> str | None:
    """Why a cover cannot end there: it has not begun. None where it can."""
    if end_share is None or end_share > attachment_share:
        return None
    ends = f"aggregate_corridor_end_share {end_share:f}"
    return f"{ends} is not above aggregate_attachment_share {attachment_share:f}"


@rule(unit="usd", cite="contract, aggregate stop-loss, corridor")
def aggregate_covered_claims(
    aggregate_counted_claims: Decimal,
    aggregate_attachment: Decimal,
    aggregate_expected_claims: Decimal,
    aggregate_attachment_share: Decimal,
    aggregate_corridor_end_share: Decimal | None,
) -> Decimal:
    """Claims above the attachment, up to the end of the corridor."""
    require(CHECKS, aggregate_corridor_end_share=aggregate_corridor_end_share)
    if wrong := wrong_corridor_end(aggregate_attachment_share, aggregate_corridor_end_share):
        raise RefusedError(wrong)
    above = max(aggregate_counted_claims - aggregate_attachment, Decimal(0))
    if aggregate_corridor_end_share is None:
        return above
    end = aggregate_corridor_end_share * aggregate_expected_claims
    return min(above, end - aggregate_attachment)


@rule(unit="usd", cite="contract, aggregate stop-loss, coinsurance")
def aggregate_reimbursed(
    aggregate_covered_claims: Decimal, aggregate_coinsurance: Decimal
) -> Decimal:
    """Covered claims less coinsurance, to the cent."""
    require(CHECKS, aggregate_coinsurance=aggregate_coinsurance)
    return round_half_up(aggregate_covered_claims * (1 - aggregate_coinsurance), 2)


@rule(unit="usd", cite="contract, aggregate stop-loss, premium")
def aggregate_premium(
    aggregate_premium_pmpm: Decimal, member_months: Decimal | None
) -> Decimal | Unknown:
    """Premium for all member months, to the cent."""
    require(CHECKS, aggregate_premium_pmpm=aggregate_premium_pmpm)
    return premium(aggregate_premium_pmpm, member_months)


@rule(unit="usd", cite="contract, aggregate stop-loss")
def aggregate_settlement(aggregate_reimbursed: Decimal, aggregate_premium: Decimal) -> Decimal:
    """Reimbursement less premium: what is paid to the entity, or by it (below zero)."""
    return aggregate_reimbursed - aggregate_premium
