"""A plan in a terminal: the years with their steps, amounts and exposure, and why."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.glide.run import Glide, YearResult
from openvbc.money import dollars

RIGHT = ("settles", "benchmark", "most earned", "most owed")


def glide_text(found: Glide) -> RenderableType:
    """The years as a table, the reason of each step below it, and what the exposure leaves out."""
    title = f"{found.plan.id}, contract {found.plan.contract.id}"
    table = Table(title=title, title_justify="left")
    for name in ("year", "step", "status"):
        table.add_column(name)
    for name in RIGHT:
        table.add_column(name, justify="right")
    for it in found.years:
        table.add_row(*_row(it))
    return Group(
        table, *(Text(line) for it in found.years for line in _reasons(it)), *_outside(found)
    )


def _row(it: YearResult) -> list[str]:
    bound = it.exposure
    amounts = (
        (bound.benchmark_cents, bound.earned_cents, bound.owed_cents) if bound else (None,) * 3
    )
    status = "projected" if it.kind == "projection" else it.status.replace("_", " ")
    return [
        it.year.shape.period,
        _step(it),
        status if it.kind in {None, "final", "projection"} else f"{status} ({it.kind})",
        _money(it.cents),
        *map(_money, amounts),
    ]


def _step(it: YearResult) -> str:
    """The step in force; in brackets the one that is only hoped for."""
    if it.choice.step is not None:
        return str(it.choice.step)
    return f"({it.shown_step.number})" if it.shown_step else ""


def _reasons(it: YearResult) -> list[str]:
    why = it.choice.why
    if it.shown_step and it.choice.step is None:
        why += f"; exposure as of step {it.shown_step.number}, if every condition is met"
    unbounded = it.exposure.reasons if it.exposure else ()
    return [f"{it.year.shape.period}: {'; '.join((why, *unbounded, *it.notes))}"]


def _outside(found: Glide) -> list[Text]:
    names = dict.fromkeys(name for it in found.years if it.exposure for name in it.exposure.outside)
    return [Text(f"not in the exposure: {', '.join(names)}")] if names else []


def _money(cents: int | None) -> str:
    return "" if cents is None else f"{dollars(cents):,.2f}"
