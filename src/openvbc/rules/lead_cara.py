"""CARA: episode-based risk arrangements nested in a LEAD settlement (`lead_settlement`).

A stratum is one arrangement between the ACO and a Preferred Provider: its episodes are held
against a negotiated target price, and the result is shared at the declared rates, moved by the
performance adjustment, within the declared limits. The money changes hands inside the ACO's
settlement: what a participant receives the ACO does not keep, and what a participant owes the ACO
receives. Amounts are dollars; a participant's amount is to the cent, below zero where it owes.
"""

from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule

_RFA: Final = "CMS, LEAD Model RFA (15 April 2026), section X.C and appendix E"
_TERMS: Final = "episode-based risk arrangement, as finalized by CMS"
_EACH: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf("episodes", "count", "episodes attributed to the arrangement", _RFA, _EACH),
    Leaf(
        "target_price",
        "usd",
        "negotiated target price of an episode, as CMS risk-adjusts it",
        _TERMS,
        _EACH,
    ),
    Leaf(
        "target_discount",
        "rate",
        "share by which the target is cut; below zero is a premium",
        _TERMS,
        _EACH,
        default=Decimal(0),
    ),
    Leaf(
        "episode_spending",
        "usd",
        "fee-for-service payments for the arrangement's episodes",
        _RFA,
        _EACH,
    ),
    Leaf(
        "spending_in_other_arrangements",
        "usd",
        "part of this spending that another arrangement counts too",
        _RFA,
        _EACH,
        default=Decimal(0),
    ),
    Leaf("savings_share", "rate", "the participant's share of savings", _TERMS, _EACH),
    Leaf("loss_share", "rate", "the participant's share of losses", _TERMS, _EACH),
    Leaf(
        "agreed_performance_adjustment",
        "rate",
        "largest part of the participant's share that quality can move",
        _TERMS,
        _EACH,
    ),
    Leaf(
        "performance_adjustment",
        "rate",
        "part by which quality moved the participant's share: above zero in its favour, on savings "
        "and losses alike",
        "CARA performance report of CMS",
        _EACH,
    ),
    Leaf(
        "gain_limit",
        "rate",
        "most that the participant can receive, as a share of the target; none = no limit",
        _TERMS,
        _EACH,
        default=None,
    ),
    Leaf(
        "loss_limit",
        "rate",
        "most that the participant can owe, as a share of the target; none = no limit",
        _TERMS,
        _EACH,
        default=None,
    ),
)

RESULTS: Final = (
    "participant_amount",
    "paid_to_participants",
    "received_from_participants",
    "net_to_participants",
)


@rule(unit="usd", cite=_RFA, per=("stratum",))
def episode_target(episodes: Decimal, target_price: Decimal, target_discount: Decimal) -> Decimal:
    """Target of the arrangement's episodes together, after discount or premium."""
    require_not_negative(episodes=episodes, target_price=target_price)
    if target_discount > 1:
        raise RefusedError(f"the discount is {target_discount:f}; expected at most 1")
    return episodes * target_price * (1 - target_discount)


@rule(unit="usd", cite=_RFA, per=("stratum",))
def episode_savings_or_losses(
    episode_target: Decimal, episode_spending: Decimal, spending_in_other_arrangements: Decimal
) -> Decimal:
    """Target less spending; below zero is a loss. A claim counts in one arrangement only."""
    require_not_negative(episode_spending=episode_spending)
    if spending_in_other_arrangements:
        found = f"{spending_in_other_arrangements:f} of the spending is in another arrangement too"
        raise RefusedError(f"{found}; expected each claim in one")
    return episode_target - episode_spending


@rule(unit="usd", cite=_TERMS, per=("stratum",))
def participant_share(
    episode_savings_or_losses: Decimal, savings_share: Decimal, loss_share: Decimal
) -> Decimal:
    """The participant's share of savings or losses at the declared rate."""
    for share in (savings_share, loss_share):
        if not 0 <= share <= 1:
            raise RefusedError(f"a sharing rate is {share:f}; expected 0 to 1")
    rate = savings_share if episode_savings_or_losses >= 0 else loss_share
    return episode_savings_or_losses * rate


@rule(unit="usd", cite=_RFA, per=("stratum",))
def adjusted_participant_share(
    participant_share: Decimal,
    performance_adjustment: Decimal,
    agreed_performance_adjustment: Decimal,
    least_performance_adjustment: Decimal,
    largest_performance_adjustment: Decimal,
) -> Decimal:
    """The share, moved by quality within what the arrangement agreed and CMS allows."""
    least, largest = least_performance_adjustment, largest_performance_adjustment
    if not least <= agreed_performance_adjustment <= largest:
        found = f"a performance adjustment of {agreed_performance_adjustment:f} was agreed"
        raise RefusedError(f"{found}; expected {least:f} to {largest:f}")
    if abs(performance_adjustment) > agreed_performance_adjustment:
        found = f"the performance adjustment is {performance_adjustment:f}"
        raise RefusedError(f"{found}; agreed is {agreed_performance_adjustment:f} either way")
    return participant_share + abs(participant_share) * performance_adjustment


@rule(unit="usd", cite=_TERMS, per=("stratum",))
def participant_amount(
    adjusted_participant_share: Decimal,
    episode_target: Decimal,
    gain_limit: Decimal | None,
    loss_limit: Decimal | None,
) -> Decimal:
    """What the participant receives, or owes (below zero), within the limits, to the cent."""
    require_not_negative(gain_limit=gain_limit or Decimal(0), loss_limit=loss_limit or Decimal(0))
    amount = adjusted_participant_share
    if gain_limit is not None:
        amount = min(amount, gain_limit * episode_target)
    if loss_limit is not None:
        amount = max(amount, -loss_limit * episode_target)
    return round_half_up(amount, 2)


@rule(unit="usd", cite=_RFA)
def paid_to_participants(participant_amount: ByStratum) -> Decimal:
    """What the participants receive that receive something."""
    return sum((it for it in participant_amount.values() if it > 0), Decimal(0))


@rule(unit="usd", cite=_RFA)
def received_from_participants(participant_amount: ByStratum) -> Decimal:
    """What the participants pay that owe something."""
    return -sum((it for it in participant_amount.values() if it < 0), Decimal(0))


@rule(unit="usd", cite=_RFA)
def net_to_participants(
    paid_to_participants: Decimal,
    received_from_participants: Decimal,
    episode_spending: ByStratum,
    performance_year_expenditure: Decimal,
    risk_arrangement: str,
) -> Decimal:
    """What goes to the participants on balance; below zero the ACO receives it.

    Arrangements are open to the global option only, and lie within the expenditure that is
    settled with CMS.
    """
    if risk_arrangement.lower() != "global":
        raise RefusedError("nested arrangements are open to the global option only")
    spending = sum(episode_spending.values(), Decimal(0))
    if spending > performance_year_expenditure:
        found = f"the arrangements count {spending:f}"
        raise RefusedError(f"{found}, more than the expenditure {performance_year_expenditure:f}")
    return paid_to_participants - received_from_participants
