"""Shared Savings Program settlement: from benchmark and expenditure to the amount due.

The rules stand in the order of 42 CFR 425.604-425.610: savings, the minimum that opens sharing,
the sharing rate, the payment and its limit, what is recouped, and the amount due. The rules on
losses are a part of their own (`mssp_losses`). Amounts are dollars, exact until the last step.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.period import MONTHS_PER_YEAR
from openvbc.rules import mssp_losses
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule

Brackets = Sequence[Mapping[str, Decimal | None]]

PARTS: Final = (mssp_losses,)

LEAVES: Final = (
    Leaf(
        "assigned_beneficiaries",
        "persons",
        "beneficiaries assigned to the ACO for the performance year (persons, not person-years)",
        "42 CFR 425.400-425.404",
        table="assignment_cell",
        column="assigned_persons",
    ),
    Leaf(
        "track",
        "text",
        "track or level of the BASIC track in the performance year",
        "42 CFR 425.600(a)",
    ),
    Leaf(
        "elected_minimum_rate",
        "rate",
        "symmetric minimum savings and loss rate elected by a two-sided ACO; none = the scale",
        "42 CFR 425.605(b)(2), 425.606(b)(1)(ii), 425.610(b)(1)",
        default=None,
    ),
    Leaf(
        "revenue_class",
        "text",
        "low or high: the participants' Parts A and B revenue against the beneficiaries' spending",
        "42 CFR 425.20 (high revenue ACO, low revenue ACO)",
        default="not_stated",
    ),
    Leaf(
        "quality_standard_met",
        "flag",
        "whether the ACO meets the quality performance standard",
        "42 CFR 425.502, 425.512(a)",
    ),
    Leaf(
        "alternative_standard_met",
        "flag",
        "whether the ACO meets only the alternative quality performance standard",
        "42 CFR 425.512(a)(4)(ii), (a)(5)(ii)",
        default=False,
    ),
    Leaf(
        "quality_score",
        "rate",
        "quality score as a share of 1, with the adjustments CMS has made to it",
        "42 CFR 425.502, 425.512",
        default=None,
    ),
    Leaf(
        "guardrail_neutral",
        "flag",
        "whether the benchmark's guardrail turned losses into neither loss nor saving; a contract "
        "with the benchmark component computes it",
        "42 CFR 425.652(b)(5)",
        default=False,
    ),
    Leaf(
        "performance_months",
        "months",
        "months of the performance year: 12, or 6 for the six-month years of one calendar year",
        "42 CFR 425.609",
        default=Decimal(MONTHS_PER_YEAR),
    ),
    Leaf(
        "counted_months",
        "months",
        "months of care that benchmark and expenditure are of: the whole calendar year, also where "
        "the performance year is a part of it",
        "42 CFR 425.609(b)-(c)",
        default=Decimal(MONTHS_PER_YEAR),
    ),
    Leaf(
        "termination_months",
        "months",
        "months taken part in, the month of termination included; none = not terminated early",
        "42 CFR 425.221(b)",
        default=None,
    ),
    Leaf(
        "advance_investment_balance",
        "usd",
        "advance investment payments received and not yet recouped",
        "42 CFR 425.630(g)",
        default=Decimal(0),
    ),
    *mssp_losses.LEAVES,
)

RESULTS: Final = (
    "savings_or_losses",
    "savings_rate",
    "minimum_savings_rate",
    "generated_savings_or_losses",
    "final_sharing_rate",
    "performance_payment",
    "shared_losses",
    "earned_savings_or_losses",
    "advance_investment_recouped",
    "advance_investment_owed",
    "amount_due",
)

WATERFALL: Final = {
    "payer_pays": (
        "total_benchmark",
        "less total_expenditure",
        "savings_or_losses",
        "generated_savings_or_losses",
        "shared_savings",
        "shared_savings_after_sequestration",
        "performance_payment_of_year",
        "performance_payment",
        "less advance_investment_recouped",
        "amount_due",
    ),
    "entity_pays": (
        "total_benchmark",
        "less total_expenditure",
        "savings_or_losses",
        "generated_savings_or_losses",
        "owed shared_losses_before_limit",
        "owed shared_losses_within_limit",
        "owed shared_losses_of_year",
        "owed shared_losses",
        "amount_due",
    ),
}


@rule(unit="usd", cite="42 CFR 425.604(a), 425.605(a), 425.606(a), 425.610(a)")
def savings_or_losses(total_benchmark: Decimal, total_expenditure: Decimal) -> Decimal:
    """Updated benchmark less expenditure, in dollars; below zero is a loss."""
    return total_benchmark - total_expenditure


@rule(unit="rate", cite="42 CFR 425.605(a)(6)")
def savings_rate(savings_or_losses: Decimal, total_benchmark: Decimal) -> Decimal:
    """Savings or losses as a share of the benchmark."""
    if total_benchmark <= 0:
        raise RefusedError(f"the benchmark is {total_benchmark:f}; expected more than 0")
    return savings_or_losses / total_benchmark


def scale_rate(beneficiaries: Decimal, scale: Brackets) -> Decimal:
    """The scale's rate for a number of beneficiaries, linear inside its band.

    Raises RefusedError below the first band: no formula is published there.
    """
    for band in scale:
        first, last, start, end = (band[key] for key in ("from", "to", "start", "end"))
        if first is None or start is None or end is None or beneficiaries < first:
            break
        if last is None:
            return end
        if beneficiaries <= last:
            return start + (end - start) * (beneficiaries - first) / (last - first)
    raise RefusedError(
        f"the minimum savings rate scale has no published formula for {beneficiaries:f} assigned "
        f"beneficiaries; it begins at {scale[0]['from']}"
    )


@rule(unit="rate", cite="42 CFR 425.604(b), 425.605(b), 425.606(b), 425.610(b), 425.110(b)(3)")
def minimum_savings_rate(
    assigned_beneficiaries: Decimal,
    two_sided: bool,
    fixed_minimum_rate: Decimal | None,
    elected_minimum_rate: Decimal | None,
    electable_minimum_rates: Sequence[Decimal],
    elected_rate_minimum_beneficiaries: Decimal,
    minimum_savings_scale: Brackets,
) -> Decimal:
    """Savings rate that opens sharing: fixed or elected in a two-sided model, else the scale.

    An election does not hold with too few beneficiaries.
    """
    if two_sided and fixed_minimum_rate is not None:
        return fixed_minimum_rate
    if two_sided and elected_minimum_rate is not None:
        if elected_minimum_rate not in electable_minimum_rates:
            legal = ", ".join(f"{rate:f}" for rate in electable_minimum_rates) or "none"
            raise RefusedError(f"{elected_minimum_rate} cannot be elected; can be: {legal}")
        if assigned_beneficiaries >= elected_rate_minimum_beneficiaries:
            return elected_minimum_rate
    return scale_rate(assigned_beneficiaries, minimum_savings_scale)


@rule(unit="flag", cite="42 CFR 425.604(c), 425.605(c), 425.606(c), 425.610(c)")
def minimum_savings_reached(
    savings_or_losses: Decimal, minimum_savings_rate: Decimal, total_benchmark: Decimal
) -> bool:
    """Whether savings are at least the minimum savings rate of the benchmark, in dollars."""
    return savings_or_losses >= minimum_savings_rate * total_benchmark


@rule(unit="flag", cite="42 CFR 425.605(h)(1)")
def half_share_open(
    savings_or_losses: Decimal,
    minimum_savings_reached: bool,
    track: str,
    revenue_class: str,
    assigned_beneficiaries: Decimal,
    half_share: Decimal,
    half_share_minimum_beneficiaries: Decimal,
) -> bool | Unknown:
    """Whether a low-revenue BASIC ACO shares in savings that miss the minimum."""
    otherwise_open = (
        half_share > 0
        and track.lower().startswith("basic_")
        and assigned_beneficiaries >= half_share_minimum_beneficiaries
        and savings_or_losses > 0
        and not minimum_savings_reached
    )
    if otherwise_open and revenue_class not in {"low", "high"}:
        return Unknown("half share unknown: revenue_class missing")
    return otherwise_open and revenue_class == "low"


@rule(
    unit="usd", cite="42 CFR 425.604(c)-(d), 425.605(c)-(d) and (h), 425.606(c)-(d), 425.610(c)-(d)"
)
def generated_savings(
    savings_or_losses: Decimal,
    minimum_savings_reached: bool,
    half_share_open: bool,
    guardrail_neutral: bool,
) -> Decimal:
    """Savings that are shared, from the first dollar once sharing is open.

    None where the benchmark's guardrail only kept the update from making losses (425.652(b)(5)).
    """
    open_ = (minimum_savings_reached or half_share_open) and not guardrail_neutral
    return savings_or_losses if open_ else Decimal(0)


@rule(unit="usd", cite="42 CFR 425.605(d)(1), 425.606(d)-(f), 425.610(d)-(f)")
def generated_savings_or_losses(generated_savings: Decimal, generated_losses: Decimal) -> Decimal:
    """Shared savings before the sharing rate, or losses before the loss rate (below zero)."""
    return generated_savings - generated_losses


@rule(unit="rate", cite="42 CFR 425.502, 425.512(a)(2)-(5), 425.605(d)(1), 425.610(d)")
def quality_share(
    quality_effect: str,
    quality_standard_met: bool,
    alternative_standard_met: bool,
    quality_score: Decimal | None,
) -> Decimal | Unknown:
    """Part of the maximum sharing rate that quality earns."""
    alternative = quality_effect == "opens_or_scales" and alternative_standard_met
    if not quality_standard_met and not alternative:
        return Decimal(0)
    if quality_standard_met and quality_effect != "multiplies":
        return Decimal(1)
    if quality_score is None:
        return Unknown("sharing rate unknown: quality score missing")
    return mssp_losses.share_of_one(quality_score)


@rule(unit="rate", cite="42 CFR 425.604(d), 425.605(d)(1) and (h)(2), 425.606(d), 425.610(d)")
def final_sharing_rate(
    maximum_sharing_rate: Decimal,
    quality_share: Decimal,
    half_share_open: bool,
    half_share: Decimal,
) -> Decimal:
    """Maximum rate of the track times what quality earns, halved below the minimum."""
    return maximum_sharing_rate * quality_share * (half_share if half_share_open else 1)


@rule(unit="usd", cite="42 CFR 425.604(d), 425.605(d)(1), 425.606(d), 425.610(d)")
def shared_savings(
    generated_savings: Decimal, final_sharing_rate: Decimal | Unknown
) -> Decimal | Unknown:
    """The ACO's share of the savings."""
    if generated_savings == 0:
        return Decimal(0)
    if isinstance(final_sharing_rate, Unknown):
        return final_sharing_rate
    return generated_savings * final_sharing_rate


