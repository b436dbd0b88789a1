"""What the claims of an episode bundle were for: spending by service, per episode.

A part of `episode_bundle`. It is shown and moves no payment; every line is none where claims are
not told by service. A stratum is an episode type.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules.rule import Axis, Leaf, RefusedError, rule

EPISODE_TYPE: Final[frozenset[Axis]] = frozenset({"stratum"})

CLAUSE: Final = "contract, report of the bundle's spending by service"

LEAVES: Final = tuple(
    Leaf(f"bundle_{service}_claims", "usd", says, CLAUSE, EPISODE_TYPE, default=None)
    for service, says in (
        ("inpatient", "claims for hospital stays in the episodes; none = not told by service"),
        ("outpatient", "claims for hospital outpatient care in the episodes"),
        ("professional", "claims of physicians and other clinicians in the episodes"),
        ("post_acute", "claims for nursing facilities, home health and rehabilitation"),
        ("other_service", "all other claims in the episodes, such as equipment and drugs"),
    )
)

RESULT_NAMES: Final = (
    "bundle_inpatient_per_episode",
    "bundle_outpatient_per_episode",
    "bundle_professional_per_episode",
    "bundle_post_acute_per_episode",
    "bundle_other_service_per_episode",
)


def each(amount: Decimal, episodes: Decimal) -> Decimal | None:
    """Amount ÷ episodes; none where there is no episode."""
    return amount / episodes if episodes else None


@rule(unit="flag", cite=CLAUSE, per=("stratum",))
def bundle_told_by_service(
    bundle_claims: Decimal,
    bundle_inpatient_claims: Decimal | None,
    bundle_outpatient_claims: Decimal | None,
    bundle_professional_claims: Decimal | None,
    bundle_post_acute_claims: Decimal | None,
    bundle_other_service_claims: Decimal | None,
) -> bool:
    """Whether claims are told by service. They are then all told, and add up to the claims."""
    services = (
        bundle_inpatient_claims,
        bundle_outpatient_claims,
        bundle_professional_claims,
        bundle_post_acute_claims,
        bundle_other_service_claims,
    )
    told = [it for it in services if it is not None]
    if told and sum(told) != bundle_claims:
        raise RefusedError(f"claims by service are {sum(told):f}, all claims {bundle_claims:f}")
    return bool(told)


def _by_service(told: bool, claims: Decimal | None, episodes: Decimal) -> Decimal | None:
    return each(claims or Decimal(0), episodes) if told else None


@rule(unit="usd", cite=CLAUSE, per=("stratum",))
def bundle_inpatient_per_episode(
    bundle_told_by_service: bool, bundle_inpatient_claims: Decimal | None, bundle_episodes: Decimal
) -> Decimal | None:
    """Mean claims for hospital stays in an episode."""
    return _by_service(bundle_told_by_service, bundle_inpatient_claims, bundle_episodes)


@rule(unit="usd", cite=CLAUSE, per=("stratum",))
def bundle_outpatient_per_episode(
    bundle_told_by_service: bool, bundle_outpatient_claims: Decimal | None, bundle_episodes: Decimal
) -> Decimal | None:
    """Mean claims for hospital outpatient care in an episode."""
    return _by_service(bundle_told_by_service, bundle_outpatient_claims, bundle_episodes)


@rule(unit="usd", cite=CLAUSE, per=("stratum",))
def bundle_professional_per_episode(
    bundle_told_by_service: bool,
    bundle_professional_claims: Decimal | None,
    bundle_episodes: Decimal,
) -> Decimal | None:
    """Mean claims of physicians and other clinicians in an episode."""
    return _by_service(bundle_told_by_service, bundle_professional_claims, bundle_episodes)


@rule(unit="usd", cite=CLAUSE, per=("stratum",))
def bundle_post_acute_per_episode(
    bundle_told_by_service: bool, bundle_post_acute_claims: Decimal | None, bundle_episodes: Decimal
) -> Decimal | None:
    """Mean claims for post-acute care in an episode."""
    return _by_service(bundle_told_by_service, bundle_post_acute_claims, bundle_episodes)


@rule(unit="usd", cite=CLAUSE, per=("stratum",))
def bundle_other_service_per_episode(
    bundle_told_by_service: bool,
    bundle_other_service_claims: Decimal | None,
    bundle_episodes: Decimal,
) -> Decimal | None:
    """Mean other claims in an episode."""
    return _by_service(bundle_told_by_service, bundle_other_service_claims, bundle_episodes)
