"""Hospital Readmissions Reduction Program: from readmission ratios to the payments lost.

The rules stand in the order of 42 CFR 412.152-412.154: the peer group, the excess readmission
ratio of each condition, the payments for excess readmissions as a share of all payments, the
payment adjustment factor, and what it takes from a year's base operating DRG payments. A stratum
is a condition or procedure: ami, copd, hf, pneumonia, cabg, tha_tka.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.rule import ByStratum, FlagByStratum, Leaf, RefusedError, Unknown, rule

FACTOR_PLACES: Final = 4

LEAVES: Final = (
    Leaf(
        "exempt_hospital",
        "flag",
        "whether the hospital is exempt: it is paid under the Maryland waiver or model",
        "42 U.S.C. 1395ww(q)(2)(B)(ii); 42 CFR 412.154(d)",
        default=False,
    ),
    Leaf(
        "dual_stays",
        "count",
        "Medicare stays, fee-for-service and managed care, of patients with full Medicaid benefits",
        "42 U.S.C. 1395ww(q)(3)(D)(ii); 42 CFR 412.152 (dual-eligible)",
        default=None,
    ),
    Leaf(
        "total_stays",
        "count",
        "all Medicare stays, fee-for-service and managed care, of the same period",
        "42 U.S.C. 1395ww(q)(3)(D)(ii); 42 CFR 412.152 (proportion of dual-eligibles)",
        default=None,
    ),
    *(
        Leaf(
            f"largest_dual_proportion_{group}",
            "rate",
            f"largest dual proportion of any hospital in the {ordinal} of the five peer groups",
            "42 U.S.C. 1395ww(q)(3)(D)(ii); CMS, HRRP supplemental data file",
            default=None,
        )
        for group, ordinal in ((1, "first"), (2, "second"), (3, "third"), (4, "fourth"))
    ),
    Leaf(
        "eligible_discharges",
        "count",
        "eligible discharges of the condition in the applicable period; none = no qualifying case",
        "42 U.S.C. 1395ww(q)(4)(C)(ii)",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "predicted_rate",
        "rate",
        "30-day readmission rate predicted from the hospital's own effect and its case mix",
        "42 U.S.C. 1395ww(q)(4)(C)(i)(I)",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "expected_rate",
        "rate",
        "30-day readmission rate expected from the average hospital's effect and this case mix",
        "42 U.S.C. 1395ww(q)(4)(C)(i)(II)",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "peer_group_median",
        "score",
        "median excess readmission ratio of the hospital's peer group",
        "42 CFR 412.152 (aggregate payments for excess readmissions)",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "drg_payment_ratio",
        "rate",
        "base operating DRG payments for the condition as a share of those for all discharges",
        "42 CFR 412.152 (aggregate payments for excess readmissions, for all discharges)",
        per=frozenset({"stratum"}),
        default=None,
    ),
    Leaf(
        "neutrality_modifier",
        "score",
        "national multiplier that makes the peer-group method save what the method before it did",
        "42 U.S.C. 1395ww(q)(3)(D)(iv); 42 CFR 412.152 (neutrality modifier)",
        default=None,
    ),
    Leaf(
        "base_operating_payments",
        "usd",
        "base operating DRG payments for the fiscal year's discharges, before this adjustment",
        "42 CFR 412.152 (base operating DRG payment amount), 412.154(b)",
    ),
)

RESULTS: Final = (
    "dual_proportion",
    "peer_group",
    "conditions_counted",
    "excess_readmission_ratio",
    "penalty_indicator",
    "readmissions_payment_reduction",
    "readmissions_adjustment_factor",
    "readmissions_reduction",
    "payments_after_readmissions",
)

_WAY: Final = (
    "base_operating_payments",
    "less readmissions_reduction",
    "payments_after_readmissions",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="rate", cite="42 U.S.C. 1395ww(q)(3)(D)(ii); 42 CFR 412.152")
def dual_proportion(
    peer_groups_apply: bool, dual_stays: Decimal | None, total_stays: Decimal | None
) -> Decimal | Unknown | None:
    """Share of the hospital's Medicare stays whose patients have full Medicaid benefits.

    None in the years before hospitals were grouped.
    """
    if not peer_groups_apply:
        return None
    if dual_stays is None or total_stays is None:
        return Unknown("dual proportion unknown: stays missing")
    if not 0 <= dual_stays <= total_stays or total_stays == 0:
        raise RefusedError(f"{dual_stays:f} dual stays of {total_stays:f}; expected a part of all")
    return dual_stays / total_stays


@rule(unit="count", cite="42 U.S.C. 1395ww(q)(3)(D)(i)-(ii)")
def peer_group(
    dual_proportion: Decimal | None,
    largest_dual_proportion_1: Decimal | None,
    largest_dual_proportion_2: Decimal | None,
    largest_dual_proportion_3: Decimal | None,
    largest_dual_proportion_4: Decimal | None,
) -> Decimal | Unknown | None:
    """Fifth of all hospitals by dual proportion, 1 the lowest, from the national distribution."""
    if dual_proportion is None:
        return None
    cuts = (
        largest_dual_proportion_1,
        largest_dual_proportion_2,
        largest_dual_proportion_3,
        largest_dual_proportion_4,
    )
    known = [cut for cut in cuts if cut is not None]
    if len(known) < len(cuts):
        return Unknown("peer group unknown: national dual proportions missing")
    return Decimal(1 + sum(dual_proportion > cut for cut in known))


@rule(unit="count", cite="42 U.S.C. 1395ww(q)(5)(A)-(B); 42 CFR 412.152 (applicable condition)")
def conditions_counted(condition_counts: FlagByStratum, conditions_in_year: Decimal) -> Decimal:
    """Conditions and procedures that enter the reduction.

    The settlement names each of them, also one without a qualifying case.
    """
    named = sum(condition_counts.values())
    if named != conditions_in_year:
        raise RefusedError(
            f"the settlement names {named} conditions that count; expected all "
            f"{conditions_in_year:f} of the year, those without a qualifying case included"
        )
    return Decimal(named)


@rule(unit="score", cite="42 U.S.C. 1395ww(q)(4)(C)(i); 42 CFR 412.152", per=("stratum",))
def excess_readmission_ratio(
    predicted_rate: Decimal | None, expected_rate: Decimal | None
) -> Decimal | None:
    """Predicted over expected readmission rate; none where no case of the hospital qualifies."""
    if predicted_rate is None or expected_rate is None:
        return None
    if expected_rate <= 0:
        raise RefusedError(f"the expected rate is {expected_rate:f}; expected more than 0")
    return predicted_rate / expected_rate


@rule(unit="score", cite="42 U.S.C. 1395ww(q)(4)(A)(iii); 42 CFR 412.152", per=("stratum",))
def excess_threshold(peer_groups_apply: bool, peer_group_median: Decimal | None) -> Decimal | None:
    """Ratio above which readmissions are excess: the peer group's median, or 1 before groups."""
    return peer_group_median if peer_groups_apply else Decimal(1)


