"""The way from the first amount to what is due, laid out as bars.

Amounts on the way differ by orders of magnitude (a benchmark and the payment from its savings), so
the bars are cut into panels: where an amount is small in its panel, the next panel starts with it
at full width.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from openvbc.contract.display import Document, label, shown
from openvbc.money import parse_decimal, round_half_up

SMALL: Final = Decimal("0.2")
"""Share of a panel's width under which an amount opens a panel of its own."""


@dataclass(frozen=True)
class Step:
    """One amount on the way.

    start and end are amounts: a bar from start to end. change is the difference from the amount
    before, None where the step itself says it. All are None where the amount is unknown.
    unit: the currency, usd or gbp.
    """

    path: str
    kind: str
    unit: str
    start: Decimal | None
    end: Decimal | None
    change: Decimal | None = None

    @property
    def label(self) -> str:
        """The step's name in words."""
        return f"less {label(self.path)}" if self.kind == "less" else label(self.path)

    @property
    def amount(self) -> str:
        """The amount as people read it, below zero where it is taken off or owed."""
        if self.end is None or self.start is None:
            return "unknown"
        return shown(str(self.end - self.start), self.unit)

    @property
    def change_text(self) -> str:
        """The change as people read it, signed; empty where there is none to tell."""
        if not self.change or not round_half_up(self.change, 2):
            return ""
        return ("+" if self.change > 0 else "") + shown(str(self.change), self.unit)


def steps(document: Document) -> list[Step]:
    """The steps of a statement's waterfall in order.

    A deduction of nothing is left out, and so is nothing made of nothing on the way to the end. An
    amount that stands alone is no way.
    """
    by_id = {line["id"]: line for line in document["lines"]}
    found: list[Step] = []
    level: Decimal | None = None
    entries = document["waterfall"]
    for place, entry in enumerate(entries, start=1):
        line = by_id[entry["line"]]
        value = parse_decimal(line["value"] or "")
        step = _step(line, entry["step"], value, level, found)
        nothing = value == 0 and (step.kind == "less" or level == 0)
        if not nothing or place == len(entries):
            found.append(step)
            level = step.end
    return found if len(entries) > 1 else []


def _step(
    line: Document, kind: str, value: Decimal | None, level: Decimal | None, before: Sequence[Step]
) -> Step:
    path, unit = line["path"], line["unit"]
    if value is None or (kind == "less" and level is None):
        return Step(path, kind, unit, None, None)
    if kind == "less" and level is not None:
        return Step(path, kind, unit, level, level - value)
    reached = -value if kind == "owed" else value
    told = level is None or before[-1].kind == "less"
    return Step(path, kind, unit, Decimal(0), reached, None if told else reached - (level or 0))


@dataclass(frozen=True)
class Panel:
    """Steps that share a scale: dollars from low to high over the full width.

    magnified: how many times larger than the panel before.
    """

    steps: tuple[Step, ...]
    low: Decimal
    high: Decimal
    magnified: int = 1

    def at(self, dollars: Decimal) -> float:
        """The place of an amount, in percent of the width."""
        return round(float((dollars - self.low) / (self.high - self.low)) * 100, 3)


def _bounds(start: Decimal, found: Sequence[Step]) -> tuple[Decimal, Decimal]:
    ends = [it for step in found for it in (step.start, step.end) if it is not None]
    low, high = min([start, *ends, Decimal(0)]), max([start, *ends, Decimal(0)])
    return (low, high) if low < high else (low, low + 1)


def _first_part(found: Sequence[Step], low: Decimal, high: Decimal) -> int:
    """How many steps the panel holds: up to the first that is small in it, and not the last."""
    for place, step in enumerate(found[:-1]):
        small = step.end is not None and 0 < abs(step.end) < SMALL * (high - low)
        if small and step.kind != "less" and found[place + 1].kind != "less":
            return place + 1
    return len(found)


def panels(found: Sequence[Step]) -> Iterator[Panel]:
    """The steps, cut where the scale changes."""
    rest, start, scale = list(found), Decimal(0), None
    while rest:
        low, high = _bounds(start, rest)
        count = _first_part(rest, low, high)
        taken, rest = rest[:count], rest[count:]
        low, high = _bounds(start, taken)
        yield Panel(tuple(taken), low, high, int(scale / (high - low)) if scale else 1)
        start, scale = taken[-1].end or Decimal(0), high - low


@dataclass(frozen=True)
class Due:
    """Who pays whom, and how much: a sentence, the amount (empty where unknown), the reason."""

    sentence: str
    amount: str
    reason: str = ""


def due(document: Document) -> Due | None:
    """What the statement comes to; None where no amount due came out."""
    if not document["waterfall"]:
        return None
    last = document["waterfall"][-1]["line"]
    line = next(it for it in document["lines"] if it["id"] == last)
    value = parse_decimal(line["value"] or "")
    payer, entity = document["payer"]["name"], document["entity"]["name"]
    if value is None:
        return Due("The amount due is not determined", "", line["unknown"] or "no value")
    if value == 0:
        return Due(f"Neither {payer} nor {entity} owes anything", shown("0", line["unit"]))
    sentence = f"{payer} pays {entity}" if value > 0 else f"{entity} owes {payer}"
    return Due(sentence, shown(str(abs(value)), line["unit"]))
