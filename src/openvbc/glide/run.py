"""Settling a plan year by year: which step is in force in each year, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any, Final, Literal

from openvbc.contract.settle import Settled
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document, value_text
from openvbc.contract.step import StepInForce
from openvbc.engine.store import read_json
from openvbc.errors import InputError
from openvbc.glide.check import find_plan, settlement_problems
from openvbc.glide.condition import Finding, find
from openvbc.glide.exposure import Exposure, exposure
from openvbc.glide.plan import Plan, Step
from openvbc.money import parse_decimal, to_cents
from openvbc.workspace import Workspace

Status = Literal["settled", "to_come", "left"]

FIRM: Final = ("final", "restated", "reopened")
"""The kinds of statement that decide a step for good; an interim one decides it until then."""


@dataclass(frozen=True)
class Choice:
    """The step in force in a year (None: not known yet, or left), why, and what was found."""

    step: int | None
    left: bool
    why: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class YearResult:
    """One year of the plan as it stands.

    shown_step: the step whose terms the exposure is of: the one in force, or where that is not
    known yet the one if every condition is met from here. cents: what the year settles under the
    step's terms, above zero paid by the payer; None where it has no statement.
    """

    year: Step
    choice: Choice
    status: Status
    shown_step: Step | None
    cents: int | None
    kind: str | None
    exposure: Exposure | None
    document: Document | None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For other programs; amounts in whole cents."""
        shown = self.shown_step
        return {
            "period": self.year.shape.period,
            "first_day": self.year.shape.first_day.isoformat(),
            "last_day": self.year.shape.last_day.isoformat(),
            "status": self.status,
            "step": self.choice.step,
            "why": self.choice.why,
            "conditions": [
                {"text": it.condition.text, "value": it.value, "met": it.met}
                for it in self.choice.findings
            ],
            "terms_of_step": shown.number if shown else None,
            "terms": {name: value_text(it.value) for name, it in shown.terms.items()}
            if shown
            else {},
            "statement_kind": self.kind,
            "settles_cents": self.cents,
            "exposure": self.exposure.to_json() if self.exposure else None,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Glide:
    """A plan with each of its years as it stands."""

    plan: Plan
    years: tuple[YearResult, ...]

    def to_json(self) -> dict[str, Any]:
        """For other programs; amounts in whole cents."""
        return {
            "plan": self.plan.id,
            "contract": self.plan.contract.id,
            "years": [it.to_json() for it in self.years],
        }


def glide(workspace: Workspace, name: str | None = None) -> Glide:
    """Settle a plan year by year from the settlements that there are; nothing is written.

    Each year is settled under the terms of the step in force, and its statement decides the next
    year's. Raises InputError with what is wrong with the plan, or with a year's settlement.
    """
    plan = find_plan(workspace, name)
    if problems := list(settlement_problems(plan, workspace)):
        raise InputError(problems)
    return Glide(plan, tuple(years_until(workspace, plan, None)))


def years_until(workspace: Workspace, plan: Plan, period: str | None) -> list[YearResult]:
    """The years of a plan as they stand, in order, those before a period; None = all."""
    years: list[YearResult] = []
    for step in takewhile(lambda it: it.shape.period != period, plan.steps):
        years.append(_year(workspace, plan, step, years))
    return years


def _year(workspace: Workspace, plan: Plan, year: Step, before: Sequence[YearResult]) -> YearResult:
    choice = choose(plan, before)
    settlement = f"{plan.contract.id}_{year.shape.period}"
    exists = settlement in workspace.settlements
    if choice.left:
        note = (f"{settlement} has a settlement although the entity left",) if exists else ()
        return YearResult(year, choice, "left", None, None, None, None, None, note)
    settled = None
    if choice.step is not None and exists:
        one = at_step(plan, choice, workspace.settlements[settlement], before)
        settled = _settled(workspace, one)
    notes = ["it is settled once its step is known"] if exists and settled is None else []
    notes += map(str, settled.failed_assertions) if settled else []
    shown = plan.steps[(choice.step or _hoped(before)) - 1]
    document = _made(workspace, settlement, settled.document) if settled else None
    kind = document["kind"] if document else None
    firm = kind is not None and kind != "projection"
    return YearResult(
        year,
        choice,
        "settled" if firm else "to_come",
        shown,
        _cents(document) if document else None,
        kind,
        exposure(plan, year, shown, document),
        document,
        tuple(notes),
    )


def _hoped(before: Sequence[YearResult]) -> int:
    """The step of a year if every condition is met from the year before on."""
    last = before[-1].shown_step
    return 1 + (last.number if last else 0)


def at_step(
    plan: Plan, choice: Choice, settlement: Settlement, before: Sequence[YearResult]
) -> Settlement:
    """A settlement under the terms of a chosen step, which its statement then states."""
    number = choice.step or 1
    decided = before[-1].document if before else None
    step = StepInForce(
        plan.id,
        plan.sha256,
        number,
        choice.why,
        decided["statement_id"] if decided else None,
        frozenset(plan.steps[number - 1].terms),
    )
    return replace(settlement, contract=plan.steps[number - 1].contract, step=step)


def _settled(workspace: Workspace, settlement: Settlement) -> Settled:
    """The settlement, settled; raises InputError where it is refused."""
    settled = workspace.settle(settlement)
    if settled.problems:
        raise InputError(settled.problems)
    return settled


def _made(workspace: Workspace, name: str, document: Document) -> Document:
    """The statement that was made of a settlement where it says the same, else what it would be.

    A later load, or a change of the plan for another year, makes another document that says the
    same; the one that was made decides.
    """
    path = workspace.statement_path(name)
    if not path.is_file():
        return document
    made: Document = read_json(path, "remove it, then settle again")
    return made if _said(made) == _said(document) else document


def _said(document: Document) -> tuple[Any, ...]:
    """What a statement says: how firm it is, of which day, under which step, and every value."""
    step = document["plan"]["step"] if "plan" in document else None
    lines = {it["id"]: (it["value"], it["unknown"]) for it in document["lines"]}
    return document["kind"], document["as_of"], document["supersedes"], step, lines


def choose(plan: Plan, before: Sequence[YearResult]) -> Choice:
    """The step in force in the year after some years."""
    if not before:
        return Choice(1, left=False, why="the first year of the plan")
    last = before[-1]
    period = last.year.shape.period
    if last.status == "left":
        return Choice(None, left=True, why="the entity left before")
    if last.choice.step is None:
        return Choice(None, left=False, why=f"the step of {period} is not known yet")
    if last.document is None or last.status != "settled":
        return Choice(None, left=False, why=f"{period} is not settled yet")
    return _decide(plan.steps[last.choice.step], last.choice.step, last.document, period)


def _decide(aimed: Step, step: int, document: Document, period: str) -> Choice:
    """The step after one, by the conditions of the step above it on a statement."""
    findings = tuple(find(it, document) for it in aimed.conditions)
    said = "; ".join(it.says for it in findings) or "no condition"
    on = period if document["kind"] in FIRM else f"{period}, {document['kind']} statement"
    if any(it.met is False for it in findings):
        after = {"stay": step, "step_down": step - 1, "leave": None}[aimed.otherwise]
        words = {"stay": "stays", "step_down": "steps down", "leave": "leaves"}[aimed.otherwise]
        return Choice(after, after is None, f"{words}, by {on}: {said}", findings)
    if any(it.met is None for it in findings):
        return Choice(None, left=False, why=f"not known, by {on}: {said}", findings=findings)
    return Choice(aimed.number, left=False, why=f"steps up, by {on}: {said}", findings=findings)


def _cents(document: Document) -> int | None:
    """What a statement settles in whole cents; None where a payment is not determined."""
    amounts = [it["amount"] for it in document["payments"]]
    found = [parse_decimal(it) for it in amounts if it is not None]
    known = [it for it in found if it is not None]
    return sum(map(to_cents, known)) if known and len(known) == len(amounts) else None
