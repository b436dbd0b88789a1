"""Shared Savings Program losses: rate, recoupment limit, disaster relief, months.

A part of the settlement component (`mssp_settlement`), in the order of 42 CFR 425.605(d)(1)(C)-(D),
425.606(f)-(i), 425.610(f)-(i). Amounts are dollars and not below zero.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Leaf, RefusedError, Unknown, rule

LEAVES: Final = (
    Leaf(
        "two_sided_year",
        "text",
        "first, second or third_or_later: the performance year in a two-sided model (Track 2)",
        "42 CFR 425.606(g)",
        default="not_stated",
    ),
    Leaf(
        "participant_revenue",
        "usd",
        "the participants' total Medicare Parts A and B fee-for-service revenue",
        "42 CFR 425.605(d)(1)(iii)-(v)(D)",
        default=None,
    ),
    Leaf(
        "loss_limit_basis",
        "text",
        "revenue or benchmark: what the ACO's composition limits losses by (Track 1+)",
        "Track 1+ Model participation agreement, section V",
        default="not_stated",
    ),
    Leaf(
        "assume_revenue_limit_not_binding",
        "flag",
        "stated assumption that the unknown revenue limit is above the limit of the benchmark",
        "assumption, not law",
        default=False,
    ),
    Leaf(
        "local_disaster_share",
        "rate",
        "months affected of twelve, times the share of beneficiaries in affected counties",
        "42 CFR 425.605(f), 425.606(i), 425.610(i)",
        default=Decimal(0),
    ),
    Leaf(
        "reported_disaster_adjustment",
        "usd",
        "disaster relief in dollars as CMS reports it, where the share is not known",
        "42 CFR 425.605(f), 425.606(i), 425.610(i)",
        default=None,
    ),
)


def share_of_one(quality_score: Decimal) -> Decimal:
    """The score itself; raises RefusedError where it is not a share of 1 (86 instead of 0.86)."""
    if not 0 <= quality_score <= 1:
        raise RefusedError(f"quality_score is {quality_score:f}; expected a share from 0 to 1")
    return quality_score


@rule(unit="rate", cite="42 CFR 425.605(b)(2), 425.606(b)(2), 425.610(b)(2)")
def minimum_loss_rate(minimum_savings_rate: Decimal, two_sided: bool) -> Decimal | None:
    """Loss rate that opens loss sharing: as large as the minimum savings rate, or none."""
    return minimum_savings_rate if two_sided else None


@rule(unit="flag", cite="42 CFR 425.605(c)(2), 425.606(c), 425.610(c)")
def minimum_loss_reached(
    savings_or_losses: Decimal, minimum_loss_rate: Decimal | None, total_benchmark: Decimal
) -> bool:
    """Whether losses are at least the minimum loss rate of the benchmark, in dollars."""
    if minimum_loss_rate is None:
        return False
    return savings_or_losses < 0 and savings_or_losses <= -minimum_loss_rate * total_benchmark


@rule(unit="usd", cite="42 CFR 425.605(d)(1)(iii)-(v), 425.606(f), 425.610(f)")
def generated_losses(savings_or_losses: Decimal, minimum_loss_reached: bool) -> Decimal:
    """Losses that are shared, from the first dollar once loss sharing is open."""
    return -savings_or_losses if minimum_loss_reached else Decimal(0)


@rule(unit="rate", cite="42 CFR 425.605(d)(1)(iii)-(v)(C), 425.606(f), 425.610(f)")
def loss_rate(
    maximum_sharing_rate: Decimal,
    quality_standard_met: bool,
    alternative_standard_met: bool,
    quality_score: Decimal | None,
    loss_rate_floor: Decimal,
    loss_rate_ceiling: Decimal,
) -> Decimal | Unknown:
    """One less the product of maximum sharing rate and quality score, between floor and ceiling.

    The ceiling where no quality standard is met; a fixed rate where floor and ceiling are one.
    """
    standard_met = quality_standard_met or alternative_standard_met
    if not standard_met or loss_rate_floor == loss_rate_ceiling:
        return loss_rate_ceiling
    if quality_score is None:
        return Unknown("loss rate unknown: quality score missing")
    rate = 1 - maximum_sharing_rate * share_of_one(quality_score)
    return min(max(rate, loss_rate_floor), loss_rate_ceiling)


@rule(unit="usd", cite="42 CFR 425.605(d)(1)(iii)-(v)(C), 425.606(f), 425.610(f)")
def shared_losses_before_limit(
    generated_losses: Decimal, loss_rate: Decimal | Unknown
) -> Decimal | Unknown:
    """The ACO's share of the losses."""
    if generated_losses == 0:
        return Decimal(0)
    return loss_rate if isinstance(loss_rate, Unknown) else generated_losses * loss_rate


