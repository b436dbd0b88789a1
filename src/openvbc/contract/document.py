"""The shape of the two files that people write: the contract, and each year's settlement.

The shapes are declared once; JSON Schema for editors comes from them. Reading reports every
problem at once, each with file and line.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from pydantic import (
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from openvbc.contract.book import Book
from openvbc.contract.distribution import Distribution
from openvbc.contract.episodes import Episodes
from openvbc.contract.governance import Governance
from openvbc.contract.members import Members
from openvbc.contract.payment_terms import PaymentTerms
from openvbc.contract.risk import YEAR_FORM, Risk
from openvbc.contract.shape import Day, Shape
from openvbc.errors import InputError, Problem, meant
from openvbc.yamlfile import line_of, plain, read_yaml

Scalar = StrictBool | StrictInt | Decimal | StrictStr | None
Listed = list[dict[str, Scalar]]
"""A list of entries with keys of their own: bands of a scale, changes of a roster."""

ID: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"

MSSP: Final = "mssp"
"""The attribution method of the Shared Savings Program."""

ONE_OF_BOTH: Final = "give it one value, or values by period and enrolment type"
COMPONENT_FORM: Final = (
    "expected the name of a component, or `name:` with its terms indented below the name"
)

LONGEST_SHOWN: Final = 40
"""How much of a wrong value an error repeats."""


class Party(Shape):
    """One side of the contract."""

    id: str
    name: str


class Parties(Shape):
    """Who pays and who is accountable."""

    payer: Party
    entity: Party


class Agreement(Shape):
    """The agreement period: first and last day, and the how-many-eth it is."""

    start: Day
    end: Day | None = None
    number: StrictInt = Field(1, ge=1)


class Population(Shape):
    """Whose patients count: the attribution method, the participants and the claims cut-off.

    method: mssp, or a declared one such as reach, commercial or payer_list. participants is a CSV
    file beside the contract with the columns tin, npi, ccn, role, group_id, valid_from, valid_to;
    left out where everybody on the payer's `list` counts. run_out_months of claims payment after
    the period count. Of mssp: assignment, and cut: national (a fact of the settlement) or computed
    (the population's own percentile). Of other methods: payer, as eligibility names it, whose
    months alone count; list, the one of the payer's reports that holds the contract's people;
    pharmacy: whether pharmacy claims count besides medical ones.
    """

    method: StrictStr
    assignment: Literal["retrospective", "prospective"] = "retrospective"
    participants: str | None = None
    payer: StrictStr | None = None
    list: StrictStr | None = None
    run_out_months: StrictInt = Field(3, ge=0)
    cut: Literal["national", "computed"] = "national"
    pharmacy: StrictBool = False

    @property
    def is_mssp(self) -> bool:
        """Whether people are assigned by 42 CFR 425.400 to 425.404."""
        return self.method == MSSP


class ContractShape(Shape):
    """A contract file.

    program: whose parameters hold; none where every figure is a term or a fact. population: none
    where nothing is counted from tables and every leaf is a term or a fact. risk: which models
    score its patients; none where their scores are loaded. members: whose months are counted where
    components pay by member and month; none where those months are facts. episodes: which episodes
    are counted; none where the bundle's totals are facts. book: the analysis whose base year, and
    whose growth, a target starts from; none where those are terms or facts.
    """

    contract: str = Field(pattern=ID)
    title: str
    program: str | None = None
    parties: Parties
    line_of_business: str
    agreement: Agreement
    population: Population | None = None
    risk: Risk | None = None
    members: Members | None = None
    episodes: Episodes | None = None
    book: Book | None = None
    components: list[str | dict[str, dict[str, Any] | None]]
    terms: dict[str, Any] = Field({})
    payment_terms: PaymentTerms | None = None
    distribution: Distribution | None = None
    governance: Governance | None = None


class Fact(Shape):
    """One dated fact: a value, or values by period and enrolment type."""

    unit: str
    source: str = Field(min_length=1)
    received_on: Day
    value: Scalar | Listed = None
    values: dict[str, Scalar | Listed | dict[str, Scalar | Listed]] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Fact":
        if (self.value is None) == (self.values is None):
            raise ValueError(ONE_OF_BOTH)
        return self


class SettlementShape(Shape):
    """A settlement file. kind says how firm it is; supersedes names the statement it replaces.

    A projection says what may come and settles nothing; a reopened one replaces a statement after
    its reopening, as a restated one does within the ordinary course.

    strata: the measures, conditions, episode categories or indicators that are settled, where the
    contract has no population (whose strata are its enrolment types). benchmarks: a file beside
    the settlement with the benchmarks of those measures.
    """

    contract: str
    period: str = Field(pattern=ID)
    first_day: Day
    last_day: Day
    kind: Literal["projection", "interim", "final", "restated", "reopened"]
    as_of: Day
    supersedes: str | None = None
    strata: list[StrictStr] = Field([])
    benchmarks: StrictStr | None = None
    facts: dict[str, Fact] = Field({})
    asserts: dict[str, Scalar] = Field({}, alias="assert")


MAY_BE_EMPTY: Final = ("facts", "assert", "terms", "strata")
"""Keys that may stand in a file with nothing below them."""

S = TypeVar("S", bound=Shape)


def read_shape(path: Path, shape: type[S]) -> tuple[S, CommentedMap]:
    """Read a file into its shape; also the raw mapping, which knows the lines.

    Raises InputError with one line for each thing that does not fit.
    """
    found, raw, problems = read_known(path, shape)
    if problems:
        raise InputError(problems)
    return found, raw


def read_known(path: Path, shape: type[S]) -> tuple[S, CommentedMap, list[Problem]]:
    """As `read_shape`, but a file whose only faults are unknown keys is read without them.

    Its further mistakes can then be told together with those keys, which are returned.
    """
    raw = read_yaml(path)
    for name in MAY_BE_EMPTY:
        if name in raw and raw[name] is None:
            del raw[name]
    content = plain(raw)
    try:
        return shape.model_validate(content), raw, []
    except ValidationError as error:
        items = error.errors()
        problems = _telling([_problem(path, raw, shape, item) for item in items])
        if any(item["type"] != "extra_forbidden" for item in items):
            raise InputError(problems) from error
    for item in items:
        _remove(content, item["loc"])
    try:
        return shape.model_validate(content), raw, problems
    except ValidationError as error:  # what is left lacks just what was misspelt
        raise InputError(problems) from error


def _remove(content: Any, location: Sequence[str | int]) -> None:
    for part in location[:-1]:
        content = content[part]
    del content[location[-1]]


def _telling(problems: Sequence[Problem]) -> list[Problem]:
    """Each problem once; of several about one value (a value may be of several types) the last."""
    by_place = {(it.where, it.what.partition(":")[0]): it for it in problems}
    return list(by_place.values())


def _problem(path: Path, raw: CommentedMap, shape: type[Shape], item: Mapping[str, Any]) -> Problem:
    known = _location(raw, item["loc"])
    line = _line(raw, known)
    place = f"{path}:{line}" if line else str(path)
    name = ".".join(str(part) for part in known) or "the file"
    kind = item["type"]
    if tuple(known[:2]) == ("risk", "years"):
        return Problem(place, f"{name}: {YEAR_FORM}")
    if kind == "extra_forbidden":
        keys = _known_keys(shape, item["loc"])
        hint = meant(str(item["loc"][-1]), keys) or f"; known keys: {', '.join(keys)}"
        return Problem(place, f"unknown key {name}{hint}")
    if kind == "missing":
        return Problem(place, f"{name}.{item['loc'][-1]} is missing".removeprefix("the file."))
    if known and known[0] == "components":
        return Problem(place, f"{name}: {COMPONENT_FORM}")
    if item["msg"].endswith(ONE_OF_BOTH):
        return Problem(place, f"{name}: {ONE_OF_BOTH}")
    several = len(item["loc"]) > len(known)  # one of several types that the value may have
    expected = "a number, text, true or false" if several else _expected(item)
    return Problem(place, f"{name}: found {_shown(item['input'])}, expected {expected}")


_WORDS: Final = {
    "string_type": "text (in quotes if it looks like a number or a date)",
    "int_type": "a whole number",
    "dict_type": "keys and values",
    "list_type": "a list",
    "model_type": "keys and values",
    "value_error": "a day such as 2025-12-31",
    "string_pattern_mismatch": "letters, digits, _ and -, a letter or digit first",
    "string_too_short": "some text",
}


def _expected(item: Mapping[str, Any]) -> str:
    kind, message = item["type"], str(item["msg"])
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "literal_error":
        return str(item["ctx"]["expected"])
    return message.removeprefix("Input should be ").lower()


def _shown(value: object) -> str:
    """A wrong value, short; never a whole part of a file."""
    if isinstance(value, Mapping | list):
        return "keys and values" if isinstance(value, Mapping) else "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return "nothing" if value is None else text[:LONGEST_SHOWN]


def _known_keys(shape: type[Shape], location: Sequence[str | int]) -> list[str]:
    """The keys that may stand where an unknown one was found."""
    for part in location[:-1]:
        field = next((it for n, it in shape.model_fields.items() if part in {n, it.alias}), None)
        inner = getattr(field, "annotation", None)
        for kind in (inner, *getattr(inner, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, Shape):
                shape = kind
    return [field.alias or name for name, field in shape.model_fields.items()]


def _location(raw: object, location: Sequence[str | int]) -> list[str | int]:
    """The part of a location that stands in the file: names of alternatives are left out."""
    found: list[str | int] = []
    for part in location:
        if (isinstance(raw, CommentedMap) and part in raw) or (
            isinstance(raw, CommentedSeq) and isinstance(part, int) and part < len(raw)
        ):
            raw = raw[part]
        else:
            continue
        found.append(part)
    return found


def _line(raw: object, location: Sequence[str | int]) -> int | None:
    """The line of the deepest key of a location."""
    line: int | None = None
    for part in location:
        if isinstance(raw, CommentedSeq) and isinstance(part, int):
            line = int(raw.lc.item(part)[0]) + 1
            raw = raw[part]
        elif isinstance(raw, CommentedMap):
            line = line_of(raw, str(part))
            raw = raw[part]
    return line
