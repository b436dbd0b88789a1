"""What a distribution clause may not say, found when the contract is read."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from openvbc.contract.distribution import (
    BASES,
    GATE_MEASURES,
    LOSS_BASES,
    Distribution,
    Group,
    Losses,
)
from openvbc.contract.referral import RULE, named_in, names_referrals
from openvbc.errors import Problem
from openvbc.yamlfile import where

WHOLE_CENTS = 2


def distribution_problems(
    path: Path, raw: Mapping[str, Any], distribution: Distribution
) -> list[Problem]:
    """Everything that is wrong with a distribution clause, each with its line.

    Shares that do not make 1, bases and measures outside the closed lists, a name that counts
    referrals, floors above ceilings, forfeits without a reserve.
    """
    clause = raw["distribution"]
    found = [
        Problem(where(path, mapping, key), f"{_word(mapping, key)}: {RULE}")
        for mapping, key in named_in(clause)
    ]
    found += _shares(path, clause, distribution)
    for place, group in enumerate(distribution.groups):
        lines = clause["groups"][place]
        found += [Problem(where(path, lines, key), what) for key, what in _group(group)]
    found += _reserve(path, clause, distribution)
    return list(dict.fromkeys(found))


def _word(mapping: Mapping[str, Any], key: str) -> str:
    return key if names_referrals(key) else str(mapping[key])


def _shares(path: Path, clause: Mapping[str, Any], found: Distribution) -> Iterator[Problem]:
    place = where(path, clause, "groups")
    total = sum((it.share for it in found.groups), Decimal(0))
    if total != 1:
        yield Problem(place, f"the shares of the groups add up to {total:f}; expected 1")
    names = [it.group for it in found.groups]
    for name in sorted({it for it in names if names.count(it) > 1}):
        yield Problem(place, f"group {name} stands twice")
    losses = [it.losses.share for it in found.groups if it.losses]
    if losses and sum(losses) != 1:
        what = f"the groups' shares of losses add up to {sum(losses):f}; expected 1"
        yield Problem(place, what)
    if found.participants is None and not all(it.kept_whole for it in found.groups):
        yield Problem(where(path, clause, "line"), "participants: is missing, the file of measures")


def _group(group: Group) -> Iterator[tuple[str, str]]:
    """Key and complaint, for one group."""
    yield from _mix(group.group, "basis", group.basis, BASES)
    yield from _agreed(group)
    if group.kept_whole:
        yield from _kept_whole(group)
    yield from _limits(group)
    for gate in group.gates:
        if gate.measure not in GATE_MEASURES and not names_referrals(gate.measure):
            yield "gates", f"{group.group}: {_unknown(gate.measure, GATE_MEASURES)}"
    if group.losses:
        yield from _losses(group, group.losses)


def _unknown(name: str, known: tuple[str, ...]) -> str:
    return f"{name} is none of the measures a distribution may use: {', '.join(known)}"


def _agreed(group: Group) -> Iterator[tuple[str, str]]:
    if group.basis and group.agreed:
        yield "agreed", f"{group.group}: give basis or agreed shares, one of both"
    total = sum(group.agreed.values())
    if group.agreed and total != 1:
        yield "agreed", f"{group.group}: the agreed shares add up to {total:f}; expected 1"
    if any(it < 0 for it in group.agreed.values()):
        yield "agreed", f"{group.group}: a share is below 0"


def _limits(group: Group) -> Iterator[tuple[str, str]]:
    if group.ceiling is not None and group.ceiling < group.floor:
        what = f"{group.group}: ceiling {group.ceiling:f} is below the floor {group.floor:f}"
        yield "ceiling", what
    for key, amount in (("floor", group.floor), ("ceiling", group.ceiling)):
        if amount is not None and amount != round(amount, WHOLE_CENTS):
            yield key, f"{group.group}: {key} {amount:f} is not in whole cents"


def _mix(
    group: str, key: str, mix: Mapping[str, Decimal], known: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for name, weight in mix.items():
        if name not in known and not names_referrals(name):
            yield key, f"{group}: {_unknown(name, known)}"
        if weight <= 0:
            yield key, f"{group}: the weight of {name} is {weight:f}; expected more than 0"
    if mix and sum(mix.values()) != 1:
        yield key, f"{group}: the weights of {key} add up to {sum(mix.values()):f}; expected 1"


def _kept_whole(group: Group) -> Iterator[tuple[str, str]]:
    given = {
        "gates": group.gates,
        "floor": group.floor,
        "ceiling": group.ceiling is not None,
        "credibility": group.credibility,
    }
    for key, there in given.items():
        if there:
            yield key, f"{group.group} is kept whole (no basis, no agreed shares); {key} has no use"


def _losses(group: Group, losses: Losses) -> Iterator[tuple[str, str]]:
    better = sorted(set(losses.basis) & (set(BASES) - set(LOSS_BASES)))
    for name in better:
        yield "losses", f"{group.group}: by {name} the better would bear more; use panel or equal"
    rest = {name: it for name, it in losses.basis.items() if name not in better}
    if not better:
        yield from _mix(group.group, "losses", rest, LOSS_BASES)
    if group.basis and losses.share and not losses.basis:
        yield "losses", f"{group.group}: say by what basis a loss is split"
    if group.kept_whole and (losses.basis or losses.cap is not None):
        yield "losses", f"{group.group} is kept whole; its loss has a share and nothing else"
    if losses.cap is not None and losses.cap != round(losses.cap, WHOLE_CENTS):
        yield "losses", f"{group.group}: cap {losses.cap:f} is not in whole cents"


def _reserve(path: Path, clause: Mapping[str, Any], found: Distribution) -> Iterator[Problem]:
    reserves = [it for it in found.groups if it.kind == "reserve"]
    if len(reserves) > 1 or any(not it.kept_whole for it in reserves):
        what = "expected at most one group of kind reserve, without basis or agreed shares"
        yield Problem(where(path, clause, "groups"), what)
    for place, group in enumerate(found.groups):
        if not reserves and any(it.forfeit == "reserve" for it in group.gates):
            what = f"{group.group}: forfeits go to the reserve, and no group is of kind reserve"
            yield Problem(where(path, clause["groups"][place], "gates"), what)