@rule(unit="usd", cite="2 U.S.C. 901a(6)")
def shared_savings_after_sequestration(
    shared_savings: Decimal, sequestration_rate: Decimal
) -> Decimal:
    """Shared savings less sequestration. Losses are never sequestered."""
    return shared_savings * (1 - sequestration_rate)


@rule(unit="usd", cite="42 CFR 425.604(e)(2), 425.605(d)(1), 425.606(e)(2), 425.610(e)(2)")
def performance_payment_limit(payment_limit_rate: Decimal, total_benchmark: Decimal) -> Decimal:
    """Largest performance payment: a share of the updated benchmark."""
    return payment_limit_rate * total_benchmark


@rule(
    unit="usd", cite="42 CFR 425.605(d)(1), 425.610(e), 425.609(b)(3)(ii)(D)(1), (c)(3)(ii)(D)(1)"
)
def performance_payment_of_year(
    shared_savings_after_sequestration: Decimal, performance_payment_limit: Decimal
) -> Decimal:
    """Shared savings within the limit, of the whole calendar year."""
    return min(shared_savings_after_sequestration, performance_payment_limit)


def require_months(counted: Decimal, performance: Decimal, months: Decimal) -> None:
    """Raise RefusedError for months that no calendar year, or no performance year, has."""
    if counted != MONTHS_PER_YEAR:
        what = f"benchmark and expenditure are of {counted:f} months; expected the"
        raise RefusedError(f"{what} {MONTHS_PER_YEAR} of the calendar year")
    if not 0 < performance <= counted:
        what = f"{performance:f} months; expected more than 0 and at most {counted:f}"
        raise RefusedError(what)
    if not 0 < months <= performance:
        what = f"ended after {months:f} months; expected more than 0 and at most {performance:f}"
        raise RefusedError(f"{what}, those of the performance year")


