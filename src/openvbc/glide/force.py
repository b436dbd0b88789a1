"""The step of a plan that is in force for a settlement: its terms are what is settled.

The step is decided by the statement of the year before, which must have been made and kept.
"""

from collections.abc import Sequence
from dataclasses import replace

from openvbc.contract.settlement import Settlement
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.glide.check import read_plan, rival, settlement_problems
from openvbc.glide.plan import Plan, plan_files
from openvbc.glide.run import YearResult, at_step, choose, years_until
from openvbc.workspace import Workspace, collect
from openvbc.yamlfile import read_yaml


def plan_of(workspace: Workspace, contract: str) -> Plan | None:
    """The plan that names a contract; None without one.

    Raises InputError where two plans name it, or the plan is wrong.
    """
    named, problems = collect(plan_files(workspace), lambda path: (path, read_yaml(path)))
    if problems:
        raise InputError(problems)
    paths = [path for path, raw in named if raw.get("contract") == contract]
    if len(paths) > 1:
        raise InputError([rival(it, paths[0], contract) for it in paths[1:]])
    plan = read_plan(paths[0], workspace.contracts) if paths else None
    if plan and (wrong := list(settlement_problems(plan, workspace))):
        raise InputError(wrong)
    return plan


def under_step(workspace: Workspace, settlement: Settlement) -> Settlement:
    """A settlement under the terms of the step in force; as it is where no plan names its contract.

    Raises InputError where the step is not known, the entity has left, or the statement that
    decides was not made yet or would be another one now.
    """
    plan = plan_of(workspace, settlement.contract.id)
    if plan is None:
        return settlement
    before = years_until(workspace, plan, settlement.shape.period)
    choice = choose(plan, before)
    place = settlement.where("period")
    if choice.step is None:
        what = "the entity has left" if choice.left else "the step in force is not known"
        raise InputError(Problem(place, f"plan {plan.id}: {what}: {choice.why}"))
    if before and not _kept(workspace, before):
        raise InputError(Problem(place, _undecided(plan, before)))
    return at_step(plan, choice, settlement, before)


def _kept(workspace: Workspace, before: Sequence[YearResult]) -> bool:
    document = before[-1].document
    return document is not None and workspace.kept_path(document["statement_id"]).is_file()


def _undecided(plan: Plan, before: Sequence[YearResult]) -> str:
    name = f"{plan.contract.id}_{before[-1].year.shape.period}"
    return (
        f"plan {plan.id}: the statement of {name} decides the step, and it was not made yet or "
        f"would be another one now; run `vbc settle {name}` first"
    )


def possible_steps(workspace: Workspace) -> dict[str, Settlement]:
    """Every settlement as a check must see it: under each step that its year may be in.

    Without a plan it is the settlement itself. Raises InputError with what is wrong with plans.
    """
    found: dict[str, Settlement] = {}
    problems: list[Problem] = []
    for name, one in workspace.settlements.items():
        try:
            plan = plan_of(workspace, one.contract.id)
        except OpenVBCError as error:
            problems += error.problems
            continue
        found |= _each_step(plan, one) if plan else {name: one}
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return found


def _each_step(plan: Plan, settlement: Settlement) -> dict[str, Settlement]:
    """The settlement under the steps up to that of its own year."""
    periods = [it.shape.period for it in plan.steps]
    reachable = plan.steps[: periods.index(settlement.shape.period) + 1]
    return {
        f"{settlement.id}, step {it.number}": replace(settlement, contract=it.contract)
        for it in reachable
    }
