"""The definition of episodes: triggers, windows, and which claim lines belong to an episode.

A YAML file in `episodes/`, beside `contracts/`. Reading it reports every problem at once, each with
file and line. Codes are bare; one that ends in * stands for all that begin so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr
from ruamel.yaml.comments import CommentedMap

from openvbc.contract.document import ID, read_known
from openvbc.contract.shape import Shape
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem

Service = Literal["inpatient", "outpatient", "professional", "post_acute", "other_service"]
Code = StrictStr | StrictInt
Codes = Annotated[list[Code], Field(min_length=1)]
Days = Annotated[StrictInt, Field(ge=0)]
Name = Annotated[str, Field(pattern=ID)]
Text = Annotated[str, Field(min_length=1)]


class Matching(Shape):
    """What a claim or a line must have: one code of each kind that is listed.

    diagnosis: the claim's principal diagnosis; any_diagnosis: any of them.
    """

    service: Annotated[list[Service], Field(min_length=1)] | None = None
    ms_drg: Codes | None = None
    hcpcs: Codes | None = None
    icd_10_pcs: Codes | None = None
    diagnosis: Codes | None = None
    any_diagnosis: Codes | None = None
    revenue_center: Codes | None = None
    specialty: Codes | None = None
    place_of_service: Codes | None = None
    bill_type: Codes | None = None

    def kinds(self) -> Mapping[str, list[str]]:
        """Kind of code → the codes as text, for the kinds that are listed."""
        found = ((name, getattr(self, name)) for name in KINDS)
        return {name: [_text(name, it) for it in codes] for name, codes in found if codes}


KINDS: Final = tuple(Matching.model_fields)
"""The kinds of code, in the order in which they are declared."""

_DIGITS: Final[Mapping[str, int]] = {
    "ms_drg": 3,
    "hcpcs": 5,
    "icd_10_pcs": 7,
    "revenue_center": 4,
    "specialty": 2,
    "place_of_service": 2,
}
"""Codes that YAML may read as numbers, and so lose leading zeros of."""


class Trigger(Matching):
    """A claim that starts an episode."""

    id: Name
    cite: Text


class Window(Shape):
    """Days that count, as a span from the first day of the trigger claim (day 0)."""

    first: StrictInt | None = Field(None, alias="from")
    last: StrictInt | None = Field(None, alias="to")


class When(Matching):
    """When a rule fits a line: all that is said here holds. anchor: the trigger claim itself."""

    days: Window | None = None
    anchor: StrictBool = False


class LineRule(Shape):
    """Whether lines belong to an episode, and why; exactly one of include and exclude."""

    id: Name
    include: Text | None = None
    exclude: Text | None = None
    cite: Text
    types: list[str] | None = None
    when: When


class Otherwise(Shape):
    """What holds for a line that no rule fits."""

    id: Name
    include: Text | None = None
    exclude: Text | None = None
    cite: Text


class EpisodeType(Shape):
    """One type of episode: its triggers, its window in days, who is accountable, its outlier cut.

    before_days count back from the trigger claim's first day, after_days on from its last.
    accountable: the facility of the trigger claim, or who operated (operating_hcpcs: on whose
    professional claim these codes stand). outlier_cut: dollars above which an episode is cut.
    """

    triggers: Annotated[list[Trigger], Field(min_length=1)]
    before_days: Days
    after_days: Days
    accountable: Literal["facility", "operating"]
    operating_hcpcs: Codes | None = None
    outlier_cut: Annotated[StrictInt | Decimal, Field(gt=0)] | None = None


class DefinitionShape(Shape):
    """A definition file.

    clean_days: a trigger starts an episode only where more than so many days have passed since the
    last day of every earlier trigger claim of the person. amount: which amounts are summed.
    """

    definition: Name
    title: Text
    clean_days: Days
    amount: Literal["allowed", "paid"] = "allowed"
    types: Annotated[dict[str, EpisodeType], Field(min_length=1)]
    rules: list[LineRule]
    otherwise: Otherwise


@dataclass(frozen=True)
class Definition:
    """A definition of episodes, read and checked."""

    path: Path
    shape: DefinitionShape

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return file_digest(self.path)

    @property
    def longest_window(self) -> int:
        """Most days before and after a trigger claim, of any type."""
        types = self.shape.types.values()
        return max(it.before_days for it in types) + max(it.after_days for it in types)


def _text(kind: str, code: Code) -> str:
    """A code as text without a dot, with the leading zeros that YAML took from a number."""
    if isinstance(code, int):
        return str(code).zfill(_DIGITS.get(kind, 0))
    text = code.strip().replace(".", "")
    return text if kind == "service" else text.upper()


def read_definition(path: Path) -> Definition:
    """Read a definition of episodes; raises InputError with everything that is wrong."""
    shape, raw, problems = read_known(path, DefinitionShape)
    found = Definition(path, shape)
    problems += [Problem(f"{path}:{line}", what) for line, what in _wrong(found, raw)]
    if problems:
        raise InputError(problems)
    return found


Wrong = tuple[int, str]


def _wrong(found: Definition, raw: CommentedMap) -> Iterator[Wrong]:
    shape = found.shape
    if shape.clean_days < found.longest_window:
        what = f"clean_days: found {shape.clean_days}, expected at least {found.longest_window},"
        yield (
            _line(raw, "clean_days"),
            f"{what} the days before and after a trigger; else a line would stand in two episodes",
        )
    for name, it in shape.types.items():
        yield from _wrong_type(name, it, raw["types"])
    yield from _wrong_rules(shape, raw)
    yield from _wrong_ids(shape, raw)


def _line(raw: Any, key: str | int) -> int:
    place = raw.lc.item(key) if isinstance(key, int) else raw.lc.data[key]
    return int(place[0]) + 1


def _wrong_type(name: str, it: EpisodeType, raw: CommentedMap) -> Iterator[Wrong]:
    line = _line(raw, name)
    if it.accountable == "operating" and not it.operating_hcpcs:
        yield line, f"{name}: accountable is operating; list operating_hcpcs, the surgeon's codes"
    if it.accountable == "facility" and it.operating_hcpcs:
        yield line, f"{name}: operating_hcpcs has no effect; accountable is facility"
    for place, trigger in enumerate(it.triggers):
        here = _line(raw[name]["triggers"], place)
        if not set(trigger.kinds()) - {"service"}:
            yield here, f"trigger {trigger.id} lists no code; every claim would start an episode"
        yield from ((here, f"trigger {trigger.id}: {what}") for what in _wrong_codes(trigger))
    codes = Matching(hcpcs=it.operating_hcpcs)
    yield from ((line, f"{name}: operating_hcpcs: {what}") for what in _wrong_codes(codes))


def _wrong_codes(it: Matching) -> Iterator[str]:
    """A * that is not at the end, and nothing else: which codes there are is the payer's list."""
    for kind, codes in it.kinds().items():
        for code in codes:
            bare = code.removesuffix("*")
            if not bare.replace("_", "").isalnum():
                yield f"{kind}: found {code[:20]!r}, expected a code, or its beginning and a *"