@rule(unit="rate", cite="42 CFR 425.609(b)-(c), 425.221(b)(2)")
def share_of_year(
    performance_months: Decimal, counted_months: Decimal, termination_months: Decimal | None
) -> Decimal:
    """Months that count, of the twelve that benchmark and expenditure are of."""
    months = performance_months if termination_months is None else termination_months
    require_months(counted_months, performance_months, months)
    return months / counted_months


@rule(unit="usd", cite="42 CFR 425.609(b)(3)(ii)(D)(2), (c)(3)(ii)(D)(2), 425.221(b)(1)")
def performance_payment(
    performance_payment_of_year: Decimal,
    share_of_year: Decimal,
    performance_months: Decimal,
    termination_months: Decimal | None,
) -> Decimal:
    """The year's payment for the months that count; none if ended within the performance year."""
    if termination_months is not None and termination_months < performance_months:
        return Decimal(0)
    return performance_payment_of_year * share_of_year


@rule(unit="usd", cite="42 CFR 425.604(f), 425.605(e), 425.606(h), 425.610(h)")
def earned_savings_or_losses(performance_payment: Decimal, shared_losses: Decimal) -> Decimal:
    """Payment earned, or losses owed (below zero), to the cent."""
    return round_half_up(performance_payment - shared_losses, 2)


@rule(unit="usd", cite="42 CFR 425.630(g)(1)")
def advance_investment_recouped(
    performance_payment: Decimal, advance_investment_balance: Decimal
) -> Decimal:
    """Advance investment payments taken back from the payment earned, to the cent."""
    return min(round_half_up(performance_payment, 2), advance_investment_balance)


@rule(unit="usd", cite="42 CFR 425.630(g)(2)")
def advance_investment_owed(
    advance_investment_balance: Decimal, advance_investment_recouped: Decimal
) -> Decimal:
    """Advance investment payments still to be recouped."""
    return advance_investment_balance - advance_investment_recouped


@rule(unit="usd", cite="42 CFR 425.604(f), 425.605(e), 425.606(h), 425.610(h), 425.630(g)")
def amount_due(earned_savings_or_losses: Decimal, advance_investment_recouped: Decimal) -> Decimal:
    """What CMS pays the ACO, or the ACO pays CMS (below zero)."""
    return earned_savings_or_losses - advance_investment_recouped
