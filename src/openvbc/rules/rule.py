"""What a rule is: a plain function of its inputs, with its unit, its cells and its citation.

A rule is written for one cell. Its arguments are names, and they are resolved in the same cell.
An argument that gathers cells says so in its type: `ByStratum` is the value in every enrolment
type, `ByBase` in every benchmark year, `InBase3` in the third benchmark year.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import ModuleType
from typing import Annotated, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

Axis = Literal["period", "stratum"]
Value = Decimal | bool | str | None

UNITS: Final = frozenset(
    {
        "usd",
        "gbp",
        "usd_per_capita",
        "rate",
        "persons",
        "person_years",
        "months",
        "score",
        "points",
        "flag",
        "text",
        "brackets",
        "count",
    }
)


@dataclass(frozen=True)
class Over:
    """An argument that gathers the cells along one or two axes.

    axis "stratum": a mapping stratum → value in the same period. axis "base": a mapping
    base_1, base_2, … → value in the same stratum.
    """

    axis: Literal["stratum", "base"]


@dataclass(frozen=True)
class InPeriod:
    """An argument taken from another period (a role such as base_3) of the same stratum."""

    period: str


@dataclass(frozen=True)
class Unknown:
    """A result that the inputs do not determine, with the reason. It is never a guess.

    A rule with an Unknown input is Unknown too, unless the argument's type says `| Unknown`.
    """

    reason: str


class RefusedError(Exception):
    """Raised by a rule that the law does not define for these inputs, with the reason."""


ByStratum = Annotated[Mapping[str, Decimal], Over("stratum")]
FlagByStratum = Annotated[Mapping[str, bool], Over("stratum")]
ByBase = Annotated[Mapping[str, Decimal], Over("base")]
InBase3 = Annotated[Decimal, InPeriod("base_3")]
InPerformance = Annotated[Decimal, InPeriod("performance")]

Gather = Over | InPeriod | None


@dataclass(frozen=True)
class Argument:
    """One input of a rule: its name, how its cells are gathered, and if it may be `Unknown`."""

    name: str
    gather: Gather
    takes_unknown: bool


@dataclass(frozen=True)
class Rule:
    """A rule as the resolver sees it.

    per holds the axes of its cell besides the entity: () is one number for the performance
    period, ("stratum",) one for each enrolment type, ("period",) one for each period with base
    years, ("period", "stratum") both.
    """

    name: str
    function: Callable[..., Any]
    unit: str
    per: frozenset[Axis]
    cite: str
    says: str
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Leaf:
    """A name that no rule computes: a fact of the settlement or a cell of a built table.

    table and column: the built table (grain contract_id, period_id[, stratum]) whose column holds
    the value; None where the settlement file supplies it. default: what is taken, and shown as
    taken, when the settlement is silent; "required" means that silence is an error. people: the
    name that counts the people whom the value is of; where there is nobody, silence is no error,
    and the value is 0. Empty where every cell needs one.
    """

    name: str
    unit: str
    says: str
    cite: str
    per: frozenset[Axis] = frozenset()
    table: str | None = None
    column: str | None = None
    default: Value | Literal["required"] = "required"
    people: str = ""


F = TypeVar("F", bound=Callable[..., Any])


def rule(*, unit: str, cite: str, per: tuple[Axis, ...] = ()) -> Callable[[F], F]:
    """Mark a function as a rule. The function itself is unchanged and can be called in a test."""
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}")

    def mark(function: F) -> F:
        vars(function)["__rule__"] = (unit, cite, frozenset(per))
        return function

    return mark


def _argument(name: str, hint: object) -> Argument:
    gather: Gather = None
    if get_origin(hint) is Annotated:
        base, *notes = get_args(hint)
        gather = next((note for note in notes if isinstance(note, Over | InPeriod)), None)
        hint = base
    return Argument(name, gather, Unknown in get_args(hint))


def _read(function: Callable[..., Any]) -> Rule:
    unit, cite, per = vars(function)["__rule__"]
    hints = get_type_hints(function, include_extras=True)
    names = inspect.signature(function).parameters
    return Rule(
        name=function.__name__,
        function=function,
        unit=unit,
        per=per,
        cite=cite,
        says=inspect.getdoc(function) or "",
        arguments=tuple(_argument(name, hints[name]) for name in names),
    )


def rules_of(module: ModuleType) -> dict[str, Rule]:
    """The rules that one module takes and defines, by name, in the order of the text.

    Its `TAKEN` names rules of other modules, each with the citation that it has in this one's text.
    """
    taken: Mapping[Callable[..., Any], str] = getattr(module, "TAKEN", {})
    rules = {it.__name__: replace(_read(it), cite=cite) for it, cite in taken.items()}
    own = (item for item in vars(module).values() if "__rule__" in getattr(item, "__dict__", {}))
    defined = {it.__name__: _read(it) for it in own if it.__module__ == module.__name__}
    return rules | defined
