"""ACO REACH settlement: from benchmark and cost of care to the amount due.

The rules stand in the order of the model's request for applications, section VI.D: health-equity
adjustment, cost of care after stop-loss, gross savings, risk corridors, sequestration. Savings and
losses are shared alike; losses stand below zero. Amounts are dollars, exact until the last step.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from openvbc.money import decimal_text, round_half_up
from openvbc.rules.check import require_not_negative
from openvbc.rules.reach_benchmark import RISK_ARRANGEMENT
from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import share_by_bands

Corridors = Sequence[Mapping[str, Any]]

LEAVES: Final = (
    RISK_ARRANGEMENT,
    Leaf(
        "final_benchmark",
        "usd",
        "performance year benchmark after discount, withholds and quality earn-back; a contract "
        "with the benchmark component computes it",
        "ACO REACH Request for Applications (2022), Table 6.16",
    ),
    Leaf(
        "health_equity_up",
        "usd",
        "upward health-equity benchmark adjustment (HEBA)",
        "ACO REACH Request for Applications (2022), section V.K",
        default=Decimal(0),
    ),
    Leaf(
        "health_equity_down",
        "usd",
        "downward health-equity benchmark adjustment (HEBA), below zero",
        "ACO REACH Request for Applications (2022), section V.K",
        default=Decimal(0),
    ),
    Leaf(
        "total_cost_of_care",
        "usd",
        "Parts A and B cost of care of the aligned beneficiaries, capitation included, before "
        "stop-loss",
        "ACO REACH Request for Applications (2022), section VI.D",
    ),
    Leaf(
        "stop_loss_charge",
        "usd",
        "charge for the stop-loss arrangement, as CMS reports it",
        "ACO REACH Request for Applications (2022), section VI.D",
        default=Decimal(0),
    ),
    Leaf(
        "stop_loss_payout",
        "usd",
        "payout of the stop-loss arrangement, as CMS reports it",
        "ACO REACH Request for Applications (2022), section VI.D",
        default=Decimal(0),
    ),
    Leaf(
        "shared_beyond_known_corridors",
        "usd",
        "the ACO's share, below zero for losses, beyond the last corridor whose figures are known",
        "settlement report of CMS",
        default=None,
    ),
)

RESULTS: Final = (
    "benchmark_with_health_equity",
    "net_cost_of_care",
    "gross_savings_or_losses",
    "gross_savings_rate",
    "shared_savings_or_losses",
    "shared_after_sequestration",
    "amount_due",
)

_TO_SHARED: Final = (
    "benchmark_with_health_equity",
    "less net_cost_of_care",
    "gross_savings_or_losses",
    "shared_savings_or_losses",
)

WATERFALL: Final = {
    "payer_pays": (*_TO_SHARED, "shared_after_sequestration", "amount_due"),
    "entity_pays": (*_TO_SHARED, "amount_due"),
}


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section V.K")
def health_equity_adjustment(
    health_equity_up: Decimal, health_equity_down: Decimal, health_equity_adjustment_open: bool
) -> Decimal:
    """Upward and downward health-equity adjustments (HEBA) together."""
    if health_equity_up < 0 or health_equity_down > 0:
        found = f"{health_equity_up:f} up, {health_equity_down:f} down"
        raise RefusedError(f"found {found}; expected 0 or more up, 0 or less down")
    if (health_equity_up or health_equity_down) and not health_equity_adjustment_open:
        raise RefusedError("benchmarks are not adjusted for health equity in this year")
    return health_equity_up + health_equity_down


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section V.K")
def benchmark_with_health_equity(
    final_benchmark: Decimal, health_equity_adjustment: Decimal
) -> Decimal:
    """Benchmark that the cost of care is held against, and the base of the risk corridors."""
    benchmark = final_benchmark + health_equity_adjustment
    if min(final_benchmark, benchmark) <= 0:
        found = decimal_text(min(final_benchmark, benchmark))
        raise RefusedError(f"the benchmark is {found}; expected more than 0")
    return benchmark


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section VI.D (stop-loss)")
def net_cost_of_care(
    total_cost_of_care: Decimal, stop_loss_charge: Decimal, stop_loss_payout: Decimal
) -> Decimal:
    """Cost of care with the stop-loss charge, less the stop-loss payout."""
    require_not_negative(
        total_cost_of_care=total_cost_of_care,
        stop_loss_charge=stop_loss_charge,
        stop_loss_payout=stop_loss_payout,
    )
    return total_cost_of_care + stop_loss_charge - stop_loss_payout


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section VI.D")
def gross_savings_or_losses(
    benchmark_with_health_equity: Decimal, net_cost_of_care: Decimal
) -> Decimal:
    """Benchmark less net cost of care; below zero is a loss."""
    return benchmark_with_health_equity - net_cost_of_care


@rule(unit="rate", cite="ACO REACH results file, SAV_RATE")
def gross_savings_rate(
    gross_savings_or_losses: Decimal, benchmark_with_health_equity: Decimal
) -> Decimal:
    """Gross savings or losses as a share of the benchmark."""
    return gross_savings_or_losses / benchmark_with_health_equity


def beyond_corridors(amount: Decimal, benchmark: Decimal, corridors: Corridors) -> Decimal:
    """Savings or losses (below zero) beyond the last corridor: all of them where there is none."""
    last: Decimal | None = corridors[-1]["to"] if corridors else Decimal(0)
    if last is None:
        return Decimal(0)
    beyond = max(abs(amount) - last * benchmark, Decimal(0))
    return beyond if amount > 0 else -beyond


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section VI.D (risk corridors)")
def shared_within_corridors(
    gross_savings_or_losses: Decimal,
    benchmark_with_health_equity: Decimal,
    risk_corridors: Corridors,
) -> Decimal:
    """The ACO's share of savings or losses, corridor by corridor."""
    return share_by_bands(risk_corridors, gross_savings_or_losses, benchmark_with_health_equity)


