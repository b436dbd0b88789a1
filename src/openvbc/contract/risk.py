"""The clause by which a contract's risk scores are computed, and not those that were loaded.

With `risk:` the HCC scores of assigned people come from diagnoses (table `member_score`); without
it they are those of the loaded table `risk_score`, as the payer gave them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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

YEAR_FORM: Final = "expected a year such as 2022: with model:, blend: or esrd:, or given"

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

    The method is that of the performance year, in the benchmark years too, or in each year that of
    the year, as the program says (42 CFR 425.659(b)(1)). A model without its payment year is the
    pack of the method's year. years: the models of a method's year where they are others; given:
    the loaded scores count in it. normalized: raw score ÷ the model's normalization; a blend is
    always of normalized scores, and then those of all years of a settlement are.
    coding_intensity: then × what the adjustment for coding leaves. demographic: given, as loaded,
    or hcc_demographics, the demographic factors of the same models.
    """

    years: dict[int, Models | Literal["given"]] = Field(default_factory=dict)
    normalized: StrictBool = False
    coding_intensity: StrictBool = False
    demographic: Literal["given", "hcc_demographics"] = "given"

    def of(self, year: int) -> Models:
        """The models of a method's year; none are named where the loaded scores count."""
        own = self.years.get(year, self)
        return own if isinstance(own, Models) else Models()

    def divides(self, years: Iterable[int]) -> bool:
        """Whether raw scores are normalized where the methods are of these years."""
        return self.normalized or any(len(self.of(it).shares) > 1 for it in years)

    @property
    def models(self) -> Iterator[tuple[int | None, Models]]:
        """The models that are named: those of years of their own, and of all others (None)."""
        yield None, self
        yield from ((it, own) for it, own in self.years.items() if isinstance(own, Models))


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


def score_parts(
    clause: Risk, stratum: str, year: int, years: Collection[int], packs: Path
) -> list[Part]:
    """The models of one enrolment type; none where its scores are the loaded ones.

    year: whose method it is; years: those of all periods, which are normalized alike.
    """
    models = clause.of(year)
    esrd = {models.esrd: Decimal(1)} if models.esrd else {}
    shares = esrd if stratum == ESRD else models.shares
    known = pack_folders(packs)
    divides = clause.divides(years)
    return [
        _part(clause, pack_of(name, year, known), share, known, divides=divides)
        for name, share in shares.items()
    ]


def _part(
    clause: Risk, name: str, share: Decimal, known: Mapping[str, Path], *, divides: bool
) -> Part:
    head = read_head(known[name])
    return Part(
        name,
        int(share * E9),
        int(head["normalization_e9"]) if divides else E9,
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
    known, given = pack_folders(path.parent.parent / PACKS), raw["risk"].get("years", {})
    found = [
        Problem(where(path, given, it), f"risk.years.{it}: {YEAR_FORM}, not in quotes")
        for it in given
        if not isinstance(it, int)
    ]
    for year, models in clause.models if not found else ():
        place = where(path, raw, "risk") if year is None else where(path, given, year)
        if (models.model is None) == (models.blend is None):
            found.append(Problem(place, "say either model: or blend: with a share for each model"))
        own = raw["risk"] if year is None else given[year]
        found += _models_problems(path, own, models, clause, known)
    return found


def _models_problems(
    path: Path, given: Mapping[str, Any], models: Models, clause: Risk, known: Mapping[str, Path]
) -> Iterator[Problem]:
    """What is wrong with the models that are given for all years, or for one."""
    total = sum(models.shares.values())
    if models.blend and not models.model and total != 1:
        yield Problem(where(path, given, "blend"), f"shares sum to {total}, expected 1")
    names = [(key, name) for key in ("model", "esrd") if (name := getattr(models, key))]
    for key, name in (*names, *(("blend", name) for name in models.blend or ())):
        for it in _pack_problems(name, clause, known):
            yield Problem(where(path, given, key), it)


def _pack_problems(name: str, clause: Risk, known: Mapping[str, Path]) -> Iterator[str]:
    """A model without a pack, or whose pack lacks a figure that the clause asks for."""
    if name in known:
        divides = clause.normalized or len(clause.shares) > 1
        yield from _lacking([name], clause, known, divides=divides)
    elif all(it.rpartition("_")[0] != name for it in known):
        yield f"no table pack of risk model {name}{near(name, known)}"


def _lacking(
    packs: Sequence[str], clause: Risk, known: Mapping[str, Path], *, divides: bool
) -> Iterator[str]:
    wanted = {"normalization_e9": divides, "coding_intensity_e9": clause.coding_intensity}
    for pack in packs:
        head = read_head(known[pack])
        for name in (it for it, is_wanted in wanted.items() if is_wanted and head[it] is None):
            yield f"{pack} has no {name.removesuffix('_e9')}, which this clause asks for"


def year_problems(
    path: Path,
    raw: Mapping[str, Any],
    clause: Risk,
    methods: Mapping[int, int],
    agreement: tuple[int, int],
) -> list[Problem]:
    """The models that have no pack of the year whose method is asked for.

    methods: year of a period → the year whose method scores it; the latest is the performance year.
    agreement: its first and last year.
    """
    known, years = pack_folders(path.parent.parent / PACKS), set(methods.values())
    first, last = min(agreement[0], *years), agreement[1]
    odd = [it for it in clause.years if not first <= it <= last]
    what = "is no year whose method scores this agreement's people; it begins with"
    found = dict.fromkeys(f"years: {it} {what} {first}" for it in odd)
    found |= dict.fromkeys(_of_another_year(clause, methods, known))
    for year in sorted(years):
        packs = [pack_of(name, year, known) for name in clause.of(year).names]
        found |= dict.fromkeys(f"{it} is named twice" for it, n in Counter(packs).items() if n > 1)
        gone = (it for it in packs if it not in known)
        found |= dict.fromkeys(f"no table pack {it}{near(it, known)}" for it in gone)
        there = [it for it in packs if it in known]
        found |= dict.fromkeys(_lacking(there, clause, known, divides=clause.divides(years)))
    return [Problem(where(path, raw, "risk"), it) for it in found]


def _of_another_year(
    clause: Risk, methods: Mapping[int, int], known: Collection[str]
) -> Iterator[str]:
    """Benchmark years with a method of their own that would be scored by a pack of one year."""
    performance = max(methods)
    own = sorted(it for it, of in methods.items() if of == it < performance)
    own = [it for it in own if it not in clause.years]
    for name in (it for it in clause.names if it in known and own):
        listed = ", ".join(map(str, own))
        yield (
            f"the program scores each benchmark year by the method of its own year: {name} is one "
            f"for all of {listed}; name the model without its year, or say the models of each of "
            "these years under years: (given: its loaded scores)"
        )
