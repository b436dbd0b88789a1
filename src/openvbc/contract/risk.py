"""The clause by which a contract's risk scores are computed, and not those that were loaded.

With `risk:` the HCC scores of assigned people come from diagnoses (table `member_score`); without
it they are those of the loaded table `risk_score`, as the payer gave them.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StrictStr

from openvbc.contract.shape import Shape
from openvbc.errors import Problem, near
from openvbc.risk.head import read_head
from openvbc.risk.pack import pack_folders
from openvbc.yamlfile import where

PACKS: Final = "packs"
"""A workspace's own risk packs, beside `contracts/`."""

E9: Final = 10**9
ESRD: Final = "esrd"
"""The enrolment type that has a model of its own."""

Share = Annotated[Decimal, Field(gt=0, le=1)]


class Models(Shape):
    """Which models score people: model, or blend with the share of each, and esrd.

    Each is a pack's name, with its payment year or without. esrd: the model of those with end-stage
    renal disease; without it their loaded scores count.
    """

    model: StrictStr | None = None
    blend: dict[str, Share] | None = None
    esrd: StrictStr | None = None

    @property
    def shares(self) -> Mapping[str, Decimal]:
        """Model → its share, for the aged and the disabled."""
        return self.blend or ({self.model: Decimal(1)} if self.model else {})

    @property
    def names(self) -> list[str]:
        """All models that are named."""
        return [*self.shares, *([self.esrd] if self.esrd else [])]


class Risk(Models):
    """Which models score the assigned people, and what becomes of a raw score.

    A model without its payment year is the pack of the performance year, in the benchmark years
    too, or in each year the pack of that year, as the program says (42 CFR 425.659(b)(1)). years:
    calendar years with models of their own; given: the loaded scores of that year count.
    normalized: raw score ÷ the model's normalization; a blend is always of normalized scores.
    coding_intensity: then × what the adjustment for coding leaves. demographic: given, as loaded,
    or hcc_demographics, the demographic factors of the same models.
    """

    years: dict[int, Models | Literal["given"]] = Field(default_factory=dict)
    normalized: StrictBool = False
    coding_intensity: StrictBool = False
    demographic: Literal["given", "hcc_demographics"] = "given"

    def of(self, year: int) -> Models:
        """The models of a calendar year; none are named where its loaded scores count."""
        own = self.years.get(year, self)
        return own if isinstance(own, Models) else Models()

    @property
    def models(self) -> Iterator[tuple[int | None, Models]]:
        """The models that are named: those of years of their own, and of all others (None)."""
        yield None, self
        yield from ((it, own) for it, own in self.years.items() if isinstance(own, Models))

    @property
    def divides(self) -> bool:
        """Whether raw scores are normalized: those of all years, where one year has a blend."""
        return self.normalized or any(len(it.shares) > 1 for _, it in self.models)


@dataclass(frozen=True)
class Part:
    """One model of a score: its pack and share; a raw score is ÷ normalization and × coding."""

    risk_model: str
    share_e9: int
    normalization_e9: int
    coding_e9: int
    demographic: bool
    cite: str


def pack_of(name: str, year: int, known: Mapping[str, Path]) -> str:
    """The pack that a name means in a year: itself, or the year's own where it has no year."""
    return name if name in known else f"{name}_{year}"


def score_parts(clause: Risk, stratum: str, year: int, method_year: int, packs: Path) -> list[Part]:
    """The models of one enrolment type in a year; none where its scores are the loaded ones.

    method_year: the year whose pack a name without one means.
    """
    models = clause.of(year)
    esrd = {models.esrd: Decimal(1)} if models.esrd else {}
    shares = esrd if stratum == ESRD else models.shares
    known = pack_folders(packs)
    return [
        _part(clause, pack_of(name, method_year, known), share, known)
        for name, share in shares.items()
    ]


def _part(clause: Risk, name: str, share: Decimal, known: Mapping[str, Path]) -> Part:
    head = read_head(known[name])
    return Part(
        name,
        int(share * E9),
        int(head["normalization_e9"]) if clause.divides else E9,
        int(head["coding_intensity_e9"]) if clause.coding_intensity else E9,
        clause.demographic != "given",
        str(head["cite"]),
    )


