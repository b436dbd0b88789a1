"""Care-management payment: dollars per member and month, by tier, with members changed afterwards.

The rules stand in the order of a contract: what the monthly rosters paid, what is recouped for
members who had left before the payer was told, what is added for members who had joined, and the
year's total. A member who moves between tiers leaves the one and joins the other. A stratum is a
tier of members. Amounts are dollars.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from openvbc.money import round_half_up
from openvbc.rules import care_services
from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import total
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount

TIER: Final[frozenset[Axis]] = frozenset({"stratum"})

Changes = Sequence[Mapping[str, Any]]

CHANGE_KEYS: Final = ("change", "members", "from", "notice", "after_payment")

PARTS: Final = (care_services,)


def _is_count(value: Any) -> bool:
    return isinstance(value, Decimal) and value == value.to_integral_value() and value >= 1


def _wrong_change(number: int, change: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one change of members."""
    if set(change) != set(CHANGE_KEYS):
        yield f"change {number} has {', '.join(change)}; expected {', '.join(CHANGE_KEYS)}"
        return
    if change["change"] not in {"left", "joined"}:
        yield f"change {number} is {change['change']}; expected left or joined"
    if not isinstance(change["after_payment"], bool):
        yield f"change {number}: after_payment is {change['after_payment']}; expected true or false"
    for key in ("members", "from", "notice"):
        if not _is_count(change[key]):
            yield f"change {number}: {key} is {change[key]}; expected a whole number from 1"


def wrong_changes(changes: Changes) -> str | None:
    """What is wrong with a list of changes, all in one sentence; None where nothing is."""
    wrong = [it for n, change in enumerate(changes, 1) for it in _wrong_change(n, change)]
    return "; ".join(wrong) or None


CHECKS: Final[Mapping[str, Check]] = {
    "care_management_pmpm": wrong_amount,
    "care_management_months_back": wrong_amount,
    "care_management_changes": wrong_changes,
    **care_services.CHECKS,
}
"""What each term of the contract, and each list of facts, must be."""

LEAVES: Final = (
    Leaf(
        "care_management_pmpm",
        "usd",
        "payment per member of the tier and month",
        "contract, care-management payment",
        TIER,
    ),
    Leaf(
        "care_management_months_back",
        "months",
        "most months that a change is paid or recouped back; none = every payment already made",
        "contract, retroactive changes of members",
        default=None,
    ),
    Leaf(
        "care_management_payments",
        "count",
        "monthly payments of the period",
        "contract, care-management payment",
        default=Decimal(12),
    ),
    Leaf(
        "care_management_member_months",
        "months",
        "member months of the tier that were paid, by the roster of each month's payment",
        "contract, care-management payment",
        TIER,
    ),
    Leaf(
        "care_management_changes",
        "brackets",
        "changes told afterwards: change (left or joined), members, from (first month of the "
        "period without, or with, them), notice (month of the notice), after_payment (whether "
        "that month's payment had been made)",
        "contract, retroactive changes of members",
        TIER,
        default=None,
    ),
    *care_services.LEAVES,
)

RESULTS: Final = (
    "care_management_paid",
    "care_management_recouped_months",
    "care_management_added_months",
    "care_management_member_months_earned",
    "care_management_adjustment",
    "care_management_tier_earned",
    "care_management_total_paid",
    "care_management_total_adjustment",
    *care_services.RESULT_NAMES,
    "care_management_earned",
)

PAYS: Final = "care_management_earned"

_WAY: Final = ("care_management_total_paid", "care_management_earned")

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, care-management payment", per=("stratum",))
def care_management_paid(
    care_management_member_months: Decimal, care_management_pmpm: Decimal
) -> Decimal:
    """What the monthly payments for the tier came to, before any change was told."""
    require_not_negative(care_management_member_months=care_management_member_months)
    require(CHECKS, care_management_pmpm=care_management_pmpm)
    return care_management_member_months * care_management_pmpm


def months_back(change: Mapping[str, Any], payments: Decimal, most: Decimal | None) -> Decimal:
    """Payments made from a change's first month to its notice, each member counted.

    payments: the period's monthly payments. most: the limit in months; none = no limit.
    """
    last_paid = min(change["notice"] - (not change["after_payment"]), payments)
    months = max(last_paid - change["from"] + 1, Decimal(0))
    return Decimal(change["members"] * (months if most is None else min(months, most)))


def _changed(
    kind: str, changes: Changes | None, payments: Decimal, most: Decimal | None
) -> Decimal:
    require(CHECKS, care_management_changes=changes, care_management_months_back=most)
    found = (it for it in changes or () if it["change"] == kind)
    return sum((months_back(it, payments, most) for it in found), Decimal(0))


@rule(unit="months", cite="contract, retroactive changes of members", per=("stratum",))
def care_management_recouped_months(
    care_management_changes: Changes | None,
    care_management_payments: Decimal,
    care_management_months_back: Decimal | None,
) -> Decimal:
    """Months paid for members after they had left, until the payer was told."""
    return _changed(
        "left", care_management_changes, care_management_payments, care_management_months_back
    )


@rule(unit="months", cite="contract, retroactive changes of members", per=("stratum",))
def care_management_added_months(
    care_management_changes: Changes | None,
    care_management_payments: Decimal,
    care_management_months_back: Decimal | None,
) -> Decimal:
    """Months not paid for members after they had joined, until the payer was told."""
    return _changed(
        "joined", care_management_changes, care_management_payments, care_management_months_back
    )


@rule(unit="months", cite="contract, retroactive changes of members", per=("stratum",))
def care_management_member_months_earned(
    care_management_member_months: Decimal,
    care_management_recouped_months: Decimal,
    care_management_added_months: Decimal,
) -> Decimal:
    """Member months paid for in the end. No more is recouped than was paid."""
    require_not_negative(care_management_member_months=care_management_member_months)
    if care_management_recouped_months > care_management_member_months:
        raise RefusedError(
            f"{care_management_recouped_months:f} months are recouped of "
            f"{care_management_member_months:f} paid; expected no more than were paid"
        )
    return (
        care_management_member_months
        - care_management_recouped_months
        + care_management_added_months
    )


@rule(unit="usd", cite="contract, retroactive changes of members", per=("stratum",))
def care_management_adjustment(
    care_management_added_months: Decimal,
    care_management_recouped_months: Decimal,
    care_management_pmpm: Decimal,
) -> Decimal:
    """Dollars for changes told afterwards; below zero they are recouped."""
    return (care_management_added_months - care_management_recouped_months) * care_management_pmpm


@rule(unit="usd", cite="contract, care-management payment")
def care_management_total_paid(care_management_paid: ByStratum) -> Decimal:
    """Monthly payments of all tiers, before any change was told."""
    return total(care_management_paid)


@rule(unit="usd", cite="contract, retroactive changes of members")
def care_management_total_adjustment(care_management_adjustment: ByStratum) -> Decimal:
    """Changes of all tiers; below zero they are recouped."""
    return total(care_management_adjustment)


@rule(unit="usd", cite="contract, care-management payment", per=("stratum",))
def care_management_tier_earned(
    care_management_member_months_earned: Decimal, care_management_pmpm: Decimal
) -> Decimal:
    """The tier's payments after all changes."""
    require(CHECKS, care_management_pmpm=care_management_pmpm)
    return care_management_member_months_earned * care_management_pmpm


@rule(unit="usd", cite="contract, care-management payment")
def care_management_earned(care_management_tier_earned: ByStratum) -> Decimal:
    """The period's payments after all changes, to the cent."""
    return round_half_up(total(care_management_tier_earned), 2)
