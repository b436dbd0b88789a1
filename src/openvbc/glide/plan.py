"""A plan of several years of one contract: `plans/<id>.yaml`, read and checked.

Each year is a step with terms that replace the contract's own; what a year leaves out is as in
the contract. A step after the first may depend on conditions over the statement of the year before.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from ruamel.yaml.comments import CommentedMap

from openvbc.contract.contract import Contract, Term
from openvbc.contract.document import ID, Scalar, read_shape
from openvbc.contract.shape import Day, Shape
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem, near
from openvbc.glide.condition import Condition, parse
from openvbc.parameters import exact
from openvbc.workspace import Workspace, collect
from openvbc.yamlfile import cited, where

FOLDER: Final = "plans"

Amount = Annotated[Decimal, Field(gt=0)]
Deviation = Annotated[Decimal, Field(gt=0, le=1)]
Rate = Annotated[Decimal, Field(ge=-1, le=1)]


class StepUp(Shape):
    """What the year before must show for this step, and what happens where it does not.

    stay: the step of the year before goes on. step_down: the step below it. leave: the entity
    leaves the contract.
    """

    conditions: list[str] = Field(alias="if", min_length=1)
    otherwise: Literal["stay", "step_down", "leave"]


class Spread(Shape):
    """How a year may come out: an assumption, whose source is named; never a fact.

    The savings rate, savings as a share of the benchmark, is taken as normal with this mean and
    standard deviation. assume: what else the amount settled depends on, such as a quality score.
    """

    standard_deviation_of_savings_rate: Deviation
    expected_savings_rate: Rate = Decimal(0)
    source: str = Field(min_length=1)
    assume: dict[str, Scalar] = Field({})


class YearShape(Shape):
    """One year: its days, its terms, and what its exposure is computed from."""

    period: str = Field(pattern=ID)
    first_day: Day
    last_day: Day
    terms: dict[str, Any] = Field({})
    benchmark: Amount | None = None
    revenue: Amount | None = None
    spread: Spread | None = None
    step_up: StepUp | None = None


class PlanShape(Shape):
    """A plan file. benchmark, revenue and spread: those of the years that name none."""

    plan: str = Field(pattern=ID)
    contract: str
    benchmark: Amount | None = None
    revenue: Amount | None = None
    spread: Spread | None = None
    years: list[YearShape] = Field(min_length=1)


@dataclass(frozen=True)
class Step:
    """One year of the plan: its place, its file's lines, the contract under its terms."""

    number: int
    shape: YearShape
    raw: CommentedMap
    path: Path
    contract: Contract
    conditions: tuple[Condition, ...]

    def where(self, key: str = "period") -> str:
        """Say "file:line" of a key of the year."""
        return where(self.path, self.raw, key)

    @property
    def otherwise(self) -> str:
        """What happens where the conditions are not met."""
        return self.shape.step_up.otherwise if self.shape.step_up else "stay"

    @property
    def terms(self) -> Mapping[str, Term]:
        """The terms that the year gives, by name."""
        return {name: self.contract.terms["contract"][name] for name in self.shape.terms}


@dataclass(frozen=True)
class Plan:
    """A plan with the contract it is for and its steps in order."""

    path: Path
    shape: PlanShape
    raw: CommentedMap
    contract: Contract
    steps: tuple[Step, ...]

    @property
    def id(self) -> str:
        """The plan's id, as in its file."""
        return self.shape.plan

    @cached_property
    def sha256(self) -> str:
        """The hash of the file's bytes."""
        return file_digest(self.path)

    def benchmark(self, step: Step) -> Decimal | None:
        """The benchmark given for a year."""
        return step.shape.benchmark or self.shape.benchmark

    def revenue(self, step: Step) -> Decimal | None:
        """The participants' revenue given for a year."""
        return step.shape.revenue or self.shape.revenue

    def spread(self, step: Step) -> Spread | None:
        """How a year may come out, as assumed."""
        return step.shape.spread or self.shape.spread


def under_terms(
    contract: Contract, path: Path, raw: Mapping[str, Any], terms: Mapping[str, Any]
) -> Contract:
    """The contract with terms that replace its own; each cites its line in the plan."""
    given = {
        name: Term(exact(value, keys=str), where(path, raw, name), cited(path, raw, name))
        for name, value in terms.items()
    }
    kept = {
        group: {name: term for name, term in own.items() if name not in given}
        for group, own in contract.terms.items()
    }
    kept["contract"] = {**kept.get("contract", {}), **given}
    return replace(contract, terms=kept)


def unchecked_plan(path: Path, contracts: Mapping[str, Contract]) -> tuple[Plan, list[Problem]]:
    """A plan as its file says, with the conditions that are no comparisons.

    Raises InputError where the file has another shape or names no contract.
    """
    shape, raw = read_shape(path, PlanShape)
    contract = contracts.get(shape.contract)
    if contract is None:
        what = f"no contract {shape.contract}{near(shape.contract, contracts)}"
        raise InputError(Problem(where(path, raw, "contract"), what))
    problems: list[Problem] = []
    steps: list[Step] = []
    for number, (year, lines) in enumerate(zip(shape.years, raw["years"], strict=True), start=1):
        conditions, wrong = _conditions(path, year, lines)
        problems += wrong
        own = under_terms(contract, path, lines.get("terms") or {}, year.terms)
        steps.append(Step(number, year, lines, path, own, tuple(conditions)))
    return Plan(path, shape, raw, contract, tuple(steps)), problems


def _conditions(
    path: Path, year: YearShape, lines: CommentedMap
) -> tuple[list[Condition], list[Problem]]:
    found: list[Condition] = []
    problems: list[Problem] = []
    for place, text in _written(path, year, lines):
        condition = parse(text, place)
        if condition is None:
            what = f"found {text[:60]!r}, expected a comparison such as savings_gross_rate >= 0.02"
            problems.append(Problem(place, what))
        else:
            found.append(condition)
    return found, problems


def _written(path: Path, year: YearShape, lines: CommentedMap) -> Iterator[tuple[str, str]]:
    """Each condition with the line that it stands on."""
    if year.step_up:
        places = lines["step_up"]["if"].lc
        for number, text in enumerate(year.step_up.conditions):
            yield f"{path}:{places.item(number)[0] + 1}", text


def plan_files(workspace: Workspace) -> list[Path]:
    """The plan files of a workspace."""
    paths = (workspace.root / FOLDER).glob("[!.]*")
    return sorted(it for it in paths if it.suffix in {".yaml", ".yml"})


def read_all(workspace: Workspace, read: Callable[[Path], Plan]) -> dict[str, Plan]:
    """Every plan by its id; raises InputError with everything that is wrong with any."""
    found, problems = collect(plan_files(workspace), read)
    plans: dict[str, Plan] = {}
    for plan in found:
        first = plans.setdefault(plan.id, plan)
        if first is not plan:
            what = f"plan {plan.id} stands in {first.path} too; keep one of both"
            problems.append(Problem(str(plan.path), what))
    if problems:
        raise InputError(problems)
    return plans
