"""LEAD settlement: from the performance year benchmark to what the ACO keeps.

The rules stand in the order of the model's methodology: discount and quality withhold, expenditure
with capitation counted once, corridors, sequestration, what was paid in advance, and the amounts
of arrangements nested in the settlement (`lead_cara`). The benchmark before the discount (fixed
base years, trend, risk, regional or prior-savings adjustment) is a fact that CMS reports. Amounts
are dollars, exact until the last steps; losses stand below zero.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules import reach_settlement
from openvbc.rules.check import require_not_negative, require_share
from openvbc.rules.reach_settlement import Corridors, beyond_corridors
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import share_by_bands

_RFA: Final = "CMS, LEAD Model RFA (15 April 2026),"
_PAPER: Final = "CMS, LEAD Model PY2027 Alignment and Finance Methodology (July 2026)"


def _paid(name: str, says: str, cite: str) -> Leaf:
    return Leaf(name, "usd", says, cite, default=Decimal(0))


LEAVES: Final = (
    Leaf(
        "risk_arrangement",
        "text",
        "global or professional: the risk option of the performance year",
        f"{_RFA} risk options",
    ),
    Leaf(
        "spending_designation",
        "text",
        "higher or lower: the ACO's spending in the base years against that of its region",
        f"{_RFA} section VIII",
    ),
    Leaf(
        "benchmark_before_discount",
        "usd",
        "performance year benchmark as CMS reports it, with every adjustment and add-on, before "
        "discount and withhold",
        f"{_RFA} section VIII",
    ),
    Leaf(
        "quality_score",
        "rate",
        "share of the quality withhold that quality earns back",
        f"{_RFA} section XI",
    ),
    Leaf(
        "claims_paid",
        "usd",
        "Parts A and B claims paid for the aligned beneficiaries, after the reductions that "
        "capitation and advance payments replace",
        f"{_RFA} payment mechanisms",
    ),
    _paid(
        "base_primary_care_capitation",
        "base primary care capitation paid",
        f"{_RFA} payment mechanisms",
    ),
    _paid(
        "total_care_capitation",
        "total care capitation paid (global option only)",
        f"{_RFA} payment mechanisms",
    ),
    _paid(
        "non_primary_care_capitation",
        "non-primary-care capitation paid",
        f"{_RFA} payment mechanisms",
    ),
    _paid(
        "enhanced_primary_care_capitation",
        "enhanced primary care capitation paid: an advance, taken back in the settlement",
        f"{_RFA} payment mechanisms",
    ),
    _paid(
        "advance_payments",
        "advanced payment option: paid ahead of claims",
        f"{_RFA} payment mechanisms",
    ),
    _paid(
        "advance_payment_reductions",
        "advanced payment option: claims not paid because they were paid ahead",
        f"{_RFA} payment mechanisms",
    ),
    _paid("stop_loss_charge", "charge for stop-loss, as CMS reports it", f"{_RFA} stop-loss"),
    _paid("stop_loss_payout", "payout of stop-loss, as CMS reports it", f"{_RFA} stop-loss"),
    _paid("high_performers_bonus", "bonus from the high performers pool", f"{_RFA} section XI"),
    Leaf(
        "shared_beyond_known_corridors",
        "usd",
        "the ACO's share, below zero for losses, beyond the last corridor whose figures are known",
        "settlement report of CMS",
        default=None,
    ),
    _paid(
        "net_to_participants",
        "net amount that goes to participants of nested arrangements; a contract with the "
        "component for such arrangements computes it",
        f"{_RFA} section X.C",
    ),
)

RESULTS: Final = (
    "settlement_benchmark",
    "performance_year_expenditure",
    "gross_savings_or_losses",
    "shared_savings_or_losses",
    "shared_after_sequestration",
    "settlement_amount",
    "aco_net",
)

_WAY: Final = (
    "settlement_benchmark",
    "less performance_year_expenditure",
    "gross_savings_or_losses",
    "shared_savings_or_losses",
    "shared_after_sequestration",
    "less enhanced_capitation_recouped",
    "less advance_payments_recouped",
    "settlement_amount",
    "less net_to_participants",
    "aco_net",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite=f"{_RFA} section VIII")
def discounted_benchmark(
    benchmark_before_discount: Decimal, benchmark_discount: Decimal | None
) -> Decimal | Unknown:
    """Benchmark less the discount, by which CMS saves first."""
    if benchmark_discount is None:
        return Unknown("discount unknown: not published for this spending designation and year")
    return benchmark_before_discount * (1 - benchmark_discount)


@rule(unit="usd", cite=f"{_RFA} section XI")
def quality_withhold(discounted_benchmark: Decimal, quality_withhold_rate: Decimal) -> Decimal:
    """Part of the discounted benchmark that quality must earn back."""
    return discounted_benchmark * quality_withhold_rate


@rule(unit="usd", cite=f"{_RFA} section XI")
def quality_withhold_earned(quality_withhold: Decimal, quality_score: Decimal) -> Decimal:
    """Part of the withhold that quality earns back."""
    require_share(quality_score=quality_score)
    return quality_withhold * quality_score


@rule(unit="usd", cite=f"{_RFA} sections VIII and XI")
def settlement_benchmark(
    discounted_benchmark: Decimal, quality_withhold: Decimal, quality_withhold_earned: Decimal
) -> Decimal:
    """Benchmark that expenditure is held against, and the base of the risk corridors."""
    benchmark = discounted_benchmark - quality_withhold + quality_withhold_earned
    if benchmark <= 0:
        raise RefusedError(f"the benchmark is {benchmark:f}; expected more than 0")
    return benchmark


@rule(unit="usd", cite=f"{_RFA} payment mechanisms")
def capitation_counted(
    base_primary_care_capitation: Decimal,
    total_care_capitation: Decimal,
    non_primary_care_capitation: Decimal,
    risk_arrangement: str,
) -> Decimal:
    """Capitation paid in place of claims; it counts as expenditure, once, and is not repaid."""
    require_not_negative(
        base_primary_care_capitation=base_primary_care_capitation,
        total_care_capitation=total_care_capitation,
        non_primary_care_capitation=non_primary_care_capitation,
    )
    if total_care_capitation and risk_arrangement.lower() != "global":
        raise RefusedError("total care capitation is paid under the global option only")
    return base_primary_care_capitation + total_care_capitation + non_primary_care_capitation


@rule(unit="usd", cite=f"{_RFA} payment mechanisms, stop-loss")
def performance_year_expenditure(
    claims_paid: Decimal,
    advance_payment_reductions: Decimal,
    capitation_counted: Decimal,
    stop_loss_charge: Decimal,
    stop_loss_payout: Decimal,
) -> Decimal:
    """Claims as if none were paid ahead, capitation in place of claims, and stop-loss, net."""
    require_not_negative(
        claims_paid=claims_paid,
        advance_payment_reductions=advance_payment_reductions,
        stop_loss_charge=stop_loss_charge,
        stop_loss_payout=stop_loss_payout,
    )
    claims = claims_paid + advance_payment_reductions
    return claims + capitation_counted + stop_loss_charge - stop_loss_payout


@rule(unit="usd", cite=f"{_RFA} risk options")
def gross_savings_or_losses(
    settlement_benchmark: Decimal, performance_year_expenditure: Decimal
) -> Decimal:
    """Benchmark less expenditure, from the first dollar; below zero is a loss."""
    return settlement_benchmark - performance_year_expenditure


@rule(unit="usd", cite=f"{_PAPER}, risk corridors")
def shared_within_corridors(
    gross_savings_or_losses: Decimal,
    settlement_benchmark: Decimal,
    savings_corridors: Corridors | None,
    loss_corridors: Corridors | None,
) -> Decimal:
    """The ACO's share of savings or losses, corridor by corridor, as far as they are known."""
    corridors = savings_corridors if gross_savings_or_losses >= 0 else loss_corridors
    return share_by_bands(corridors or (), gross_savings_or_losses, settlement_benchmark)


