"""Shared savings between any payer and entity, one- or two-sided.

It pays the entity its share of what a population cost less than its benchmark, and charges it its
share of what it cost more. The order of a contract: benchmark and expenditure, the minimum savings
rate, which savings count, the quality gate and scale, the share, sequestration, the cap; then the
losses (`shared_losses`), and the amount due.

The minimum is inclusive on both sides: savings, or losses, of exactly the minimum are shared.
Nothing is shared where there is neither saving nor loss. Amounts are dollars, exact until the last
step. Sequestration comes before the cap, as in 42 CFR 425.605(d).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules import shared_losses
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
from openvbc.rules.shared_losses import ABOVE_MINIMUM, FIRST_DOLLAR, counted, smallest_cap
from openvbc.rules.truncated_expenditure import require_both_sides

PARTS: Final = (shared_losses,)

LEAVES: Final = (
    Leaf(
        "total_benchmark",
        "usd",
        "what the population was expected to cost; component commercial_target computes it",
        "contract, benchmark",
    ),
    Leaf(
        "total_expenditure",
        "usd",
        "what the population cost; component commercial_target computes it",
        "contract, expenditure",
    ),
    Leaf(
        "pooled_benchmark",
        "usd",
        "benchmark after truncation, with the pooling charge, as component truncated_expenditure "
        "computes it; none = total_benchmark",
        "contract, truncation and pooling charge",
        default=None,
    ),
    Leaf(
        "pooled_expenditure",
        "usd",
        "expenditure after truncation, with the pooling charge, as component truncated_expenditure "
        "computes it; none = total_expenditure",
        "contract, truncation and pooling charge",
        default=None,
    ),
    Leaf(
        "savings_minimum_rate",
        "rate",
        "savings as a share of the benchmark from which they are shared",
        "contract, minimum savings rate",
    ),
    Leaf(
        "savings_counted_from",
        "text",
        "first_dollar or above_minimum: which savings are shared once the minimum is reached",
        "contract, minimum savings rate",
        default=FIRST_DOLLAR,
    ),
    Leaf(
        "savings_entity_share", "rate", "the entity's share of savings", "contract, savings share"
    ),
    Leaf(
        "savings_quality_gate",
        "flag",
        "whether the share of savings depends on passing a quality gate",
        "contract, quality",
        default=False,
    ),
    Leaf(
        "savings_part_if_gate_failed",
        "rate",
        "part of the savings share that is left when the quality gate is failed",
        "contract, quality",
        default=Decimal(0),
    ),
    Leaf(
        "savings_quality_gate_met",
        "flag",
        "whether the entity passed the quality gate; none = not known yet",
        "contract, quality",
        default=None,
    ),
    Leaf(
        "failed_quality_measures",
        "text",
        "the quality measures that were failed, by name; none = none",
        "contract, quality",
        default=None,
    ),
    Leaf(
        "savings_quality_scale",
        "brackets",
        "quality score → part of the savings share that is earned; none = all of it",
        "contract, quality",
        default=None,
    ),
    Leaf(
        "quality_score",
        "rate",
        "quality score on the scale of the contract; none = not known yet",
        "contract, quality",
        default=None,
    ),
    Leaf(
        "savings_sequestration_share",
        "rate",
        "share of a payment that is withheld by sequestration; losses are owed in full",
        "contract, sequestration; 2 U.S.C. 901a(6)",
        default=Decimal(0),
    ),
    Leaf(
        "savings_cap_of_benchmark",
        "rate",
        "most that the payer pays, as a share of the benchmark; none = no such cap",
        "contract, cap on savings",
        default=None,
    ),
    Leaf(
        "savings_cap_of_revenue",
        "rate",
        "most that the payer pays, as a share of the participants' revenue; none = no such cap",
        "contract, cap on savings",
        default=None,
    ),
    Leaf(
        "savings_participant_revenue",
        "usd",
        "what the payer paid the entity's participants in the period; for a cap of revenue",
        "contract, caps on savings and losses",
        default=None,
    ),
    *shared_losses.LEAVES,
)

CHECKS: Final[Mapping[str, Check]] = {
    "savings_minimum_rate": wrong_share,
    "savings_counted_from": wrong_word(FIRST_DOLLAR, ABOVE_MINIMUM),
    "savings_entity_share": wrong_share,
    "savings_part_if_gate_failed": wrong_share,
    "savings_quality_scale": wrong_shares,
    "savings_sequestration_share": wrong_share,
    "savings_cap_of_benchmark": wrong_factor,
    "savings_cap_of_revenue": wrong_factor,
    **shared_losses.CHECKS,
}

RESULTS: Final = (
    "savings_gross",
    "savings_gross_rate",
    "savings_minimum",
    "savings_counted",
    "savings_quality_finding",
    "savings_final_share",
    "savings_earned",
    "savings_after_sequestration",
    "savings_cap",
    "savings_paid",
    "losses_minimum",
    "losses_counted",
    "losses_final_share",
    "losses_before_cap",
    "losses_cap",
    "losses_owed",
    "savings_outcome",
    "savings_settlement",
)

PAYS: Final = "savings_settlement"

_TO_GROSS: Final = ("savings_benchmark", "less savings_expenditure", "savings_gross")

WATERFALL: Final = {
    "payer_pays": (
        *_TO_GROSS,
        "savings_counted",
        "savings_earned",
        "savings_after_sequestration",
        "savings_paid",
        PAYS,
    ),
    "entity_pays": (
        *_TO_GROSS,
        "owed losses_counted",
        "owed losses_before_cap",
        "owed losses_owed",
        PAYS,
    ),
}


@rule(unit="usd", cite="contract, benchmark")
def savings_benchmark(
    total_benchmark: Decimal,
    pooled_benchmark: Decimal | None,
    pooled_expenditure: Decimal | None,
) -> Decimal:
    """What the population was expected to cost, after truncation where that is agreed."""
    require_both_sides(pooled_benchmark, pooled_expenditure)
    benchmark = total_benchmark if pooled_benchmark is None else pooled_benchmark
    if benchmark <= 0:
        raise RefusedError(f"the benchmark is {benchmark:f}; expected more than 0")
    return benchmark


@rule(unit="usd", cite="contract, expenditure")
def savings_expenditure(total_expenditure: Decimal, pooled_expenditure: Decimal | None) -> Decimal:
    """What the population cost, after truncation where that is agreed."""
    return total_expenditure if pooled_expenditure is None else pooled_expenditure


@rule(unit="usd", cite="contract, savings and losses")
def savings_gross(savings_benchmark: Decimal, savings_expenditure: Decimal) -> Decimal:
    """Benchmark less expenditure; below zero is a loss."""
    return savings_benchmark - savings_expenditure


@rule(unit="rate", cite="contract, savings and losses")
def savings_gross_rate(savings_gross: Decimal, savings_benchmark: Decimal) -> Decimal:
    """Savings as a share of the benchmark; below zero is a loss."""
    return savings_gross / savings_benchmark


@rule(unit="usd", cite="contract, minimum savings rate")
def savings_minimum(savings_minimum_rate: Decimal, savings_benchmark: Decimal) -> Decimal:
    """Savings from which they are shared, in dollars."""
    require(CHECKS, savings_minimum_rate=savings_minimum_rate)
    return savings_minimum_rate * savings_benchmark


@rule(unit="usd", cite="contract, minimum savings rate")
def savings_counted(
    savings_gross: Decimal, savings_minimum: Decimal, savings_counted_from: str
) -> Decimal:
    """Savings that are shared: none below the minimum, exactly on it they are."""
    require(CHECKS, savings_counted_from=savings_counted_from)
    return counted(savings_gross, savings_minimum, savings_counted_from)


@rule(unit="flag", cite="contract, quality")
def savings_quality_gate_passed(
    savings_quality_gate: bool,
    savings_quality_gate_met: bool | None,
    failed_quality_measures: str | None,
) -> bool | Unknown:
    """Whether quality leaves the share whole: the gate is passed, or there is none."""
    if not savings_quality_gate:
        return True
    if savings_quality_gate_met is None:
        return Unknown("quality unknown: savings_quality_gate_met missing")
    if not savings_quality_gate_met and not failed_quality_measures:
        raise RefusedError("the quality gate is failed; name failed_quality_measures")
    return savings_quality_gate_met


@rule(unit="text", cite="contract, quality")
def savings_quality_finding(
    savings_quality_gate: bool,
    savings_quality_gate_passed: bool,
    failed_quality_measures: str | None,
) -> str:
    """How the quality gate came out, with the measures that were failed."""
    failed = f"; failed: {failed_quality_measures}" if failed_quality_measures else ""
    if not savings_quality_gate:
        return f"no quality gate{failed}"
    return f"quality gate {'passed' if savings_quality_gate_passed else 'failed'}{failed}"


@rule(unit="rate", cite="contract, savings share and quality")
def savings_final_share(
    savings_entity_share: Decimal,
    savings_quality_gate_passed: bool,
    savings_part_if_gate_failed: Decimal,
    savings_quality_scale: Bands | None,
    quality_score: Decimal | None,
) -> Decimal | Unknown:
    """Share of the savings that is earned: the savings share, times what quality leaves of it."""
    require(
        CHECKS,
        savings_entity_share=savings_entity_share,
        savings_part_if_gate_failed=savings_part_if_gate_failed,
        savings_quality_scale=savings_quality_scale,
    )
    part = Decimal(1) if savings_quality_gate_passed else savings_part_if_gate_failed
    if part == 0 or savings_quality_scale is None:
        return savings_entity_share * part
    if quality_score is None:
        return Unknown("savings share unknown: quality_score missing")
    return savings_entity_share * part * value_of(savings_quality_scale, quality_score)


@rule(unit="usd", cite="contract, savings share")
def savings_earned(
    savings_counted: Decimal, savings_final_share: Decimal | Unknown
) -> Decimal | Unknown:
    """The entity's share of the savings."""
    if savings_counted == 0 or isinstance(savings_final_share, Unknown):
        return Decimal(0) if savings_counted == 0 else savings_final_share
    return savings_counted * savings_final_share


