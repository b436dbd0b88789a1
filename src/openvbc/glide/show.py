"""A plan in a terminal: the years with their steps, amounts and exposure, and why."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.contract.display import shown
from openvbc.glide.exposure import fifth_rate
from openvbc.glide.plan import Spread
from openvbc.glide.run import Glide, YearResult
from openvbc.money import dollars

RIGHT = ("settles", "benchmark", "most earned", "most owed")
FIFTH = "5th percentile*"


def glide_text(found: Glide) -> RenderableType:
    """The years as a table, the reason of each step below it, and what the exposure leaves out."""
    title = f"{found.plan.id}, contract {found.plan.contract.id}"
    table = Table(title=title, title_justify="left")
    for name in ("year", "step", "status"):
        table.add_column(name)
    assumed = _assumed(found)
    for name in (*RIGHT, FIFTH) if assumed else RIGHT:
        table.add_column(name, justify="right")
    for it in found.years:
        fifth = it.exposure.fifth_cents if it.exposure else None
        table.add_row(*_row(it), *([_money(fifth)] if assumed else []))
    reasons = (Text(line) for it in found.years for line in _reasons(it))
    return Group(table, *assumed, *reasons, *_outside(found))


def _assumed(found: Glide) -> list[Text]:
    """What the 5th percentile rests on, once for each assumption."""
    lines: list[Text] = []
    last: Spread | None = None
    for it in found.years:
        spread = found.plan.spread(it.year)
        if spread is not None and spread != last:
            lines.append(Text(_assumption(spread, it.year.shape.period)))
        last = spread
    return lines


def _assumption(spread: Spread, first: str) -> str:
    also = "".join(f", {name} {it}" for name, it in spread.assume.items())
    return (
        f"* assumed, from {first} on: savings rate normal with mean "
        f"{shown(str(spread.expected_savings_rate), 'rate')} and standard deviation "
        f"{shown(str(spread.standard_deviation_of_savings_rate), 'rate')}{also} ({spread.source});"
        f" one year of twenty falls below {shown(str(fifth_rate(spread)), 'rate')}"
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
