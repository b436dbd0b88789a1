"""Which of a component's names are agreed in the contract, and which come with each settlement."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from openvbc.contract.component import Component, component, component_names
from openvbc.rules import scale
from openvbc.rules.rule import Leaf

COUNTED: Final = frozenset(
    {
        "acpt_growth",
        "aggregate_claims",
        "aggregate_expected_claims",
        "base_3_dual_share",
        "benchmark_above_truncation",
        "capitation_risk_factor",
        "care_management_changes",
        "care_services_delivered",
        "coding_intensity_factor",
        "expenditure_above_truncation",
        "expenditure_claims",
        "expenditure_completion_factor",
        "expenditure_non_claim_payments",
        "expenditure_rebates",
        "low_income_or_dual_share",
        "member_months",
        "observed_trend_ratio",
        "premium_credibility",
        "regional_adjustment_count",
        "regional_rate",
        "stop_loss_members",
        "target_risk_ratio",
    }
)
"""Names that a component checks as it checks its terms, and that are counted for each period."""

AGREED: Final = frozenset(
    {
        "direct_care_promised",
        "guarantee_lower_is_better",
        "guarantee_promised",
        "performance_lower_is_better",
        "performance_required",
        "risk_arrangement",
        "savings_quality_gate",
        "service_in_capitation",
        "stop_loss_attachment_prorated",
        "track",
    }
)
"""Names that no check of a component tells to be terms, and that parties agree beforehand."""

BANDS: Final = (scale.wrong_bands, scale.wrong_shares, scale.wrong_corridors)

BEFOREHAND: Final = "agreement_number"
"""The leaf that every contract gives by `agreement:`."""


def given(part: Component) -> Mapping[str, Leaf]:
    """The leaves of a component that a file can give: those that no table counts."""
    return {
        name: leaf
        for name, leaf in part.leaves.items()
        if not leaf.table and name != BEFOREHAND and name not in part.rules
    }


def every_leaf() -> Mapping[str, Leaf]:
    """Every leaf that a file can give, of any component, by name."""
    return {name: it for part in component_names() for name, it in given(component(part)).items()}


def is_agreed(part: Component, leaf: Leaf) -> bool:
    """Whether a leaf is a term that parties agree, and no figure of one period.

    A hint for who writes the files: either file may give any leaf. A figure of several years is
    never agreed beforehand.
    """
    checked = leaf.name in part.checks and leaf.name not in COUNTED and "period" not in leaf.per
    return checked or leaf.name in AGREED


def words_of(part: Component, name: str) -> tuple[str, ...]:
    """The words that a term can be; empty where any will do."""
    cells: Sequence[Any] = getattr(part.checks.get(name), "__closure__", None) or ()
    found = [it.cell_contents for it in cells]
    return found[0] if len(found) == 1 and isinstance(found[0], tuple) else ()


def is_scale(part: Component, name: str) -> bool:
    """Whether a list is a scale of bands."""
    return part.checks.get(name) in BANDS


def per(leaf: Leaf) -> str:
    """For what a leaf is one value each, in words; empty where it is one value."""
    axes = {"period": "period", "stratum": "stratum"}
    return " and ".join(words for axis, words in axes.items() if axis in leaf.per)


def about(leaf: Leaf) -> str:
    """A leaf in a sentence: what it says, its unit, and for what it is one value each."""
    each = f", one for each {per(leaf)}" if leaf.per else ""
    return f"{leaf.says} ({leaf.unit}{each})"
