"""The inventory as one HTML page that opens from disk: no script, nothing fetched."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment

from openvbc.contract.render_html import FOLDER as STATEMENT
from openvbc.contract.render_html import STYLE
from openvbc.inventory.completion import Factors, by_month
from openvbc.inventory.evaluate import Months, payer_name, within
from openvbc.inventory.inventory import Inventory
from openvbc.inventory.pattern import History, Slot
from openvbc.inventory.small import SMALL, is_small, shown
from openvbc.inventory.trail import PLAIN, Came, counts
from openvbc.money import RULES_CONTEXT, dollars, round_half_up
from openvbc.page import style, templates
from openvbc.period import MONTHS_PER_YEAR

FOLDER: Final = Path(__file__).parent
TEMPLATE: Final = "sources.html.j2"
OWN_STYLE: Final = "sources.css"

LAGS_SHOWN: Final = 10
MONTHS_SHOWN: Final = 24
SHADES: Final = 5
ARRIVALS_SHOWN: Final = 500
"""Arrivals of a source in one list; a feed of messages has many more."""

MONTH_NAMES: Final = tuple(f"{date(1, month, 1):%b}" for month in range(1, MONTHS_PER_YEAR + 1))

Grid = list[tuple[int, list["Shown | None"]]]
"""A year to a row, with its twelve months."""


@dataclass(frozen=True)
class Shown:
    """A cell of a heat map: how it is coloured, and what it says; more in the title."""

    tone: str
    text: str
    title: str = ""


_WORDS: Final = {
    "in time": ("good", "in time"),
    "came": ("plain", "came"),
    "not due yet": ("empty", "not due"),
    "missing": ("bad", "missing"),
}

_FLAGS: Final = {
    "delivery_repeated": "twice",
    "delivery_rows": "rows",
    "delivery_files": "files",
}


def _slot(slot: Slot) -> Shown:
    """A month of a source: what came, how late, and what is wrong with it."""
    tone, text = _WORDS.get(slot.arrived, ("warn", f"late {slot.days_late} d"))
    flags = [word for name, word in _FLAGS.items() if any(it == name for it, _ in slot.faults)]
    tone = "warn" if flags and tone in ("good", "plain") else tone
    received = [f"received {it.received_on}" for it in slot.deliveries]
    due = [f"due {slot.due}"] if slot.due else []
    title = "; ".join([*due, *received, *(what for _, what in slot.faults)])
    return Shown(tone, " · ".join([text, *flags]), title)


def _years(cells: Sequence[tuple[date, Shown]]) -> Grid:
    """Cells laid out by year and month; None where there is none."""
    by_day = dict(cells)
    years = sorted({day.year for day in by_day})
    return [
        (year, [by_day.get(date(year, month, 1)) for month in range(1, MONTHS_PER_YEAR + 1)])
        for year in years
    ]


def arrivals(history: History) -> Grid:
    """The heat map of a source's deliveries."""
    return _years([(slot.month, _slot(slot)) for slot in history.slots])


def trail(found: Sequence[Came], *, plain: bool) -> Sequence[Came]:
    """The latest of a source's arrivals that are plain, or of those that are not."""
    return [it for it in found if (it.state in PLAIN) == plain][-ARRIVALS_SHOWN:]


def volumes(months: Months) -> Grid:
    """The heat map of a payer's claims per 1,000 member months, shaded against the median.

    From the first month with claims to the last; empty where there is none.
    """
    rates = {month: it for month, it in within(months).items() if it["member_months"]}
    middle = sorted(_rate(it["claims"], it["member_months"]) for it in rates.values())
    median = middle[len(middle) // 2] if middle else Decimal(0)
    return _years([(month, _volume(it, median)) for month, it in rates.items()])


def _volume(counts: dict[str, int], median: Decimal) -> Shown:
    members = f"{shown(counts['member_months'])} members, {shown(counts['claims'])} claims"
    if is_small(counts["persons"]) or is_small(counts["claims"]):
        return Shown("empty", SMALL, members)
    rate = _rate(counts["claims"], counts["member_months"])
    with localcontext(RULES_CONTEXT):
        times = rate / median if median else Decimal(1)
    shade = max(0, min(SHADES, int(round_half_up(times * 3))))
    return Shown(f"shade{shade}", f"{round_half_up(rate):,}", members)


def _rate(part: int, whole: int) -> Decimal:
    with localcontext(RULES_CONTEXT):
        return Decimal(part) * 1000 / Decimal(whole)


@dataclass(frozen=True)
class TriangleRow:
    """A month of care: dollars by lag, then what stands now and the estimate of all."""

    month: str
    cells: tuple[Shown | None, ...]
    paid: str
    estimate: str


def lags(found: Factors) -> range:
    """The lags that are shown."""
    return range(min(LAGS_SHOWN, max(found.triangle.longest, 0)) + 1)


def triangle_rows(found: Factors) -> Iterator[TriangleRow]:
    """The latest months of care of a triangle, those of few claims without amounts."""
    for month, (paid, estimate) in list(by_month(found).items())[-MONTHS_SHOWN:]:
        few = is_small(found.triangle.claims[month][-1])
        row = found.triangle.cents[month]
        cells = tuple(
            _paid(row[lag], estimate, few=few) if lag < len(row) else None for lag in lags(found)
        )
        whole = "unknown" if estimate is None else _whole(estimate)
        yield TriangleRow(
            f"{month:%Y-%m}", cells, SMALL if few else _whole(paid), SMALL if few else whole
        )


def _paid(cents: int, estimate: Decimal | None, *, few: bool) -> Shown:
    if few:
        return Shown("empty", SMALL)
    with localcontext(RULES_CONTEXT):
        share = Decimal(cents) / estimate if estimate else Decimal(0)
    return Shown(f"shade{max(0, min(SHADES, int(round_half_up(share * SHADES))))}", _whole(cents))


def _whole(cents: int | Decimal) -> str:
    """Whole dollars."""
    return f"{round_half_up(dollars(int(round_half_up(Decimal(cents))))):,}"


def factor_text(value: Decimal | None) -> str:
    """A factor with four decimals, or a sign that there is none."""
    return "–" if value is None else f"{round_half_up(value, 4)}"


def run_name(found: Factors) -> str:
    """Whose claims a triangle is of."""
    run = found.triangle.run
    return ", ".join(
        it for it in (run.claim_type, run.payer or "all payers", run.line_of_business) if it
    )


@cache
def _environment() -> Environment:
    environment = templates(FOLDER)
    environment.globals |= {
        "arrivals": arrivals,
        "counts": counts,
        "factor_text": factor_text,
        "lags": lags,
        "month_names": MONTH_NAMES,
        "payer_name": payer_name,
        "run_name": run_name,
        "shown": shown,
        "trail": trail,
        "triangle_rows": triangle_rows,
        "volumes": volumes,
    }
    return environment


def render_page(found: Inventory) -> str:
    """The inventory as one self-contained page."""
    sheet, style_hash = style(STATEMENT / STYLE, FOLDER / OWN_STYLE)
    template = _environment().get_template(TEMPLATE)
    return template.render(found=found, style=sheet, style_hash=style_hash)
