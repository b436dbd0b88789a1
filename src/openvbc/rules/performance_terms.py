"""Terms and facts of pay for performance, and what each of them must be.

A part of `pay_for_performance`. Terms and facts of a measure stand in its own direction: where
lower is better, a target is the highest rate that reaches it. A stratum is a measure.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Axis, Leaf
from openvbc.rules.scale import Check, wrong_amount, wrong_share, wrong_shares, wrong_word

MEASURE: Final[frozenset[Axis]] = frozenset({"stratum"})

PER_MEASURE: Final = "per_measure"
COMPOSITE: Final = "composite"

CHECKS: Final[Mapping[str, Check]] = {
    "performance_mode": wrong_word(PER_MEASURE, COMPOSITE),
    "performance_target": wrong_amount,
    "performance_tiers": wrong_shares,
    "performance_improvement_tiers": wrong_shares,
    "performance_composite_tiers": wrong_shares,
    "performance_goal": wrong_amount,
    "performance_floor": wrong_amount,
    "performance_penalty_share": wrong_share,
    "performance_minimum_denominator": wrong_amount,
    "performance_points": wrong_amount,
    "performance_pmpm": wrong_amount,
    "performance_lump_sum": wrong_amount,
    "performance_pool": wrong_amount,
}
"""What each term of the contract must be."""

_NONE: Final = Decimal(0)

_OF_THE_CONTRACT: Final = (
    Leaf(
        "performance_mode",
        "text",
        "per_measure: each measure pays its own share; composite: all pay the composite's share",
        "contract, payment of all measures",
        default=PER_MEASURE,
    ),
    Leaf(
        "performance_composite_tiers",
        "brackets",
        "share that is paid, by composite; none = the composite itself",
        "contract, composite",
        default=None,
    ),
    Leaf(
        "performance_pool",
        "usd",
        "pool that is shared by points",
        "contract, pool for performance",
        default=_NONE,
    ),
)

_OF_A_MEASURE: Final = (
    Leaf(
        "performance_pmpm",
        "usd",
        "dollars per member month that the measure pays in full",
        "contract, payment of a measure",
        MEASURE,
        default=_NONE,
    ),
    Leaf(
        "performance_lump_sum",
        "usd",
        "dollars that the measure pays in full, however many members there are",
        "contract, payment of a measure",
        MEASURE,
        default=_NONE,
    ),
    Leaf(
        "performance_points",
        "points",
        "points of the measure: its weight in the composite and its part of the pool",
        "contract, points of a measure",
        MEASURE,
        default=Decimal(1),
    ),
    Leaf(
        "performance_lower_is_better",
        "flag",
        "whether a lower rate is better",
        "contract, measures",
        MEASURE,
        default=False,
    ),
    Leaf(
        "performance_target",
        "rate",
        "rate that earns the whole payment; none = the tiers say what a rate earns",
        "contract, target of the measure",
        MEASURE,
        default=None,
    ),
    Leaf(
        "performance_tiers",
        "brackets",
        "share of the payment, by rate; nothing outside on the worse side; none = by target",
        "contract, tiers of the measure",
        MEASURE,
        default=None,
    ),
    Leaf(
        "performance_improvement_tiers",
        "brackets",
        "share of the payment, by the part of the way from the baseline to the goal that was made; "
        "the better of attainment and improvement is paid; none = improvement is not paid",
        "contract, improvement over the baseline",
        MEASURE,
        default=None,
    ),
    Leaf(
        "performance_goal",
        "rate",
        "rate to which improvement is counted; none = the target",
        "contract, goal of improvement",
        MEASURE,
        default=None,
    ),
    Leaf(
        "performance_floor",
        "rate",
        "rate short of which a penalty is owed; none = no penalty",
        "contract, penalty of a measure",
        MEASURE,
        default=None,
    ),
    Leaf(
        "performance_penalty_share",
        "rate",
        "penalty, as a share of the measure's full payment",
        "contract, penalty of a measure",
        MEASURE,
        default=_NONE,
    ),
    Leaf(
        "performance_minimum_denominator",
        "count",
        "fewest patients with which the measure counts",
        "contract, minimum denominator",
        MEASURE,
        default=_NONE,
    ),
    Leaf(
        "performance_required",
        "flag",
        "whether nothing at all is earned where this measure earns nothing",
        "contract, quality gate",
        MEASURE,
        default=False,
    ),
    Leaf(
        "performance_conditional_credit",
        "flag",
        "whether patients count who met the measure only by telehealth, by remote monitoring or in "
        "a social programme",
        "contract, patients who count towards a measure",
        MEASURE,
        default=False,
    ),
)

_FACTS: Final = (
    Leaf(
        "member_months",
        "months",
        "member months of the period; needed where a measure pays by them",
        "contract, population",
        default=None,
    ),
    Leaf(
        "performance_points_of_all",
        "points",
        "points that all who share the pool earned; none = the pool is the entity's alone, and "
        "shared by the points that it could earn",
        "contract, pool for performance",
        default=None,
    ),
    Leaf(
        "performance_denominator",
        "count",
        "patients of the measure after exclusions; where lower is better, any unit of exposure",
        "contract, measures",
        MEASURE,
    ),
    Leaf(
        "performance_numerator",
        "count",
        "patients who met the measure without any condition; where lower is better, the events",
        "contract, measures",
        MEASURE,
    ),
    Leaf(
        "performance_conditional_numerator",
        "count",
        "further patients who met it only by telehealth, remote monitoring or a social programme",
        "contract, patients who count towards a measure",
        MEASURE,
        default=_NONE,
    ),
    Leaf(
        "performance_baseline",
        "rate",
        "rate of the baseline period; needed where improvement is paid",
        "contract, improvement over the baseline",
        MEASURE,
        default=None,
    ),
    Leaf(
        "performance_programme_cost",
        "usd",
        "what the programme behind the measure cost; none = not told",
        "contract, report of programmes",
        MEASURE,
        default=None,
    ),
    Leaf(
        "performance_avoided_cost",
        "usd",
        "cost of care that the programme avoided, by the contract's evaluation; none = not told",
        "contract, report of programmes",
        MEASURE,
        default=None,
    ),
)

LEAVES: Final = (*_OF_THE_CONTRACT, *_OF_A_MEASURE, *_FACTS)
