"""A pool among groups, and in each group among its participants: every step with its arithmetic.

Amounts are cents. They are exact until the end of a group, where they are made whole together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from openvbc.contract.display import shown as display
from openvbc.contract.distribution import Distribution, Gate, Group
from openvbc.distribute.allocate import Account, fill, whole_cents
from openvbc.distribute.participants import Participant
from openvbc.distribute.weights import COLUMN, Basis, bases, shown, words
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.money import decimal_text, dollars, to_cents

ENTITY: Final = "entity"
"""Who keeps what is not distributed."""

_LAST: Final = "\uffff"
"""Before the account that takes what no participant does: last where a remainder is equal."""

TIE: Final = "by largest remainder, of equal ones the first participant_id"


@dataclass(frozen=True)
class Step:
    """One part of an amount in cents, and the arithmetic that made it."""

    says: str
    cents: Fraction


@dataclass(frozen=True)
class Part:
    """What one participant gets, or bears (below 0), in cents."""

    participant: Participant
    cents: int
    steps: tuple[Step, ...]
    gated: bool = False
    floored: bool = False
    capped: bool = False


@dataclass(frozen=True)
class GroupPart:
    """A group's pool in cents, with its arithmetic."""

    group: Group
    cents: int
    says: str


@dataclass(frozen=True)
class Kept:
    """What is on no participant's account, in cents: on a group kept whole, or with the entity."""

    account: str
    cents: int
    says: str


@dataclass(frozen=True)
class Split:
    """A pool in cents, whole: parts and what is kept add up to it."""

    cents: int
    groups: tuple[GroupPart, ...]
    parts: tuple[Part, ...]
    kept: tuple[Kept, ...]


def money(cents: Fraction | int, unit: str = "usd") -> str:
    """Cents as people read them, half up."""
    with_sign = Decimal(Fraction(cents).numerator) / Decimal(Fraction(cents).denominator)
    return display(str(with_sign / 100), unit)


def percent(share: Decimal | Fraction) -> str:
    """A share as people read it."""
    value = Decimal(Fraction(share).numerator) / Decimal(Fraction(share).denominator)
    return display(str(value), "rate")


def split(
    clause: Distribution, cents: int, people: Sequence[Participant], where: str, unit: str = "usd"
) -> Split:
    """Share a pool of whole cents, below 0 where it is a loss.

    where: the clause, for errors. Raises InputError with everything that stands in the way: a group
    without participants, agreed shares of others, empty cells, floors above the pool, a loss of
    which the clause says nothing.
    """
    if cents < 0 and not any(it.losses for it in clause.groups):
        what = f"the pool is a loss of {money(-cents, unit)}, and no group says how it bears losses"
        raise InputError(Problem(where, what))
    pools = _group_pools(clause, cents, unit)
    problems: list[Problem] = []
    parts: list[Part] = []
    kept: list[Kept] = []
    for pool in pools:
        own = sorted((it for it in people if it.group == pool.group.group), key=lambda it: it.id)
        try:
            some, rest = _in_group(clause, pool, own, where, unit)
        except OpenVBCError as error:
            problems += error.problems
            continue
        parts += some
        kept += rest
    if problems:
        raise InputError(problems)
    return Split(cents, tuple(pools), tuple(parts), tuple(kept))


def _group_pools(clause: Distribution, cents: int, unit: str) -> list[GroupPart]:
    shares = {it.group: _share(it, cents) for it in clause.groups}
    exact = {name: Fraction(share) * cents for name, share in shares.items()}
    whole = whole_cents(exact)
    return [
        GroupPart(
            it, whole[it.group], f"{percent(shares[it.group])} of the pool of {money(cents, unit)}"
        )
        for it in clause.groups
    ]


def _share(group: Group, cents: int) -> Decimal:
    if cents >= 0:
        return group.share
    return group.losses.share if group.losses else Decimal(0)


def _in_group(
    clause: Distribution, pool: GroupPart, people: Sequence[Participant], where: str, unit: str
) -> tuple[list[Part], list[Kept]]:
    group = pool.group
    if group.kept_whole:
        return [], [Kept(group.group, pool.cents, pool.says)] if pool.cents else []
    problem = _wrong_people(group, people)
    if problem:
        raise InputError(Problem(where, problem))
    if pool.cents < 0:
        return _loss(pool, people, unit)
    return _gain(pool, people, clause.reserve or ENTITY, where, unit)


