"""Individual stop-loss: the claims of one member above an attachment point are reimbursed.

The order of a policy: the basis (claims incurred, or claims paid, in the period), the attachment
point, whole or by the months of membership, recoveries from others, coinsurance, the maximum, the
premium. The premium is net against the reimbursement, so that the amount due can be below zero.

The members whose claims exceed their own attachment, on the basis of the contract, come in totals:
how many they are, their months of membership, and all of their claims. Amounts are dollars, exact
until the last step.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.period import MONTHS_PER_YEAR
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_factor, wrong_share, wrong_word

INCURRED: Final = "incurred"
PAID: Final = "paid"

MEMBER_MONTHS: Final = Leaf(
    "member_months",
    "months",
    "months of membership of all members in the period, for premiums; none = not known yet",
    "contract, membership",
    default=None,
)

LEAVES: Final = (
    Leaf(
        "stop_loss_basis",
        "text",
        "incurred or paid: whether claims count by the day of service or the day of payment",
        "contract, individual stop-loss, basis",
    ),
    Leaf(
        "stop_loss_members",
        "persons",
        "members with claims above their own attachment",
        "contract, individual stop-loss, attachment",
    ),
    Leaf(
        "stop_loss_member_months",
        "months",
        "months of membership of these members; needed where the attachment is prorated",
        "contract, individual stop-loss, attachment",
        default=None,
    ),
    *(
        Leaf(
            f"stop_loss_{basis}_claims",
            "usd",
            f"all claims of these members {basis} in the period; none = not the basis",
            "contract, individual stop-loss, basis",
            default=None,
        )
        for basis in (INCURRED, PAID)
    ),
    Leaf(
        "stop_loss_attachment",
        "usd",
        "claims of one member and year above which the cover begins",
        "contract, individual stop-loss, attachment; 42 CFR 422.208(f)",
    ),
    Leaf(
        "stop_loss_attachment_prorated",
        "flag",
        "whether the attachment of a member of part of the year is a part of it",
        "contract, individual stop-loss, attachment",
    ),
    Leaf(
        "stop_loss_recoveries",
        "usd",
        "recovered from others for these members' claims, and credited against them",
        "contract, individual stop-loss, recoveries",
        default=Decimal(0),
    ),
    Leaf(
        "stop_loss_coinsurance",
        "rate",
        "share of the claims above the attachment that the entity keeps",
        "contract, individual stop-loss, coinsurance; 42 CFR 422.208(f)",
        default=Decimal(0),
    ),
    Leaf(
        "stop_loss_maximum",
        "usd",
        "most that is reimbursed for the period; none = no maximum",
        "contract, individual stop-loss, maximum",
        default=None,
    ),
    Leaf(
        "stop_loss_premium_pmpm",
        "usd",
        "premium for one member and month",
        "contract, individual stop-loss, premium",
        default=Decimal(0),
    ),
    MEMBER_MONTHS,
)


CHECKS: Final[Mapping[str, Check]] = {
    "stop_loss_basis": wrong_word(INCURRED, PAID),
    "stop_loss_members": wrong_amount,
    "stop_loss_member_months": wrong_amount,
    "stop_loss_attachment": wrong_factor,
    "stop_loss_recoveries": wrong_amount,
    "stop_loss_coinsurance": wrong_share,
    "stop_loss_maximum": wrong_factor,
    "stop_loss_premium_pmpm": wrong_amount,
}

RESULTS: Final = (
    "stop_loss_claims",
    "stop_loss_attachments",
    "stop_loss_above_attachment",
    "stop_loss_after_recoveries",
    "stop_loss_reimbursed",
    "stop_loss_premium",
    "stop_loss_settlement",
)

PAYS: Final = "stop_loss_settlement"

_WAY: Final = (
    "stop_loss_claims",
    "less stop_loss_attachments",
    "stop_loss_above_attachment",
    "less stop_loss_recoveries",
    "stop_loss_after_recoveries",
    "stop_loss_reimbursed",
    "less stop_loss_premium",
    PAYS,
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, individual stop-loss, basis")
def stop_loss_claims(
    stop_loss_basis: str,
    stop_loss_incurred_claims: Decimal | None,
    stop_loss_paid_claims: Decimal | None,
) -> Decimal:
    """Claims of the members above their attachment, on the basis of the contract."""
    require(CHECKS, stop_loss_basis=stop_loss_basis)
    incurred = stop_loss_basis == INCURRED
    claims = stop_loss_incurred_claims if incurred else stop_loss_paid_claims
    if claims is None:
        raise RefusedError(f"stop_loss_{stop_loss_basis}_claims missing; the basis needs them")
    return claims


@rule(unit="usd", cite="contract, individual stop-loss, attachment")
def stop_loss_attachments(
    stop_loss_attachment: Decimal,
    stop_loss_attachment_prorated: bool,
    stop_loss_members: Decimal,
    stop_loss_member_months: Decimal | None,
) -> Decimal:
    """The attachments of these members together, whole or by their months of membership."""
    require(
        CHECKS,
        stop_loss_attachment=stop_loss_attachment,
        stop_loss_members=stop_loss_members,
        stop_loss_member_months=stop_loss_member_months,
    )
    if not stop_loss_attachment_prorated:
        return stop_loss_attachment * stop_loss_members
    if stop_loss_member_months is None:
        raise RefusedError("stop_loss_member_months missing; the attachment is prorated by them")
    if stop_loss_member_months > MONTHS_PER_YEAR * stop_loss_members:
        found = f"stop_loss_member_months is {stop_loss_member_months:f}"
        raise RefusedError(f"{found}; {stop_loss_members:f} members have fewer in a year")
    return stop_loss_attachment * stop_loss_member_months / MONTHS_PER_YEAR


@rule(unit="usd", cite="contract, individual stop-loss, attachment")
def stop_loss_above_attachment(
    stop_loss_claims: Decimal, stop_loss_attachments: Decimal
) -> Decimal:
    """Claims above the attachment, all of these members together."""
    if stop_loss_claims < stop_loss_attachments:
        found = f"claims of {stop_loss_claims:f} are below attachments of {stop_loss_attachments:f}"
        raise RefusedError(f"{found}; count only members above their own attachment")
    return stop_loss_claims - stop_loss_attachments


@rule(unit="usd", cite="contract, individual stop-loss, recoveries")
def stop_loss_after_recoveries(
    stop_loss_above_attachment: Decimal, stop_loss_recoveries: Decimal
) -> Decimal:
    """Claims above the attachment less what others paid for them, not below zero."""
    require(CHECKS, stop_loss_recoveries=stop_loss_recoveries)
    return max(stop_loss_above_attachment - stop_loss_recoveries, Decimal(0))


@rule(unit="usd", cite="contract, individual stop-loss, coinsurance and maximum")
def stop_loss_reimbursed(
    stop_loss_after_recoveries: Decimal,
    stop_loss_coinsurance: Decimal,
    stop_loss_maximum: Decimal | None,
) -> Decimal:
    """What is reimbursed: the claims less coinsurance, up to the maximum, to the cent."""
    require(
        CHECKS, stop_loss_coinsurance=stop_loss_coinsurance, stop_loss_maximum=stop_loss_maximum
    )
    share = round_half_up(stop_loss_after_recoveries * (1 - stop_loss_coinsurance), 2)
    return share if stop_loss_maximum is None else min(share, stop_loss_maximum)


def premium(pmpm: Decimal, member_months: Decimal | None) -> Decimal | Unknown:
    """Premium of all member months, to the cent; unknown without them, unless there is none."""
    if pmpm == 0:
        return Decimal(0)
    if member_months is None:
        return Unknown("premium unknown: member_months missing")
    return round_half_up(pmpm * member_months, 2)


@rule(unit="usd", cite="contract, individual stop-loss, premium")
def stop_loss_premium(
    stop_loss_premium_pmpm: Decimal, member_months: Decimal | None
) -> Decimal | Unknown:
    """Premium for all member months, to the cent."""
    require(CHECKS, stop_loss_premium_pmpm=stop_loss_premium_pmpm)
    return premium(stop_loss_premium_pmpm, member_months)


@rule(unit="usd", cite="contract, individual stop-loss")
def stop_loss_settlement(stop_loss_reimbursed: Decimal, stop_loss_premium: Decimal) -> Decimal:
    """Reimbursement less premium: what is paid to the entity, or by it (below zero)."""
    return stop_loss_reimbursed - stop_loss_premium