@rule(unit="usd", cite="contract, sequestration; 2 U.S.C. 901a(6)")
def savings_after_sequestration(
    savings_earned: Decimal, savings_sequestration_share: Decimal
) -> Decimal:
    """The share of the savings less sequestration."""
    require(CHECKS, savings_sequestration_share=savings_sequestration_share)
    return savings_earned * (1 - savings_sequestration_share)


@rule(unit="usd", cite="contract, cap on savings")
def savings_cap(
    savings_benchmark: Decimal,
    savings_cap_of_benchmark: Decimal | None,
    savings_participant_revenue: Decimal | None,
    savings_cap_of_revenue: Decimal | None,
) -> Decimal | Unknown | None:
    """Most that the payer pays: the smaller of the caps; none without a cap."""
    require(
        CHECKS,
        savings_cap_of_benchmark=savings_cap_of_benchmark,
        savings_cap_of_revenue=savings_cap_of_revenue,
    )
    return smallest_cap(
        savings_benchmark,
        savings_cap_of_benchmark,
        savings_participant_revenue,
        savings_cap_of_revenue,
    )


@rule(unit="usd", cite="contract, cap on savings")
def savings_paid(
    savings_after_sequestration: Decimal, savings_cap: Decimal | Unknown | None
) -> Decimal | Unknown:
    """Savings that the payer pays, within the cap."""
    if savings_after_sequestration == 0 or savings_cap is None:
        return savings_after_sequestration
    if isinstance(savings_cap, Unknown):
        return savings_cap
    return min(savings_after_sequestration, savings_cap)


@rule(unit="text", cite="contract, savings and losses")
def savings_outcome(savings_settlement: Decimal) -> str:
    """Bonus, penalty or none."""
    if savings_settlement == 0:
        return "none"
    return "bonus" if savings_settlement > 0 else "penalty"


@rule(unit="usd", cite="contract, settlement")
def savings_settlement(savings_paid: Decimal, losses_owed: Decimal) -> Decimal:
    """What the payer pays the entity, or the entity the payer (below zero), to the cent."""
    return round_half_up(savings_paid - losses_owed, 2)