@rule(unit="flag", cite="42 U.S.C. 1395ww(q)(4)(C)(ii); 42 CFR 412.152", per=("stratum",))
def penalty_indicator(
    condition_counts: bool,
    eligible_discharges: Decimal | None,
    minimum_discharges: Decimal,
    excess_readmission_ratio: Decimal | None,
    excess_threshold: Decimal | None,
) -> bool | Unknown:
    """Whether the condition adds to the reduction: enough discharges, a ratio above the threshold.

    A ratio equal to the threshold is not excess.
    """
    if not condition_counts:
        return False
    if eligible_discharges is None:
        told = excess_readmission_ratio is not None
        return Unknown("penalty unknown: eligible discharges missing") if told else False
    if eligible_discharges < minimum_discharges:
        return False
    if excess_readmission_ratio is None:
        return Unknown("penalty unknown: predicted or expected rate missing")
    if excess_threshold is None:
        return Unknown("penalty unknown: peer-group median missing")
    return excess_readmission_ratio > excess_threshold


@rule(
    unit="rate",
    cite="42 U.S.C. 1395ww(q)(4)(A); 42 CFR 412.152 (aggregate payments for excess readmissions)",
    per=("stratum",),
)
def excess_payment_ratio(
    penalty_indicator: bool,
    drg_payment_ratio: Decimal | None,
    excess_readmission_ratio: Decimal | None,
    excess_threshold: Decimal | None,
) -> Decimal | Unknown:
    """Payments for the condition's excess readmissions as a share of all payments."""
    if not penalty_indicator or excess_readmission_ratio is None or excess_threshold is None:
        return Decimal(0)
    if drg_payment_ratio is None:
        return Unknown("reduction unknown: DRG payment ratio missing")
    return drg_payment_ratio * (excess_readmission_ratio - excess_threshold)


@rule(unit="rate", cite="42 U.S.C. 1395ww(q)(3)(B) and (D)(iv); 42 CFR 412.152, 412.154(c)(1)")
def readmissions_reduction_before_limit(
    excess_payment_ratio: ByStratum,
    peer_groups_apply: bool,
    neutrality_modifier: Decimal | None,
) -> Decimal | Unknown:
    """Payments for excess readmissions over all payments, times the neutrality modifier."""
    excess = sum(excess_payment_ratio.values(), Decimal(0))
    if not peer_groups_apply or excess == 0:
        return excess
    if neutrality_modifier is None:
        return Unknown("reduction unknown: neutrality modifier missing")
    return neutrality_modifier * excess


@rule(unit="rate", cite="42 U.S.C. 1395ww(q)(3)(A); 42 CFR 412.154(c)(2) and (d)")
def readmissions_payment_reduction(
    exempt_hospital: bool,
    readmissions_reduction_before_limit: Decimal | Unknown,
    largest_payment_reduction: Decimal,
) -> Decimal | Unknown:
    """Share taken from base operating DRG payments, within the limit, to four decimals."""
    if exempt_hospital:
        return Decimal(0)
    if isinstance(readmissions_reduction_before_limit, Unknown):
        return readmissions_reduction_before_limit
    return round_half_up(
        min(readmissions_reduction_before_limit, largest_payment_reduction), FACTOR_PLACES
    )


@rule(unit="score", cite="42 U.S.C. 1395ww(q)(3)(A); 42 CFR 412.154(c)")
def readmissions_adjustment_factor(readmissions_payment_reduction: Decimal) -> Decimal:
    """What is left of each base operating DRG payment: 1 less the reduction."""
    return 1 - readmissions_payment_reduction


@rule(unit="usd", cite="42 CFR 412.154(b)(1)")
def readmissions_reduction(
    base_operating_payments: Decimal, readmissions_payment_reduction: Decimal
) -> Decimal:
    """Dollars by which the fiscal year's base operating DRG payments are reduced, to the cent."""
    return round_half_up(base_operating_payments * readmissions_payment_reduction, 2)


@rule(unit="usd", cite="42 U.S.C. 1395ww(q)(1); 42 CFR 412.154(b)(1)")
def payments_after_readmissions(
    base_operating_payments: Decimal, readmissions_reduction: Decimal
) -> Decimal:
    """Base operating DRG payments less the reduction."""
    return base_operating_payments - readmissions_reduction
