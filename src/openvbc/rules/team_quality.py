"""TEAM composite quality score: scaled measure scores weighted by attributed episodes.

The rules stand in the order of 42 CFR 512.547. A stratum is a quality measure. The score is a fact
of the reconciliation (`team_reconciliation`), whose strata are episode categories: the two are
settled one after the other.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import HIGHEST_SCORE, total
from openvbc.rules.rule import ByStratum, Leaf, RefusedError, Unknown, rule
from openvbc.rules.team_target_price import CELL

LEAVES: Final = (
    Leaf(
        "scaled_measure_score",
        "score",
        "percentile of the raw measure score in the baseline distribution: 0 below it, 100 above "
        "it, the higher where it straddles two; none = no raw score",
        "42 CFR 512.547",
        per=CELL,
        default=None,
    ),
    Leaf(
        "attributed_episodes",
        "count",
        "the hospital's episodes to which the measure applies",
        "42 CFR 512.547",
        per=CELL,
    ),
)

RESULTS: Final = ("normalized_weight", "weighted_measure_score", "composite_quality_score")


@rule(unit="count", cite="42 CFR 512.547", per=("stratum",))
def scored_episodes(scaled_measure_score: Decimal | None, attributed_episodes: Decimal) -> Decimal:
    """Episodes attributed to the measure; 0 where the hospital has no score in it."""
    require_not_negative(attributed_episodes=attributed_episodes)
    if scaled_measure_score is None:
        return Decimal(0)
    if not 0 <= scaled_measure_score <= HIGHEST_SCORE:
        raise RefusedError(f"scaled score is {scaled_measure_score:f}; expected 0 to 100")
    return attributed_episodes


@rule(unit="count", cite="42 CFR 512.547")
def all_scored_episodes(scored_episodes: ByStratum) -> Decimal:
    """Episodes attributed to all measures with a score; one episode counts in each measure."""
    return total(scored_episodes)


@rule(unit="rate", cite="42 CFR 512.547", per=("stratum",))
def normalized_weight(scored_episodes: Decimal, all_scored_episodes: Decimal) -> Decimal | Unknown:
    """The measure's part of all attributed episodes."""
    if all_scored_episodes == 0:
        return Unknown("composite quality score unknown: no measure has a score")
    return scored_episodes / all_scored_episodes


@rule(unit="score", cite="42 CFR 512.547", per=("stratum",))
def weighted_measure_score(
    scaled_measure_score: Decimal | None, normalized_weight: Decimal
) -> Decimal:
    """Scaled score times its weight."""
    return (scaled_measure_score or Decimal(0)) * normalized_weight


@rule(unit="score", cite="42 CFR 512.547")
def composite_quality_score(weighted_measure_score: ByStratum) -> Decimal:
    """Sum of the weighted scores of all measures, from 0 to 100."""
    return total(weighted_measure_score)