def _wrong_people(group: Group, people: Sequence[Participant]) -> str | None:
    if not people:
        return f"group {group.group} has no participants"
    if group.agreed and set(group.agreed) != {it.id for it in people}:
        named = sorted(set(group.agreed) ^ {it.id for it in people})
        what = f"group {group.group}: {', '.join(named)} stands only in one of"
        return f"{what} the agreed shares and the participants"
    return None


def _nominal(
    mix: Mapping[str, Decimal], pool: GroupPart, people: Sequence[Participant], unit: str
) -> dict[str, list[Step]]:
    """Each participant's part by weight alone, in steps: one for each basis."""
    group, total = pool.group, money(abs(pool.cents), unit)
    if group.agreed:
        return {
            it.id: [
                Step(
                    f"agreed share {percent(group.agreed[it.id])} of {total}",
                    Fraction(group.agreed[it.id]) * abs(pool.cents),
                )
            ]
            for it in people
        }
    full_at = group.credibility.full_at if group.credibility else None
    found = bases(group.group, mix, people, full_at)
    return {
        it.id: [
            Step(_says(basis, it, total), basis.part(it.id) * abs(pool.cents)) for basis in found
        ]
        for it in people
    }


def _says(basis: Basis, person: Participant, total: str) -> str:
    whole = shown(basis.total, 4)
    figure = basis.texts[person.id]
    return f"{words(basis.name)} {figure} of {whole} × {percent(basis.weight)} of {total}"


def _failed(group: Group, person: Participant) -> Gate | None:
    """The first gate that a participant does not reach."""
    return next(
        (it for it in group.gates if person.measure(COLUMN[it.measure]) < it.at_least), None
    )


def _gain(
    pool: GroupPart, people: Sequence[Participant], spare: str, where: str, unit: str
) -> tuple[list[Part], list[Kept]]:
    """A group's gains. spare: who takes what no participant of the group may."""
    group = pool.group
    nominal = _nominal(group.basis, pool, people, unit)
    weight = {key: sum((it.cents for it in steps), Fraction(0)) for key, steps in nominal.items()}
    failed = {it.id: _failed(group, it) for it in people}
    away = _forfeited(failed, weight, spare)
    accounts = [_account(group, name, weight[name]) for name, gate in failed.items() if not gate]
    there = pool.cents - sum(away.values(), Fraction(0))
    _check_floors(group, accounts, there, where, unit)
    taken, over = fill(there, accounts)
    away[spare] = away.get(spare, Fraction(0)) + over
    whole = whole_cents(taken | {_LAST + name: part for name, part in away.items()})
    open_weight = sum((it.weight for it in accounts), Fraction(0))
    parts: list[Part] = []
    for it in people:
        gate, steps = failed[it.id], nominal[it.id]
        if gate:
            lost = Step(_gate_text(gate, it, group, spare), -weight[it.id])
            parts.append(Part(it, 0, _rounded([*steps, lost], 0), gated=True))
            continue
        fair = there * weight[it.id] / open_weight if open_weight else Fraction(0)
        held = taken[it.id]
        steps = [*steps, *_changes(group, weight[it.id], fair, held, unit)]
        floored, capped = _at_limits(group, held)
        cents = whole[it.id]
        parts.append(Part(it, cents, _rounded(steps, cents), floored=floored, capped=capped))
    text = f"forfeited, or above every ceiling, in group {group.group}"
    kept = [Kept(name, whole[_LAST + name], text) for name in sorted(away)]
    return parts, [it for it in kept if it.cents]


def _at_limits(group: Group, held: Fraction) -> tuple[bool, bool]:
    """Whether an amount is the floor, where there is one, and whether it is the ceiling."""
    floored = bool(group.floor) and held == to_cents(group.floor)
    return floored, group.ceiling is not None and held == to_cents(group.ceiling)


def _account(group: Group, name: str, weight: Fraction) -> Account:
    ceiling = None if group.ceiling is None else to_cents(group.ceiling)
    return Account(name, weight, to_cents(group.floor), ceiling)


