"""By what a group's pool is split: each participant's part of every basis.

A rate of a small panel says little. It is drawn towards the group's mean: Z × own + (1 − Z) × mean,
where Z is the square root of panel ÷ full_at, at most 1 (limited-fluctuation credibility), and the
mean is weighted by panel. A higher own rate never lowers the own part of a basis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cached_property
from typing import Final

from openvbc.distribute.participants import Participant
from openvbc.errors import InputError, Problem
from openvbc.money import RULES_CONTEXT, round_half_up

COLUMN: Final[Mapping[str, str]] = {
    "panel": "panel",
    "performance": "performance",
    "quality": "quality",
    "tenure": "tenure_months",
    "need": "need",
}
"""Basis or gate → the column it is read from."""

RATES: Final = ("performance", "quality", "need")
"""Measures that credibility is for; counts and dollars are what they are."""


@dataclass(frozen=True)
class Basis:
    """One basis in a group: its weight in the mix, and each participant's figure with its text."""

    name: str
    weight: Decimal
    figures: Mapping[str, Fraction]
    texts: Mapping[str, str]

    @cached_property
    def total(self) -> Fraction:
        """The figures of all participants together."""
        return sum(self.figures.values(), Fraction(0))

    def part(self, participant_id: str) -> Fraction:
        """A participant's part of the group's pool by this basis."""
        return Fraction(self.weight) * self.figures[participant_id] / self.total


def credibility(panel: Decimal, full_at: int) -> Decimal:
    """Z, from 0 to 1: the square root of panel ÷ full_at, rounded to 34 digits."""
    with localcontext(RULES_CONTEXT):
        return min(Decimal(1), (panel / full_at).sqrt())


def shown(number: Fraction, places: int = 6) -> str:
    """A figure as text, rounded half up to some places, thousands apart."""
    with localcontext(RULES_CONTEXT):
        value = Decimal(number.numerator) / Decimal(number.denominator)
    text = f"{round_half_up(value, places):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def bases(
    group: str, mix: Mapping[str, Decimal], people: Sequence[Participant], full_at: int | None
) -> list[Basis]:
    """The bases of a mix, each with the participants' figures.

    full_at: lives from which a rate counts in full; None where all do. Raises InputError with every
    empty cell, and where nobody has anything of a basis, so that there is nothing to split by.
    """
    problems: list[Problem] = []
    found: list[Basis] = []
    for name, weight in mix.items():
        try:
            basis = Basis(name, weight, *_figures(name, people, full_at))
        except InputError as error:
            problems += error.problems
            continue
        found.append(basis)
        if not basis.total:
            what = f"nobody in group {group} has any {words(name)}; there is nothing to split by"
            problems.append(Problem(people[0].where.rpartition(":")[0], what))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return found


def words(basis: str) -> str:
    """A basis as it is read."""
    return "episode savings × quality" if basis == "episode_savings_quality" else basis


def _figures(
    name: str, people: Sequence[Participant], full_at: int | None
) -> tuple[dict[str, Fraction], dict[str, str]]:
    if name == "equal":
        return {it.id: Fraction(1) for it in people}, {it.id: "1" for it in people}
    if name == "episode_savings_quality":
        return _savings_by_quality(people, full_at)
    return _measured(name, people, full_at)


def _measured(
    name: str, people: Sequence[Participant], full_at: int | None
) -> tuple[dict[str, Fraction], dict[str, str]]:
    problems = _empty(COLUMN[name], people)
    shrunk = full_at is not None and name in RATES
    problems += _empty("panel", people) if shrunk else []
    if problems:
        raise InputError(problems)
    own = {it.id: Fraction(it.measure(COLUMN[name])) for it in people}
    if full_at is None or not shrunk:
        return own, {key: shown(value) for key, value in own.items()}
    return _towards_mean(own, {it.id: it.measure("panel") for it in people}, full_at)


def _empty(column: str, people: Sequence[Participant]) -> list[Problem]:
    found: list[Problem] = []
    for it in people:
        try:
            it.measure(column)
        except InputError as error:
            found += error.problems
    return found


def _towards_mean(
    own: Mapping[str, Fraction], panel: Mapping[str, Decimal], full_at: int
) -> tuple[dict[str, Fraction], dict[str, str]]:
    lives = sum((Fraction(it) for it in panel.values()), Fraction(0))
    if lives:
        mean = sum((own[key] * Fraction(panel[key]) for key in own), Fraction(0)) / lives
    else:
        mean = sum(own.values(), Fraction(0)) / len(own)
    weight = {key: Fraction(credibility(panel[key], full_at)) for key in own}
    figures = {key: weight[key] * own[key] + (1 - weight[key]) * mean for key in own}
    texts = {
        key: shown(own[key])
        if weight[key] == 1
        else f"{shown(figures[key])} ({shown(weight[key], 4)} × {shown(own[key])} + "
        f"{shown(1 - weight[key], 4)} × mean {shown(mean)})"
        for key in own
    }
    return figures, texts


def _savings_by_quality(
    people: Sequence[Participant], full_at: int | None
) -> tuple[dict[str, Fraction], dict[str, str]]:
    """Savings × quality; who lost on episodes has 0."""
    problems = _empty("episode_savings", people)
    try:
        quality, quality_texts = _measured("quality", people, full_at)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from error
    if problems:
        raise InputError(problems)
    savings = {it.id: max(Fraction(it.measure("episode_savings")), Fraction(0)) for it in people}
    figures = {key: savings[key] * quality[key] for key in savings}
    texts = {
        key: f"${shown(savings[key], 2)} × {quality_texts[key]} = {shown(figures[key], 4)}"
        for key in savings
    }
    return figures, texts
