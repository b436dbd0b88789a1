"""Payment for work that no visit bills: navigation, medication calls, follow-up in the community.

The rules stand in the order of a contract: what the counted activities are worth, the fund that
the care-management payment makes for them, what is paid of it, and what becomes of the rest. The
fund is either held by the payer, who pays the activities up to it, or was paid to the entity ahead
as a part of its monthly payments, and nothing more is paid. A stratum is a type of activity.
Amounts are dollars.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import total
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_share, wrong_word

ACTIVITY: Final[frozenset[Axis]] = frozenset({"stratum"})

PAYER: Final = "payer"
ENTITY: Final = "entity"

CHECKS: Final[Mapping[str, Check]] = {
    "non_visit_rate": wrong_amount,
    "non_visit_fund_share": wrong_share,
    "non_visit_fund_held_by": wrong_word(PAYER, ENTITY),
    "non_visit_unspent_returned": wrong_share,
}
"""What each term of the contract must be."""

LEAVES: Final = (
    Leaf(
        "non_visit_rate",
        "usd",
        "dollars for one activity of the type",
        "contract, rates of non-visit work",
        ACTIVITY,
    ),
    Leaf(
        "non_visit_fund_share",
        "rate",
        "share of the care-management payment that is the fund for non-visit work",
        "contract, fund of non-visit work",
        default=Decimal(1),
    ),
    Leaf(
        "non_visit_fund_held_by",
        "text",
        "payer: activities are paid up to the fund; entity: the fund was paid ahead, in the "
        "care-management payment",
        "contract, fund of non-visit work",
    ),
    Leaf(
        "non_visit_unspent_returned",
        "rate",
        "share of what is left of a fund held by the entity that goes back to the payer",
        "contract, fund of non-visit work",
        default=Decimal(0),
    ),
    Leaf(
        "care_management_earned",
        "usd",
        "care-management payments of the period; component care_management computes it",
        "contract, care-management payment",
    ),
    Leaf(
        "non_visit_activities",
        "count",
        "activities of the type in the log that no visit billed",
        "contract, activities of non-visit work",
        ACTIVITY,
    ),
    Leaf(
        "non_visit_billed_activities",
        "count",
        "further activities of the log that were billed as a visit; they are not paid again",
        "contract, activities of non-visit work",
        ACTIVITY,
        default=Decimal(0),
    ),
    Leaf(
        "non_visit_outcomes",
        "count",
        "outcomes reached by the type of activity; none = not told",
        "contract, report of non-visit work",
        ACTIVITY,
        default=None,
    ),
)

RESULTS: Final = (
    "non_visit_logged",
    "non_visit_worth",
    "non_visit_cost_per_outcome",
    "non_visit_total_worth",
    "non_visit_fund",
    "non_visit_covered",
    "non_visit_uncovered",
    "non_visit_unspent",
    "non_visit_payment",
)

PAYS: Final = "non_visit_payment"

_WAY: Final = ("non_visit_total_worth", "non_visit_covered", "non_visit_payment")

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": ("non_visit_unspent", "non_visit_payment")}


@rule(unit="count", cite="contract, activities of non-visit work", per=("stratum",))
def non_visit_logged(
    non_visit_activities: Decimal, non_visit_billed_activities: Decimal
) -> Decimal:
    """All activities of the log, those that a visit billed included."""
    require_not_negative(
        non_visit_activities=non_visit_activities,
        non_visit_billed_activities=non_visit_billed_activities,
    )
    return non_visit_activities + non_visit_billed_activities


@rule(unit="usd", cite="contract, rates of non-visit work", per=("stratum",))
def non_visit_worth(non_visit_activities: Decimal, non_visit_rate: Decimal) -> Decimal:
    """Counted activities at their rate."""
    require_not_negative(non_visit_activities=non_visit_activities)
    require(CHECKS, non_visit_rate=non_visit_rate)
    return non_visit_activities * non_visit_rate


@rule(unit="usd", cite="contract, report of non-visit work", per=("stratum",))
def non_visit_cost_per_outcome(
    non_visit_worth: Decimal, non_visit_outcomes: Decimal | None
) -> Decimal | None:
    """Worth of the activities for each outcome reached; none without an outcome."""
    return non_visit_worth / non_visit_outcomes if non_visit_outcomes else None


@rule(unit="usd", cite="contract, rates of non-visit work")
def non_visit_total_worth(non_visit_worth: ByStratum) -> Decimal:
    """Counted activities of all types at their rates."""
    return total(non_visit_worth)


@rule(unit="usd", cite="contract, fund of non-visit work")
def non_visit_fund(care_management_earned: Decimal, non_visit_fund_share: Decimal) -> Decimal:
    """The part of the care-management payment that is for non-visit work."""
    require_not_negative(care_management_earned=care_management_earned)
    require(CHECKS, non_visit_fund_share=non_visit_fund_share)
    return care_management_earned * non_visit_fund_share


@rule(unit="usd", cite="contract, fund of non-visit work")
def non_visit_covered(non_visit_total_worth: Decimal, non_visit_fund: Decimal) -> Decimal:
    """Worth of the activities as far as the fund reaches."""
    return min(non_visit_total_worth, non_visit_fund)


@rule(unit="usd", cite="contract, fund of non-visit work")
def non_visit_uncovered(non_visit_total_worth: Decimal, non_visit_covered: Decimal) -> Decimal:
    """Worth of the activities beyond the fund; nobody pays it."""
    return non_visit_total_worth - non_visit_covered


@rule(unit="usd", cite="contract, fund of non-visit work")
def non_visit_unspent(non_visit_fund: Decimal, non_visit_covered: Decimal) -> Decimal:
    """What is left of the fund."""
    return non_visit_fund - non_visit_covered


@rule(unit="usd", cite="contract, fund of non-visit work")
def non_visit_payment(
    non_visit_fund_held_by: str,
    non_visit_covered: Decimal,
    non_visit_unspent: Decimal,
    non_visit_unspent_returned: Decimal,
) -> Decimal:
    """What the payer pays of the fund it holds, or the entity returns (below zero), to the cent."""
    require(
        CHECKS,
        non_visit_fund_held_by=non_visit_fund_held_by,
        non_visit_unspent_returned=non_visit_unspent_returned,
    )
    if non_visit_fund_held_by == ENTITY:
        return round_half_up(-non_visit_unspent * non_visit_unspent_returned, 2)
    if non_visit_unspent_returned:
        raise RefusedError(
            "non_visit_unspent_returned is of a fund that the entity holds; the payer holds it"
        )
    return round_half_up(non_visit_covered, 2)
