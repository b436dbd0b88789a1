"""The waterfall as drawn on a page: bars in percent of the width, rows in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from openvbc.contract.waterfall import Panel, Step, panels

ROW: Final = 58
"""Height of a step: its name and amount above its bar."""

GAP: Final = 46
"""Height between two panels, in which the link between them is drawn."""


@dataclass(frozen=True)
class Bar:
    """One step as drawn: its top in pixels, bars and zero line in percent of the width."""

    step: Step
    top: int
    zero: float
    left: float | None = None
    width: float = 0
    ghost_left: float | None = None
    ghost_width: float = 0

    @property
    def tone(self) -> str:
        """The class it is drawn with."""
        below_zero = self.step.end is not None and self.step.end < 0
        return "less" if self.step.kind == "less" else "below" if below_zero else "above"


@dataclass(frozen=True)
class Lens:
    """The link between two panels: a small bar above, the full width below."""

    top: int
    left: float
    right: float
    magnified: int


@dataclass(frozen=True)
class Drawing:
    """The waterfall as drawn; height in pixels."""

    bars: tuple[Bar, ...]
    lenses: tuple[Lens, ...]
    height: int


def _bar(panel: Panel, step: Step, top: int) -> Bar:
    zero = panel.at(Decimal(0))
    if step.start is None or step.end is None:
        return Bar(step, top, zero)
    left, right = sorted((panel.at(step.start), panel.at(step.end)))
    bar = Bar(step, top, zero, left, round(right - left, 3))
    if not step.change:
        return bar
    near, far = sorted((panel.at(step.end), panel.at(step.end - step.change)))
    return Bar(step, top, zero, left, bar.width, near, round(far - near, 3))


def drawing(found: Sequence[Step]) -> Drawing:
    """The waterfall of some steps, laid out from top to bottom."""
    bars: list[Bar] = []
    lenses: list[Lens] = []
    top = 0
    for panel in panels(found):
        if bars:
            last = bars[-1]
            left = last.left or 0
            lenses.append(Lens(top, left, left + last.width, panel.magnified))
            top += GAP
        for step in panel.steps:
            bars.append(_bar(panel, step, top))
            top += ROW
    return Drawing(tuple(bars), tuple(lenses), top)