def risk_problems(
    path: Path, raw: Mapping[str, Any], clause: Risk, *, counted: bool
) -> list[Problem]:
    """What a risk clause may not say, all of it. counted: the contract has a population."""
    if not counted:
        return [Problem(where(path, raw, "risk"), "scores assigned people; add population:")]
    known = pack_folders(path.parent.parent / PACKS)
    found: list[Problem] = []
    for year, models in clause.models:
        given, key = (raw["risk"], "risk") if year is None else (raw["risk"]["years"], year)
        within = raw if year is None else given
        found += _models_problems(path, (within, key), models, clause, known)
    return found


def _models_problems(
    path: Path,
    place: tuple[Mapping[Any, Any], Any],
    models: Models,
    clause: Risk,
    known: Mapping[str, Path],
) -> Iterator[Problem]:
    """What is wrong with the models of all years or of one; place: what holds them, and its key."""
    within, key = place
    given = within[key]
    if (models.model is None) == (models.blend is None):
        what = "say either model: or blend: with a share for each model"
        yield Problem(where(path, within, key), what)
    elif sum(models.shares.values()) != 1:
        total = sum(models.shares.values())
        yield Problem(where(path, given, "blend"), f"shares sum to {total}, expected 1")
    names = [(key, name) for key in ("model", "esrd") if (name := getattr(models, key))]
    for key, name in (*names, *(("blend", name) for name in models.blend or ())):
        for it in _pack_problems(name, clause, known):
            yield Problem(where(path, given, key), it)


def _pack_problems(name: str, clause: Risk, known: Mapping[str, Path]) -> Iterator[str]:
    """A model without a pack, or whose pack lacks a figure that the clause asks for."""
    packs = [it for it in known if it == name or it.rpartition("_")[0] == name]
    if not packs:
        yield f"no table pack of risk model {name}{near(name, known)}"
    yield from _lacking(packs if name in known else [], clause, known)


def _lacking(packs: Sequence[str], clause: Risk, known: Mapping[str, Path]) -> Iterator[str]:
    wanted = {"normalization_e9": clause.divides, "coding_intensity_e9": clause.coding_intensity}
    for pack in packs:
        head = read_head(known[pack])
        for name in (it for it, is_wanted in wanted.items() if is_wanted and head[it] is None):
            yield f"{pack} has no {name.removesuffix('_e9')}, which this clause asks for"


def year_problems(
    path: Path, raw: Mapping[str, Any], clause: Risk, years: Mapping[int, int], last: int
) -> list[Problem]:
    """The models that have no pack of the year they are asked for.

    years: calendar year → the year whose pack a name without one means in it; the latest is the
    performance year. last: the agreement's last year.
    """
    known = pack_folders(path.parent.parent / PACKS)
    odd = [it for it in clause.years if not min(years) <= it <= last]
    found = dict.fromkeys(f"years: {it} is no year of this agreement" for it in odd)
    found |= dict.fromkeys(_of_another_year(clause, years, known))
    for year, method_year in years.items():
        packs = [pack_of(name, method_year, known) for name in clause.of(year).names]
        found |= dict.fromkeys(f"{it} is named twice" for it, n in Counter(packs).items() if n > 1)
        gone = (it for it in packs if it not in known)
        found |= dict.fromkeys(f"no table pack {it}{near(it, known)}" for it in gone)
        found |= dict.fromkeys(_lacking([it for it in packs if it in known], clause, known))
    return [Problem(where(path, raw, "risk"), it) for it in found]


def _of_another_year(
    clause: Risk, years: Mapping[int, int], known: Collection[str]
) -> Iterator[str]:
    """Benchmark years with a method of their own that would be scored by a pack of one year."""
    last = max(years)
    own = [it for it in sorted(years) if years[it] == it < last and it not in clause.years]
    for name in (it for it in clause.names if it in known and own):
        listed = ", ".join(map(str, own))
        yield (
            f"the program scores each benchmark year by the method of its own year: {name} is one "
            f"for all of {listed}; name the model without its year, or say the models of each of "
            "these years under years: (given: its loaded scores)"
        )
