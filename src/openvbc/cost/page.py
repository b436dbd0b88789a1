"""Cost as one HTML page that opens from disk: no script, nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment

from openvbc.contract.render_html import FOLDER as STATEMENT
from openvbc.contract.render_html import STYLE
from openvbc.cost.section import Section, Unit, shown
from openvbc.cost.trend import EFFECTS
from openvbc.page import style, templates

FOLDER: Final = Path(__file__).parent
TEMPLATE: Final = "cost.html.j2"
OWN_STYLE: Final = "cost.css"

BARS_SHOWN: Final = 24
HEIGHT: Final = 26
"""Pixels of a bar with its name."""


@dataclass(frozen=True)
class Bar:
    """A bar: its left edge and width in percent of the scale, top in pixels."""

    name: str
    text: str
    tone: str
    top: int
    left: float
    width: float


@dataclass(frozen=True)
class Chart:
    """Bars from top to bottom, and where zero (or for ratios one) stands."""

    title: str
    bars: tuple[Bar, ...]
    zero: float

    @property
    def height(self) -> int:
        """Pixels of the whole."""
        return HEIGHT * len(self.bars)


def chart(section: Section) -> Chart | None:
    """What a page draws of a section: a trend's effects, ratios around one, or amounts."""
    if section.name.startswith("trend_"):
        whole = dict(zip((name for name, _ in section.columns), section.rows[-1], strict=True))
        drawn: list[tuple[str, Any]] = [(it, whole[f"{it}_cents"]) for it in EFFECTS]
        return _chart("effects, all categories", drawn, "cents", 0)
    if section.bars is None:
        return None
    unit = dict(section.columns)[section.bars]
    rows = zip(_names(section), section.column(section.bars), strict=True)
    drawn = [(name, it) for name, it in rows if it is not None and name != "all"][:BARS_SHOWN]
    base = 1 if unit == "factor" else 0
    return _chart(_words(section.bars), drawn, unit, base) if drawn else None


def _names(section: Section) -> list[str]:
    """What each row is called: its texts together."""
    places = [at for at, (_, unit) in enumerate(section.columns) if unit == "text"]
    return [" ".join(str(row[at]) for at in places if row[at]) for row in section.rows]


def _words(name: str) -> str:
    return name.removesuffix("_cents").replace("_", " ")


def _chart(title: str, drawn: Sequence[tuple[str, Any]], unit: Unit, base: int) -> Chart:
    values = [Decimal(value) for _, value in drawn]
    low, high = min([*values, Decimal(base)]), max([*values, Decimal(base)])
    wide = (high - low) or Decimal(1)

    def at(value: Decimal | int) -> float:
        return round(float((value - low) / wide) * 100, 3)

    bars = []
    for place, ((name, value), number) in enumerate(zip(drawn, values, strict=True)):
        left, right = sorted((at(base), at(number)))
        tone = "above" if number >= base else "below"
        text = shown(value, unit)
        bars.append(Bar(name, text, tone, place * HEIGHT, left, round(right - left, 3)))
    return Chart(title, tuple(bars), at(base))


@dataclass(frozen=True)
class Dot:
    """A county in a year: its place in percent of the width, and pixels from the top."""

    name: str
    left: float
    top: float


FIELD: Final = 240
"""Pixels of the height of a plot."""


def dots(section: Section) -> list[Dot]:
    """Price against concentration, where both are there: index to the right, price upwards."""
    if section.name != "concentration":
        return []
    pairs = [
        (f"{row[0]} {row[1]}: index {shown(row[3], 'factor')}, {shown(row[6], 'factor')}", row)
        for row in section.rows
        if row[3] is not None and row[6] is not None
    ]
    prices = [row[6] for _, row in pairs]
    low, high = (min(prices), max(prices)) if prices else (0, 0)
    wide = (high - low) or 1
    return [
        Dot(
            name, round(float(row[3]) / 100, 3), round(FIELD - float((row[6] - low) / wide) * FIELD)
        )
        for name, row in pairs
    ]


@cache
def _environment() -> Environment:
    environment = templates(FOLDER)
    environment.globals |= {
        "chart": chart,
        "dots": dots,
        "field": FIELD,
        "shown": shown,
        "words": _words,
    }
    return environment


def render_page(name: str, sections: Sequence[Section]) -> str:
    """The tables as one self-contained page, each with its chart."""
    sheet, style_hash = style(STATEMENT / STYLE, FOLDER / OWN_STYLE)
    template = _environment().get_template(TEMPLATE)
    return template.render(name=name, sections=sections, style=sheet, style_hash=style_hash)