def _wrong_rules(shape: DefinitionShape, raw: CommentedMap) -> Iterator[Wrong]:
    for place, it in enumerate(shape.rules):
        line = _line(raw["rules"], place)
        yield from ((line, f"rule {it.id}: {what}") for what in _wrong_rule(it, shape))
        yield from ((line, f"rule {it.id}: {what}") for what in _wrong_codes(it.when))
    last = shape.otherwise
    if (last.include is None) == (last.exclude is None):
        yield (
            _line(raw, "otherwise"),
            "otherwise: say one of include: and exclude:, with the reason",
        )


def _wrong_rule(it: LineRule, shape: DefinitionShape) -> Iterator[str]:
    if (it.include is None) == (it.exclude is None):
        yield "say one of include: and exclude:, with the reason"
    when, days = it.when, it.when.days
    if not when.kinds() and days is None and not when.anchor:
        yield "when: says nothing, so no later rule could be reached; write it as otherwise:"
    if days and days.first is not None and days.last is not None and days.last < days.first:
        yield f"days: from {days.first} to {days.last} holds no day"
    for name in it.types or ():
        if name not in shape.types:
            yield f"no type {name}; the types are {', '.join(shape.types)}"


def _wrong_ids(shape: DefinitionShape, raw: CommentedMap) -> Iterator[Wrong]:
    """Ids that stand twice: a line's rule is told by its id."""
    places = [(it.id, _line(raw["rules"], place)) for place, it in enumerate(shape.rules)]
    places.append((shape.otherwise.id, _line(raw, "otherwise")))
    seen: dict[str, int] = {DENIED: 0}
    for name, line in places:
        first = seen.setdefault(name, line)
        if first != line:
            where = f"stands in line {first} too" if first else "is the system's own"
            yield line, f"rule id {name} {where}; give each rule an id of its own"


DENIED: Final = "denied"
"""The rule that stands before all others: a line that the payer refused is in no episode."""