@rule(unit="usd", cite="ACO REACH PY2026 Model Update – Quick Reference (risk corridors)")
def beyond_known_corridors(
    gross_savings_or_losses: Decimal,
    benchmark_with_health_equity: Decimal,
    risk_corridors: Corridors,
) -> Decimal:
    """Savings or losses beyond the last corridor whose figures are known; 0 where it is open."""
    return beyond_corridors(gross_savings_or_losses, benchmark_with_health_equity, risk_corridors)


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section VI.D (risk corridors)")
def shared_savings_or_losses(
    shared_within_corridors: Decimal,
    beyond_known_corridors: Decimal,
    shared_beyond_known_corridors: Decimal | None,
) -> Decimal | Unknown:
    """The ACO's whole share; beyond the known corridors only as CMS reports it."""
    if beyond_known_corridors == 0:
        if shared_beyond_known_corridors:
            what = f"shared_beyond_known_corridors is {shared_beyond_known_corridors:f}"
            raise RefusedError(f"{what}; nothing lies beyond the known corridors")
        return shared_within_corridors
    if shared_beyond_known_corridors is None:
        return Unknown("share unknown: beyond the known corridors, and CMS's share is missing")
    part = shared_beyond_known_corridors / beyond_known_corridors
    if not 0 <= part <= 1:
        what = f"shared_beyond_known_corridors is {shared_beyond_known_corridors:f}"
        raise RefusedError(f"{what}; expected a part of {beyond_known_corridors:f}")
    return shared_within_corridors + shared_beyond_known_corridors


@rule(unit="usd", cite="2 U.S.C. 901a(6)")
def shared_after_sequestration(
    shared_savings_or_losses: Decimal, sequestration_rate: Decimal
) -> Decimal:
    """Shared savings less sequestration; losses are owed in full."""
    if shared_savings_or_losses <= 0:
        return shared_savings_or_losses
    return shared_savings_or_losses * (1 - sequestration_rate)


@rule(unit="usd", cite="ACO REACH Request for Applications (2022), section VI.D")
def amount_due(shared_after_sequestration: Decimal) -> Decimal:
    """What CMS pays the ACO, or the ACO pays CMS (below zero), to the cent."""
    return round_half_up(shared_after_sequestration, 2)
