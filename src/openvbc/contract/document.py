"""The shape of the two files that people write: the contract, and each year's settlement.

The shapes are declared once; JSON Schema for editors comes from them. Reading reports every
problem at once, each with file and line.
"""

import difflib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
)
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from openvbc.errors import InputError, Problem
from openvbc.yamlfile import plain, read_yaml

Scalar = StrictBool | StrictInt | Decimal | date | StrictStr | None


class Shape(BaseModel):
    """A part of a file: unknown keys are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=False)


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

    start: date
    end: date | None = None
    number: int = Field(1, ge=1)


class Population(Shape):
    """Whose patients count: the attribution rule, the participants and the claims cut-off.

    participants is a CSV file beside the contract with the columns tin, npi, ccn, role,
    group_id, valid_from, valid_to. run_out_months of claims payment after the period count.
    cut: national (a fact of the settlement) or computed (the population's own percentile).
    """

    method: Literal["mssp"]
    assignment: Literal["retrospective", "prospective"] = "retrospective"
    participants: str
    run_out_months: int = Field(3, ge=0)
    cut: Literal["national", "computed"] = "national"


class ContractShape(Shape):
    """A contract file."""

    contract: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str
    program: str
    parties: Parties
    line_of_business: str
    agreement: Agreement
    population: Population
    components: list[str | dict[str, dict[str, Any] | None]]
    terms: dict[str, Any] = {}


class Fact(Shape):
    """One dated fact: a value, or values by period and enrolment type."""

    unit: str
    source: str
    received_on: date
    value: Scalar = None
    values: dict[str, Scalar | dict[str, Scalar]] | None = None


class SettlementShape(Shape):
    """A settlement file. kind says how firm it is; supersedes names the statement it replaces."""

    contract: str
    period: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    first_day: date
    last_day: date
    kind: Literal["interim", "final", "restated"]
    as_of: date
    supersedes: str | None = None
    facts: dict[str, Fact] = {}
    asserts: dict[str, Scalar] = Field({}, alias="assert")

    @field_validator("facts", mode="before")
    @classmethod
    def _no_facts(cls, value: object) -> object:
        return {} if value is None else value


S = TypeVar("S", bound=Shape)


def read_shape(path: Path, shape: type[S]) -> tuple[S, CommentedMap]:
    """Read a file into its shape; also the raw mapping, which knows the lines.

    Raises InputError with one line for each thing that does not fit.
    """
    raw = read_yaml(path)
    try:
        return shape.model_validate(plain(raw)), raw
    except ValidationError as error:
        problems = [_problem(path, raw, shape, item) for item in error.errors()]
        raise InputError(list(dict.fromkeys(problems))) from error


def _problem(path: Path, raw: CommentedMap, shape: type[Shape], item: Mapping[str, Any]) -> Problem:
    line = _line(raw, item["loc"])
    where = f"{path}:{line}" if line else str(path)
    name = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = _known_keys(shape, item["loc"])
        near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
        return Problem(where, f"unknown key {name}; {hint}")
    if item["type"] == "missing":
        return Problem(where, f"{name} is missing")
    return Problem(where, f"{name}: found {item['input']!r}; {item['msg'].lower()}")


def _known_keys(shape: type[Shape], location: Sequence[str | int]) -> list[str]:
    for part in location[:-1]:
        field = shape.model_fields.get(str(part))
        inner = field.annotation if field else None
        if isinstance(inner, type) and issubclass(inner, Shape):
            shape = inner
    return [field.alias or name for name, field in shape.model_fields.items()]


def _line(raw: object, location: Sequence[str | int]) -> int | None:
    """The line of the deepest key of a location that the file has."""
    line: int | None = None
    for part in location:
        if isinstance(raw, CommentedMap) and part in raw:
            line = int(raw.lc.key(part)[0]) + 1
            raw = raw[part]
        elif isinstance(raw, CommentedSeq) and isinstance(part, int) and part < len(raw):
            line = int(raw.lc.item(part)[0]) + 1
            raw = raw[part]
    return line
