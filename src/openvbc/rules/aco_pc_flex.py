"""ACO Primary Care Flex: prospective primary care payments and the advance on shared savings.

The model runs inside the Shared Savings Program. This component works out what the prospective
payments come to, the expenditure that the Shared Savings Program then counts, and what of that
program's result is left after the model's own credits and recoupment. County rates, enhancements
and the credit stand in CMS's rate book and reports, and are facts. A stratum is a county.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule

_RFA: Final = "CMS, ACO Primary Care Flex Model, Request for Applications (30 May 2024)"
_EACH: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "county_base_rate",
        "usd",
        "the county's base rate for a member and month, as in CMS's rate book",
        f"{_RFA}, county base rate",
        _EACH,
    ),
    Leaf(
        "county_enhancement",
        "usd",
        "enhancements of the base rate for a member and month, as CMS sets them for the county and "
        "the ACO",
        f"{_RFA}, payment enhancements",
        _EACH,
    ),
    Leaf(
        "member_months",
        "months",
        "months of the ACO's assigned members who live in the county",
        f"{_RFA}, prospective primary care payment",
        _EACH,
    ),
    Leaf(
        "beneficiary_adjustments",
        "usd",
        "adjustments for single members, such as those of health centers and rural clinics; below "
        "zero where they take off",
        f"{_RFA}, beneficiary-level adjustments",
        default=Decimal(0),
    ),
    Leaf(
        "expenditure_after_reductions",
        "usd",
        "Parts A and B expenditure of the Shared Savings Program, without the primary care claims "
        "that prospective payments replace",
        "42 CFR 425.605(a), 425.610(a)",
    ),
    Leaf(
        "earned_savings_or_losses",
        "usd",
        "the Shared Savings Program's earned savings, or losses owed (below zero), with the "
        "expenditure counted here",
        "42 CFR 425.605, 425.610",
    ),
    Leaf(
        "enhancement_credit",
        "usd",
        "credit for enhancements that CMS gives after shared savings and losses, as it reports it",
        f"{_RFA}, example calculations",
        default=Decimal(0),
    ),
    Leaf(
        "advance_recouped_before",
        "usd",
        "advanced shared savings payment recouped or repaid in earlier years",
        f"{_RFA}, Advanced Shared Savings Payment",
        default=Decimal(0),
    ),
    Leaf(
        "advance_repayment_demanded",
        "usd",
        "advanced shared savings payment that CMS demands back besides, as from an ACO that leaves",
        f"{_RFA}, Advanced Shared Savings Payment",
        default=Decimal(0),
    ),
)

RESULTS: Final = (
    "base_payment",
    "enhancement_payment",
    "prospective_payment",
    "counted_expenditure",
    "advance_recouped",
    "advance_outstanding",
    "amount_due",
)

_WAY: Final = (
    "earned_savings_or_losses",
    "earned_after_credit",
    "less advance_recouped",
    "less advance_repayment_demanded",
    "amount_due",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite=f"{_RFA}, county base rate", per=("stratum",))
def base_payment(county_base_rate: Decimal, member_months: Decimal) -> Decimal:
    """Base part of the county's prospective payments over the year."""
    if county_base_rate < 0 or member_months < 0:
        raise RefusedError("a base rate or member months are below 0; expected 0 or more")
    return county_base_rate * member_months


@rule(unit="usd", cite=f"{_RFA}, payment enhancements", per=("stratum",))
def enhancement_payment(county_enhancement: Decimal, member_months: Decimal) -> Decimal:
    """Enhanced part of the county's prospective payments over the year."""
    if county_enhancement < 0:
        raise RefusedError(f"an enhancement is {county_enhancement:f}; expected 0 or more")
    return county_enhancement * member_months


@rule(unit="usd", cite=f"{_RFA}, prospective primary care payment")
def prospective_payment(
    base_payment: ByStratum, enhancement_payment: ByStratum, beneficiary_adjustments: Decimal
) -> Decimal:
    """Prospective primary care payments of the year: base, enhancements, adjustments."""
    parts = (*base_payment.values(), *enhancement_payment.values(), beneficiary_adjustments)
    return round_half_up(sum(parts, Decimal(0)), 2)


@rule(unit="usd", cite=f"{_RFA}, shared savings calculation")
def counted_expenditure(
    expenditure_after_reductions: Decimal, prospective_payment: Decimal
) -> Decimal:
    """Expenditure that the Shared Savings Program counts: the payments stand in for the claims."""
    return expenditure_after_reductions + prospective_payment


@rule(unit="usd", cite=f"{_RFA}, example calculations")
def earned_after_credit(earned_savings_or_losses: Decimal, enhancement_credit: Decimal) -> Decimal:
    """Earned savings or losses with the credit for enhancements, which is not shared."""
    if enhancement_credit < 0:
        raise RefusedError(f"the credit is {enhancement_credit:f}; expected 0 or more")
    return earned_savings_or_losses + enhancement_credit


@rule(unit="usd", cite=f"{_RFA}, Advanced Shared Savings Payment")
def advance_balance(
    advanced_shared_savings_payment: Decimal, advance_recouped_before: Decimal
) -> Decimal:
    """Advance not yet recouped when the year is settled."""
    balance = advanced_shared_savings_payment - advance_recouped_before
    if not 0 <= balance <= advanced_shared_savings_payment:
        found = f"{advance_recouped_before:f} was recouped before"
        raise RefusedError(f"{found}; expected 0 to {advanced_shared_savings_payment:f}")
    return balance


@rule(unit="usd", cite=f"{_RFA}, Advanced Shared Savings Payment")
def advance_recouped(advance_balance: Decimal, earned_savings_or_losses: Decimal) -> Decimal:
    """Advance taken back from savings earned; losses and credits recoup nothing."""
    return min(advance_balance, max(earned_savings_or_losses, Decimal(0)))


@rule(unit="usd", cite=f"{_RFA}, Advanced Shared Savings Payment")
def advance_outstanding(
    advance_balance: Decimal, advance_recouped: Decimal, advance_repayment_demanded: Decimal
) -> Decimal:
    """Advance still to be recouped from later years."""
    rest = advance_balance - advance_recouped - advance_repayment_demanded
    if rest < 0 or advance_repayment_demanded < 0:
        found = f"{advance_repayment_demanded:f} is demanded back"
        raise RefusedError(f"{found}; expected 0 to {advance_balance - advance_recouped:f}")
    return rest


@rule(unit="usd", cite=f"{_RFA}, Advanced Shared Savings Payment")
def amount_due(
    earned_after_credit: Decimal, advance_balance: Decimal, advance_outstanding: Decimal
) -> Decimal:
    """What CMS pays the ACO, or the ACO pays CMS (below zero), to the cent.

    Advances recouped or demanded back are taken off.
    """
    taken_back = advance_balance - advance_outstanding
    return round_half_up(earned_after_credit - taken_back, 2)