def _forfeited(
    failed: Mapping[str, Gate | None], weight: Mapping[str, Fraction], spare: str
) -> dict[str, Fraction]:
    """What goes out of the group: the part of each gated-out participant, by destination."""
    found: dict[str, Fraction] = {}
    for name, gate in failed.items():
        if gate and gate.forfeit != "group":
            target = spare if gate.forfeit == "reserve" else ENTITY
            found[target] = found.get(target, Fraction(0)) + weight[name]
    return found


def _check_floors(
    group: Group, accounts: Iterable[Account], there: Fraction, where: str, unit: str
) -> None:
    needed = sum(it.floor for it in accounts)
    if needed > there:
        what = f"group {group.group}: the floors need {money(needed, unit)}, and there is"
        raise InputError(Problem(where, f"{what} {money(there, unit)}; lower them or their number"))


def _gate_text(gate: Gate, person: Participant, group: Group, spare: str) -> str:
    found = shown(Fraction(person.measure(COLUMN[gate.measure])))
    to = {"group": f"the rest of group {group.group}", "reserve": spare, "entity": "the entity"}
    short = f"{gate.measure} {found} is below {decimal_text(gate.at_least)}"
    return f"{short}: forfeited to {to[gate.forfeit]}"


def _changes(
    group: Group, nominal: Fraction, fair: Fraction, taken: Fraction, unit: str
) -> Iterator[Step]:
    """What the forfeits of others and the limits change."""
    if fair != nominal:
        yield Step("part of what others in the group forfeited, by weight", fair - nominal)
    if taken == fair:
        return
    floored, capped = _at_limits(group, taken)
    if floored and taken > fair:
        says = f"raised to the floor of {money(taken, unit)}"
    elif capped and taken < fair:
        says = f"held at the ceiling of {money(taken, unit)}"
    else:
        says = "by weight, of what floors and ceilings of others took or left"
    yield Step(says, taken - fair)


def _loss(
    pool: GroupPart, people: Sequence[Participant], unit: str
) -> tuple[list[Part], list[Kept]]:
    """A group's part of a loss: by its own basis, each up to its cap; the rest is the entity's."""
    group, losses = pool.group, pool.group.losses
    cap = to_cents(losses.cap) if losses and losses.cap is not None else None
    nominal = _nominal(losses.basis if losses else {}, pool, people, unit)
    weight = {key: sum((it.cents for it in steps), Fraction(0)) for key, steps in nominal.items()}
    accounts = [Account(name, it, 0, cap) for name, it in weight.items()]
    taken, over = fill(Fraction(-pool.cents), accounts)
    whole = whole_cents(taken | {_LAST: over})
    parts = []
    for it in people:
        steps = [Step(f"loss: {step.says}", -step.cents) for step in nominal[it.id]]
        capped = cap is not None and taken[it.id] == cap
        if taken[it.id] != weight[it.id]:
            says = f"held at the cap of {money(cap or 0, unit)}" if capped else "above others' caps"
            steps.append(Step(says, weight[it.id] - taken[it.id]))
        cents = -whole[it.id]
        parts.append(Part(it, cents, _rounded(steps, cents), capped=capped))
    text = f"loss above every cap in group {group.group}"
    return parts, [Kept(ENTITY, -whole[_LAST], text)] if whole[_LAST] else []


def _rounded(steps: Sequence[Step], cents: int) -> tuple[Step, ...]:
    """Steps in whole cents; a last one brings them to the amount."""
    rounded = [Step(it.says, Fraction(_half_up(it.cents))) for it in steps]
    off = cents - sum((it.cents for it in rounded), Fraction(0))
    return (*rounded, Step(f"to the whole cent, {TIE}", off)) if off else tuple(rounded)


def _half_up(cents: Fraction) -> int:
    """Whole cents, half away from zero."""
    down = (abs(cents) + Fraction(1, 2)).__floor__()
    return down if cents >= 0 else -down


def pass_through(result: Split, income: int) -> Mapping[str, Decimal]:
    """How much of an income in cents reaches primary care, in dollars and as a share of it."""
    groups = {it.group.group for it in result.groups if it.group.kind == "primary_care"}
    reached = sum(it.cents for it in result.parts if it.participant.group in groups)
    reached += sum(it.cents for it in result.kept if it.account in groups)
    share = Decimal(reached) / Decimal(income) if income else Decimal(0)
    return {"amount": dollars(reached), "share_of_income": share}
