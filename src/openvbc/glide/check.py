"""Checking a plan against its contract: years, terms, conditions, steps that nobody can reach."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from openvbc.contract.component import Component
from openvbc.contract.contract import Contract, term_problems
from openvbc.contract.given import wrong_value
from openvbc.contract.settlement import Settlement
from openvbc.errors import InputError, OpenVBCError, Problem, near
from openvbc.glide.condition import Condition, contradictory, meaning, misfits
from openvbc.glide.exposure import CAPS, exposure
from openvbc.glide.plan import Plan, Step, read_all, unchecked_plan
from openvbc.parameters import exact
from openvbc.period import month_end, month_start
from openvbc.workspace import Workspace
from openvbc.yamlfile import where


def read_plan(path: Path, contracts: Mapping[str, Contract]) -> Plan:
    """Read a plan and check it against its contract.

    Raises InputError with everything that is wrong: a term that no component takes or that its
    check refuses, a condition on no line of the statement, years out of order or outside the
    agreement, a step that cannot be reached.
    """
    plan, problems = unchecked_plan(path, contracts)
    problems += [*_days(plan), *_terms(plan), *_conditions(plan), *_assumptions(plan)]
    if not problems:
        problems += [*_unreachable(plan), *_refused_terms(plan)]
    if problems:
        raise InputError(problems)
    return plan


def read_plans(workspace: Workspace) -> dict[str, Plan]:
    """Every plan of a workspace by id; raises InputError with the problems of all files."""
    contracts = workspace.contracts
    return read_all(workspace, lambda path: read_plan(path, contracts))


def find_plan(workspace: Workspace, name: str | None) -> Plan:
    """The plan of a name, or the only one; raises InputError naming those there are."""
    plans = read_plans(workspace)
    if name is None and len(plans) == 1:
        return next(iter(plans.values()))
    if name is None:
        there = f"there are: {', '.join(plans)}" if plans else "there is none; write one in plans/"
        raise InputError(Problem("plan", f"which plan? {there}"))
    if name not in plans:
        raise InputError(Problem(name, f"no such plan{near(name, plans)}"))
    return plans[name]


def check_plans(workspace: Workspace) -> int:
    """How many plans there are; raises InputError with everything wrong with any of them."""
    plans = read_plans(workspace)
    problems = [it for plan in plans.values() for it in settlement_problems(plan, workspace)]
    problems += _rivals(plans.values())
    if problems:
        raise InputError(problems)
    return len(plans)


def _rivals(plans: Iterable[Plan]) -> Iterator[Problem]:
    """Each second plan of a contract: which of them is settled nobody can know."""
    first: dict[str, Plan] = {}
    for plan in plans:
        other = first.setdefault(plan.contract.id, plan)
        if other is not plan:
            yield rival(plan.path, other.path, plan.contract.id)


def rival(path: Path, first: Path, contract: str) -> Problem:
    """The problem of a second plan of a contract."""
    what = f"{first} is a plan of {contract} too; only one can be settled, so keep one of both"
    return Problem(str(path), what)


def settlement_problems(plan: Plan, workspace: Workspace) -> Iterator[Problem]:
    """Settlements of no year of the plan, with other days, or with a fact that is one of its terms.

    A fact must not be a term in any step: which step a year is in is only known when it is settled.
    """
    years = [it.shape.period for it in plan.steps]
    for one in workspace.settlements.values():
        if one.contract.id == plan.contract.id and one.shape.period not in years:
            what = f"{one.shape.period} is no year of plan {plan.id}{near(one.shape.period, years)}"
            yield Problem(one.where("period"), what)
    for step in plan.steps:
        found = workspace.settlements.get(f"{plan.contract.id}_{step.shape.period}")
        if found is not None:
            yield from _against(plan, step, found)


def _against(plan: Plan, step: Step, found: Settlement) -> Iterator[Problem]:
    shape = found.shape
    if (shape.first_day, shape.last_day) != (step.shape.first_day, step.shape.last_day):
        what = f"{step.shape.period} is {shape.first_day} to {shape.last_day} in {found.path}"
        yield Problem(step.where("first_day"), what)
    terms = {name: term for one in reversed(plan.steps) for name, term in one.terms.items()}
    for name in shape.facts:
        if name in terms:
            what = f"{name} is a fact of {found.path} too; give it once"
            yield Problem(terms[name].where, what)


def _days(plan: Plan) -> Iterator[Problem]:
    """Years of whole months, one after the other, each period once, within the agreement."""
    seen: set[str] = set()
    agreement = plan.contract.shape.agreement
    for step in plan.steps:
        year = step.shape
        if year.period in seen:
            yield Problem(step.where(), f"{year.period} stands twice; name each year once")
        seen.add(year.period)
        if year.first_day != month_start(year.first_day):
            yield Problem(step.where("first_day"), f"{year.first_day} is no first day of a month")
        if year.last_day != month_end(year.last_day) or year.last_day < year.first_day:
            what = f"{year.last_day} is not the last day of a month after {year.first_day}"
            yield Problem(step.where("last_day"), what)
        if year.first_day < agreement.start:
            what = f"{year.period} begins before the agreement, on {agreement.start}"
            yield Problem(step.where("first_day"), what)
    for one, after in pairwise(plan.steps):
        expected = one.shape.last_day + timedelta(days=1)
        if after.shape.first_day != expected:
            what = f"found {after.shape.first_day}, expected {expected}, the day after"
            yield Problem(after.where("first_day"), f"{what} {one.shape.period}")


def _terms(plan: Plan) -> Iterator[Problem]:
    return (problem for step in plan.steps for problem in term_problems(step.contract))


def _conditions(plan: Plan) -> Iterator[Problem]:
    """Conditions on no line; a step that has no year before it, or no step below."""
    for step in plan.steps:
        if step.shape.step_up and step.number == 1:
            what = "the first year has no year before it; leave step_up out"
            yield Problem(step.where("step_up"), what)
        if step.number == 2 and step.otherwise == "step_down":  # noqa: PLR2004 - the second step
            what = "otherwise: step_down: there is no step below the first; say stay or leave"
            yield Problem(step.where("step_up"), what)
        for it in step.conditions:
            yield from (Problem(it.where, what) for what in misfits(it, plan.contract))


def _assumptions(plan: Plan) -> Iterator[Problem]:
    """What is assumed of a year: leaves of the component whose caps count, of their type."""
    own = [(it.shape.spread, it.raw) for it in plan.steps]
    capped = next((it for it in plan.contract.components if it.name in CAPS), None)
    for spread, raw in [(plan.shape.spread, plan.raw), *own]:
        lines = (raw["spread"].get("assume") or {}) if spread else {}
        for name, value in spread.assume.items() if spread else ():
            what = _misassumed(capped, name, exact(value, keys=str))
            if what:
                yield Problem(where(plan.path, lines, name), what)


def _misassumed(capped: Component | None, name: str, value: Any) -> str | None:
    leaves = capped.leaves if capped else {}
    if name in leaves:
        return wrong_value(leaves[name], value)
    return f"{name}: nothing of it is assumed{near(name, leaves)}"


def _unreachable(plan: Plan) -> Iterator[Problem]:
    """Steps that no statement can lead to, and those after them."""
    blocked: str | None = None
    for before, step in zip((None, *plan.steps), plan.steps, strict=False):
        reasons = list(_barred(plan, before, step))
        if blocked and not reasons:
            reasons = [f"{blocked} cannot be reached, and it comes before"]
        for why in reasons:
            yield Problem(step.where(), f"{step.shape.period} cannot be reached: {why}")
        blocked = step.shape.period if reasons else None


def _barred(plan: Plan, before: Step | None, step: Step) -> Iterator[str]:
    end = plan.contract.shape.agreement.end
    if end and step.shape.last_day > end:
        yield f"it ends on {step.shape.last_day}, after the agreement on {end}"
    for texts in contradictory(step.conditions, plan.contract):
        yield f"no value meets {texts}"
    for it in step.conditions if before else ():
        fixed = before.contract.term(it.name) if before else None
        if before and fixed is not None and _never(it, fixed.value, plan.contract):
            yield f"{it.name} is {fixed.value} in {before.shape.period}, so {it.text} never holds"


def _never(condition: Condition, value: Any, contract: Contract) -> bool:
    """Whether a line that is a term does not meet a condition."""
    found = meaning(condition, contract)
    value = value.get(condition.stratum) if isinstance(value, Mapping) else value
    if found is None or condition.name not in _leaves(contract) or value is None:
        return False
    return isinstance(value, type(condition.value)) and not condition.holds(value)


def _leaves(contract: Contract) -> set[str]:
    return {name for part in contract.components for name in part.leaves}


def _refused_terms(plan: Plan) -> Iterator[Problem]:
    """Terms that contradict each other within a year, as the rules on caps find them."""
    for step in plan.steps:
        try:
            exposure(plan, step, step, None)
        except OpenVBCError as error:
            yield from (Problem(step.where(), f"{it.where}: {it.what}") for it in error.problems)