@rule(unit="flag", cite="42 CFR 425.605(d)(1)(iii)-(v)(D); Track 1+ participation agreement, V")
def revenue_limit_applies(
    loss_limit_of_revenue: Decimal | None,
    loss_limit_depends_on_composition: bool,
    loss_limit_basis: str,
) -> bool | Unknown:
    """Whether the participants' revenue limits what can be recouped."""
    if loss_limit_of_revenue is None:
        return False
    if not loss_limit_depends_on_composition:
        return True
    if loss_limit_basis not in {"revenue", "benchmark"}:
        return Unknown("recoupment limit unknown: loss_limit_basis missing")
    return loss_limit_basis == "revenue"


@rule(unit="usd", cite="42 CFR 425.605(d)(1)(iii)-(v)(D)")
def revenue_loss_limit(
    revenue_limit_applies: bool,
    loss_limit_of_revenue: Decimal | None,
    participant_revenue: Decimal | None,
    assume_revenue_limit_not_binding: bool,
) -> Decimal | Unknown | None:
    """Largest loss as a share of the participants' revenue; none where revenue does not limit."""
    if not revenue_limit_applies or loss_limit_of_revenue is None:
        return None
    if participant_revenue is not None:
        return participant_revenue * loss_limit_of_revenue
    if assume_revenue_limit_not_binding:
        return None
    return Unknown("recoupment limit unknown: revenue missing")


@rule(unit="usd", cite="42 CFR 425.605(d)(1)(iii)-(v)(D), 425.606(g), 425.610(g)")
def loss_recoupment_limit(
    total_benchmark: Decimal,
    loss_limit_of_benchmark: Decimal | None,
    revenue_loss_limit: Decimal | None,
) -> Decimal | Unknown:
    """Largest loss that is recouped: the limit of the benchmark, or that of revenue if smaller."""
    if loss_limit_of_benchmark is None:
        return Unknown("recoupment limit unknown: two_sided_year missing")
    limit = total_benchmark * loss_limit_of_benchmark
    return limit if revenue_loss_limit is None else min(limit, revenue_loss_limit)


@rule(unit="usd", cite="42 CFR 425.605(d)(1)(iii)-(v)(D), 425.606(g), 425.610(g)")
def shared_losses_within_limit(
    shared_losses_before_limit: Decimal, loss_recoupment_limit: Decimal | Unknown
) -> Decimal | Unknown:
    """Shared losses, at most the recoupment limit."""
    if shared_losses_before_limit == 0:
        return Decimal(0)
    if isinstance(loss_recoupment_limit, Unknown):
        return loss_recoupment_limit
    return min(shared_losses_before_limit, loss_recoupment_limit)


@rule(unit="rate", cite="42 CFR 425.605(f), 425.606(i), 425.610(i)")
def disaster_share(national_disaster_share: Decimal, local_disaster_share: Decimal) -> Decimal:
    """Share of the losses forgiven for extreme and uncontrollable circumstances, at most all."""
    return min(national_disaster_share + local_disaster_share, Decimal(1))


@rule(unit="usd", cite="42 CFR 425.605(f), 425.606(i), 425.610(i)")
def disaster_adjustment(
    shared_losses_within_limit: Decimal,
    disaster_share: Decimal,
    reported_disaster_adjustment: Decimal | None,
) -> Decimal:
    """Losses forgiven of the limited loss: the dollars CMS reports, or the share of the loss."""
    if reported_disaster_adjustment is None:
        return shared_losses_within_limit * disaster_share
    return min(reported_disaster_adjustment, shared_losses_within_limit)


@rule(unit="usd", cite="42 CFR 425.605(f), 425.606(i), 425.610(i), 425.609(d)(1)")
def shared_losses_of_year(
    shared_losses_within_limit: Decimal | Unknown,
    disaster_share: Decimal,
    disaster_adjustment: Decimal | Unknown,
) -> Decimal | Unknown:
    """Losses within the limit, less disaster relief, of the whole calendar year.

    Where all of the loss is forgiven nothing is owed, whatever the limit is.
    """
    if disaster_share == 1:
        return Decimal(0)
    if isinstance(shared_losses_within_limit, Unknown):
        return shared_losses_within_limit
    if isinstance(disaster_adjustment, Unknown):
        return disaster_adjustment
    return shared_losses_within_limit - disaster_adjustment


@rule(unit="usd", cite="42 CFR 425.609(b)(3)(ii)(E)(2), (c)(3)(ii)(E)(2), 425.221(b)(2)")
def shared_losses(shared_losses_of_year: Decimal, share_of_year: Decimal) -> Decimal:
    """Losses owed: those of the year, for the months that count."""
    return shared_losses_of_year * share_of_year
