"""Commercial trend benchmark: what a base year cost, how cost has grown, and how sick people are.

The order of a contract: the base year's claims, completed, for one member and month; the trend,
which the contract declares or a market's growth measures at an unchanged risk; the risk of the
period's members by that of the base year's. `commercial_target` multiplies them. Amounts are
dollars, exact.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.commercial_target import wrong_completion_factor
from openvbc.rules.ratio import ratio
from openvbc.rules.risk_score import mean_score
from openvbc.rules.rule import Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_factor

_BASE: Final = "contract, target, base period"
_TREND: Final = "contract, target, trend"
_RISK: Final = "contract, target, risk adjustment; ASOP No. 45"
_RUN_OUT: Final = "contract, run-out; ASOP No. 5"


def _counted(prefix: str, table: str, who: str, cite: str) -> tuple[Leaf, ...]:
    """The four sums of one year of a book; those of a market may be missing."""
    default: str | None = "required" if table == "book_base" else None
    return (
        Leaf(
            f"{prefix}_member_months",
            "months",
            f"months of {who}",
            cite,
            table=table,
            column="member_months",
            default=default,
        ),
        Leaf(
            f"{prefix}_claims",
            "usd",
            f"claims of {who}, paid by the cut-off",
            cite,
            table=table,
            column="claims_cents",
            default=default,
        ),
        Leaf(
            f"{prefix}_score_months_e9",
            "score",
            f"raw risk score × months of {who}, summed, in billionths; none = no risk model",
            _RISK,
            table=table,
            column="score_months_e9",
            default=None,
        ),
        Leaf(
            f"{prefix}_score_months",
            "months",
            f"months of {who} that have a risk score",
            _RISK,
            table=table,
            column="score_months",
            default=None,
        ),
    )


def _completion(prefix: str, who: str) -> Leaf:
    return Leaf(
        f"{prefix}_completion_factor",
        "rate",
        f"share of the claims of {who} that is paid by the cut-off; 1 = all of them",
        _RUN_OUT,
        default=Decimal(1),
    )


LEAVES: Final = (
    *_counted("base", "book_base", "everybody of the book in the base year", _BASE),
    _completion("base", "the base year"),
    Leaf(
        "declared_trend_factor",
        "rate",
        "cost trend from the base year to the period, as agreed; none = measured on the market",
        _TREND,
        default=None,
    ),
    *_counted("market_base", "market_base", "the market in the base year", _TREND),
    _completion("market_base", "the market in the base year"),
    *_counted("market", "market_now", "the market in the period", _TREND),
    _completion("market", "the market in the period"),
    Leaf(
        "period_score_months_e9",
        "score",
        "raw risk score × months of the period's members, summed, in billionths",
        _RISK,
        table="book_now",
        column="score_months_e9",
        default=None,
    ),
    Leaf(
        "period_score_months",
        "months",
        "months of the period's members who have a risk score",
        _RISK,
        table="book_now",
        column="score_months",
        default=None,
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "base_completion_factor": wrong_completion_factor,
    "market_base_completion_factor": wrong_completion_factor,
    "market_completion_factor": wrong_completion_factor,
    "declared_trend_factor": wrong_factor,
}

RESULTS: Final = ("target_base_pmpm", "target_trend_factor", "target_risk_ratio")


def _mean_score(score_months_e9: Decimal | None, months: Decimal | None) -> Decimal:
    """Mean score by months; 1 where the contract names no risk model."""
    if score_months_e9 is None or months is None:
        return Decimal(1)
    if score_months_e9 <= 0 or months <= 0:
        raise RefusedError("nobody has a risk score above 0; the target cannot be risk adjusted")
    return mean_score(score_months_e9, months)


@rule(unit="usd", cite=_BASE)
def target_base_pmpm(
    base_claims: Decimal, base_member_months: Decimal, base_completion_factor: Decimal
) -> Decimal:
    """Completed claims of the base year for one member and month."""
    require(CHECKS, base_completion_factor=base_completion_factor)
    if base_member_months <= 0 or base_claims <= 0:
        found = f"{base_claims:f} in {base_member_months:f} months"
        raise RefusedError(f"the base year has claims of {found}; expected more than 0 of both")
    return base_claims / base_completion_factor / base_member_months


@rule(unit="score", cite=_RISK)
def base_risk_score(
    base_score_months_e9: Decimal | None, base_score_months: Decimal | None
) -> Decimal:
    """Mean raw risk score of the base year by months; 1 without a risk model."""
    return _mean_score(base_score_months_e9, base_score_months)


@rule(unit="score", cite=_RISK)
def period_risk_score(
    period_score_months_e9: Decimal | None, period_score_months: Decimal | None
) -> Decimal:
    """Mean raw risk score of the period's members by months; 1 without a risk model."""
    return _mean_score(period_score_months_e9, period_score_months)


@rule(unit="rate", cite=_RISK)
def target_risk_ratio(period_risk_score: Decimal, base_risk_score: Decimal) -> Decimal:
    """Risk of the period's members by that of the base year."""
    return period_risk_score / base_risk_score


@rule(unit="score", cite=_TREND)
def market_base_risk_score(
    market_base_score_months_e9: Decimal | None, market_base_score_months: Decimal | None
) -> Decimal:
    """Mean raw risk score of the market in the base year; 1 without a risk model."""
    return _mean_score(market_base_score_months_e9, market_base_score_months)


@rule(unit="score", cite=_TREND)
def market_risk_score(
    market_score_months_e9: Decimal | None, market_score_months: Decimal | None
) -> Decimal:
    """Mean raw risk score of the market in the period; 1 without a risk model."""
    return _mean_score(market_score_months_e9, market_score_months)


@rule(unit="usd", cite=_TREND)
def market_base_pmpm(
    market_base_claims: Decimal | None,
    market_base_member_months: Decimal | None,
    market_base_completion_factor: Decimal,
    market_base_risk_score: Decimal,
) -> Decimal:
    """Completed claims of the market in the base year, a member and month at a risk of 1."""
    require(CHECKS, market_base_completion_factor=market_base_completion_factor)
    spent = (market_base_claims or Decimal(0)) / market_base_completion_factor
    return ratio(spent, market_base_member_months or Decimal(0), empty=0) / market_base_risk_score


@rule(unit="usd", cite=_TREND)
def market_pmpm(
    market_claims: Decimal | None,
    market_member_months: Decimal | None,
    market_completion_factor: Decimal,
    market_risk_score: Decimal,
) -> Decimal:
    """Completed claims of the market in the period, a member and month at a risk of 1."""
    require(CHECKS, market_completion_factor=market_completion_factor)
    spent = (market_claims or Decimal(0)) / market_completion_factor
    return ratio(spent, market_member_months or Decimal(0), empty=0) / market_risk_score


@rule(unit="rate", cite=_TREND)
def target_trend_factor(
    declared_trend_factor: Decimal | None, market_pmpm: Decimal, market_base_pmpm: Decimal
) -> Decimal:
    """The trend that was agreed, else the growth of the market at an unchanged risk; never both."""
    require(CHECKS, declared_trend_factor=declared_trend_factor)
    measured = bool(market_pmpm or market_base_pmpm)
    if declared_trend_factor is not None:
        if measured:
            raise RefusedError("declared_trend_factor is agreed, and book: names a market too")
        return declared_trend_factor
    if market_pmpm <= 0 or market_base_pmpm <= 0:
        raise RefusedError("no trend: agree declared_trend_factor, or name a market with claims")
    return market_pmpm / market_base_pmpm