@rule(unit="usd", cite=f"{_PAPER}, risk corridors")
def beyond_known_corridors(
    gross_savings_or_losses: Decimal,
    settlement_benchmark: Decimal,
    savings_corridors: Corridors | None,
    loss_corridors: Corridors | None,
) -> Decimal:
    """Savings or losses beyond the last known corridor: all of them where none is published."""
    corridors = savings_corridors if gross_savings_or_losses >= 0 else loss_corridors
    return beyond_corridors(gross_savings_or_losses, settlement_benchmark, corridors or ())


@rule(unit="usd", cite=f"{_PAPER}, risk corridors")
def shared_savings_or_losses(
    shared_within_corridors: Decimal,
    beyond_known_corridors: Decimal,
    shared_beyond_known_corridors: Decimal | None,
) -> Decimal | Unknown:
    """The ACO's whole share; beyond the known corridors only as CMS reports it."""
    return reach_settlement.shared_savings_or_losses(
        shared_within_corridors, beyond_known_corridors, shared_beyond_known_corridors
    )


@rule(unit="usd", cite="2 U.S.C. 901a(6)")
def shared_after_sequestration(
    shared_savings_or_losses: Decimal, sequestration_rate: Decimal
) -> Decimal:
    """Shared savings less sequestration, to the cent; losses are owed in full."""
    kept = 1 - sequestration_rate if shared_savings_or_losses > 0 else 1
    return round_half_up(shared_savings_or_losses * kept, 2)


@rule(unit="usd", cite=f"{_RFA} payment mechanisms")
def enhanced_capitation_recouped(enhanced_primary_care_capitation: Decimal) -> Decimal:
    """Enhanced primary care capitation, taken back whole."""
    require_not_negative(enhanced_primary_care_capitation=enhanced_primary_care_capitation)
    return enhanced_primary_care_capitation


@rule(unit="usd", cite=f"{_RFA} payment mechanisms")
def advance_payments_recouped(
    advance_payments: Decimal, advance_payment_reductions: Decimal
) -> Decimal:
    """Advance payments above the claims that they replaced; below zero CMS pays the rest."""
    require_not_negative(advance_payments=advance_payments)
    return advance_payments - advance_payment_reductions


@rule(unit="usd", cite=f"{_RFA} financial settlement")
def settlement_amount(
    shared_after_sequestration: Decimal,
    enhanced_capitation_recouped: Decimal,
    advance_payments_recouped: Decimal,
    high_performers_bonus: Decimal,
) -> Decimal:
    """What CMS pays for the year, nested arrangements included; below zero is owed to CMS."""
    require_not_negative(high_performers_bonus=high_performers_bonus)
    recouped = enhanced_capitation_recouped + advance_payments_recouped
    return round_half_up(shared_after_sequestration + high_performers_bonus - recouped, 2)


@rule(unit="usd", cite=f"{_RFA} section X.C")
def aco_net(settlement_amount: Decimal, net_to_participants: Decimal) -> Decimal:
    """What is left to the ACO after what goes to participants of nested arrangements.

    Together with the participants' amounts it is the settlement amount, to the cent.
    """
    return settlement_amount - net_to_participants
