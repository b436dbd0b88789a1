"""Quality on which another component's share depends, from the measures settled in this contract.

With `pay_for_performance`: the composite of its measures is the quality score, and a gate is passed
where the composite reaches a minimum and no required measure failed. The measures need not pay
anything by themselves. Without this component, quality is a fact of the settlement.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Leaf, Unknown, rule
from openvbc.rules.scale import Check, require, wrong_share

CHECKS: Final[Mapping[str, Check]] = {"measured_quality_minimum": wrong_share}
"""What the term of the contract must be."""

_BY_MEASURES: Final = "contract, quality measures; component pay_for_performance computes it"

LEAVES: Final = (
    Leaf(
        "measured_quality_minimum",
        "rate",
        "composite from which the gate is passed; 0 = only required measures shut it",
        "contract, quality gate",
    ),
    Leaf(
        "performance_composite",
        "rate",
        "points earned as a share of those that could be; none = no measure counts",
        _BY_MEASURES,
    ),
    Leaf("performance_gate_open", "flag", "whether no required measure failed", _BY_MEASURES),
    Leaf("performance_failed_measures", "text", "measures that earned nothing", _BY_MEASURES),
    Leaf("performance_missed_measures", "text", "measures that could earn more", _BY_MEASURES),
)

RESULTS: Final = ("quality_score", "savings_quality_gate_met", "failed_quality_measures")


@rule(unit="rate", cite="contract, quality measures that the shares depend on")
def quality_score(performance_composite: Decimal | None) -> Decimal | Unknown:
    """Composite of the contract's own measures; unknown where no measure counts."""
    if performance_composite is None:
        return Unknown("quality unknown: no measure has the patients to count")
    return performance_composite


@rule(unit="flag", cite="contract, quality gate")
def savings_quality_gate_met(
    quality_score: Decimal, measured_quality_minimum: Decimal, performance_gate_open: bool
) -> bool:
    """Whether the composite reaches the minimum and no required measure failed."""
    require(CHECKS, measured_quality_minimum=measured_quality_minimum)
    return performance_gate_open and quality_score >= measured_quality_minimum


@rule(unit="text", cite="contract, quality gate")
def failed_quality_measures(
    savings_quality_gate_met: bool,
    performance_failed_measures: str | None,
    performance_missed_measures: str | None,
) -> str | None:
    """Measures for which the gate was missed: those that failed, else those that fell short."""
    if savings_quality_gate_met:
        return None
    return performance_failed_measures or performance_missed_measures
