"""The clause by which a contract's risk scores are computed, and not those that were loaded.

With `risk:` the HCC scores of assigned people come from diagnoses (table `member_score`); without
it they are those of the loaded table `risk_score`, as the payer gave them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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


class Risk(Shape):
    """Which models score the assigned people, and what becomes of a raw score.

    model, or blend with the share of each: a pack's name; without its payment year the pack of the
    performance year, which then scores the benchmark years too (42 CFR 425.659(b)). esrd: the model
    of those with end-stage renal disease; without it their loaded scores count. normalized: raw
    score ÷ the model's normalization; a blend is always of normalized scores. coding_intensity:
    then × what the adjustment for coding leaves. demographic: given, as loaded, or
    hcc_demographics, the demographic factors of the same models.
    """

    model: StrictStr | None = None
    blend: dict[str, Share] | None = None
    esrd: StrictStr | None = None
    normalized: StrictBool = False
    coding_intensity: StrictBool = False
    demographic: Literal["given", "hcc_demographics"] = "given"

    @property
    def shares(self) -> Mapping[str, Decimal]:
        """Model → its share, for the aged and the disabled."""
        return self.blend or ({self.model: Decimal(1)} if self.model else {})

    @property
    def divides(self) -> bool:
        """Whether raw scores are normalized."""
        return self.normalized or len(self.shares) > 1


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


def score_parts(clause: Risk, stratum: str, year: int, packs: Path) -> list[Part]:
    """The models of one enrolment type; none where its scores are the loaded ones."""
    esrd = {clause.esrd: Decimal(1)} if clause.esrd else {}
    shares = esrd if stratum == ESRD else clause.shares
    known = pack_folders(packs)
    return [
        _part(clause, pack_of(name, year, known), share, known) for name, share in shares.items()
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
    given, known = raw["risk"], pack_folders(path.parent.parent / PACKS)
    place = where(path, raw, "risk")
    found = []
    if (clause.model is None) == (clause.blend is None):
        found.append(Problem(place, "say either model: or blend: with a share for each model"))
    elif sum(clause.shares.values()) != 1:
        total = sum(clause.shares.values())
        found.append(Problem(where(path, given, "blend"), f"shares sum to {total}, expected 1"))
    names = [(key, name) for key in ("model", "esrd") if (name := getattr(clause, key))]
    for key, name in (*names, *(("blend", name) for name in clause.blend or ())):
        found += [
            Problem(where(path, given, key), it) for it in _pack_problems(name, clause, known)
        ]
    return found


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


def year_problems(path: Path, raw: Mapping[str, Any], clause: Risk, year: int) -> list[Problem]:
    """The models that have no pack of the performance year."""
    known = pack_folders(path.parent.parent / PACKS)
    names = [*clause.shares, *([clause.esrd] if clause.esrd else [])]
    packs = [pack_of(name, year, known) for name in names]
    twice = [f"{it} is named twice" for it, times in Counter(packs).items() if times > 1]
    gone = [f"no table pack {it}{near(it, known)}" for it in packs if it not in known]
    lacks = _lacking([it for it in packs if it in known], clause, known)
    return [Problem(where(path, raw, "risk"), it) for it in (*twice, *gone, *lacks)]
