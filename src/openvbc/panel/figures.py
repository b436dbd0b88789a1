"""Figures of panels: exact fractions with the people behind them, and when they are not told.

SQL gives whole numbers; the means of fractions are added up here as fractions, so that no figure
depends on the order of people. A figure is rounded once, half up, where it is shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from openvbc.confidentiality.withhold import FEW

PLACES: Final = Decimal("0.0001")
HIDDEN: Final = f"<{FEW}"
"""What stands for a figure of few people."""


@dataclass(frozen=True)
class Figure:
    """One figure of one panel: numerator ÷ denominator, or a number alone (denominator 1).

    persons: the people it is about. counts: numerator and denominator count people or events, so
    that a small part of them is not told either.
    """

    panel: str
    measure: str
    item: str
    name: str
    numerator: Fraction
    denominator: Fraction
    persons: int
    counts: bool = False
    beside: int = 0

    @property
    def value(self) -> Decimal | None:
        """The figure, rounded half up to four places; None where there is nothing to divide by."""
        if not self.denominator:
            return None
        found = self.numerator / self.denominator
        exact = Decimal(found.numerator) / Decimal(found.denominator)
        return exact.quantize(PLACES, ROUND_HALF_UP)

    @property
    def is_few(self) -> bool:
        """Whether so few people or events stand behind it, or are left beside it, to hide it."""
        parts = [Fraction(self.persons), Fraction(self.beside)]
        if self.counts:
            parts.append(abs(self.numerator))
            if self.denominator != 1:
                parts += [self.denominator, self.denominator - self.numerator]
        return any(0 < it < FEW for it in parts)

    def to_json(self, *, masked: bool) -> dict[str, Any]:
        """The rounded value as text; its exact parts too, where it is told to its own practice.

        Beside another figure's, the parts of a figure of many would tell one of few.
        """
        head = {"panel": self.panel, "measure": self.measure, "item": self.item, "name": self.name}
        parts = {
            "numerator": str(self.numerator),
            "denominator": str(self.denominator),
            "persons": str(self.persons),
        }
        shown = dict.fromkeys(parts) if masked else parts
        return {**head, **shown, "value": self.text(masked=masked)}

    def text(self, *, masked: bool) -> str:
        """The value as it is shown."""
        if masked and self.is_few:
            return HIDDEN
        whole = self.denominator == 1 and self.numerator.denominator == 1
        return f"{self.numerator}" if whole else f"{'' if self.value is None else self.value}"


Row = dict[str, Any]


def count(panel: str, measure: str, item: str, name: str, persons: int) -> Figure:
    """A number of people."""
    return Figure(panel, measure, item, name, Fraction(persons), Fraction(1), persons, counts=True)


def share(panel: str, measure: str, item: str, name: str, *parts: int, persons: int) -> Figure:
    """A share of people or events: the first of parts in the second."""
    upper, lower = map(Fraction, parts)
    return Figure(panel, measure, item, name, upper, lower, persons, counts=True)


def continuity(rows: Iterable[Row]) -> Iterator[Figure]:
    """Continuity of one panel, level and care: means over people with enough visits."""
    rows = [*rows]
    panel, item = rows[0]["unit_id"], f"{rows[0]['level']} {rows[0]['care']}"
    counted = [it for it in rows if it["counted"]]
    persons = sum(it["persons"] for it in counted)

    def mean(name: str, parts: Iterable[Fraction]) -> Figure:
        weighted = (part * it["persons"] for part, it in zip(parts, counted, strict=True))
        total = sum(weighted, Fraction(0))
        return Figure(panel, "continuity", item, name, total, Fraction(persons), persons)

    everyone = sum(it["persons"] for it in rows)
    yield share(panel, "continuity", item, "counted", persons, everyone, persons=everyone)
    yield mean("usual_provider", (Fraction(it["usual_visits"], it["visits"]) for it in counted))
    yield mean(
        "bice_boxerman", (Fraction(it["coc_numerator"], it["coc_denominator"]) for it in counted)
    )
    yield mean("sequential", (Fraction(it["same_as_before"], it["visits"] - 1) for it in counted))
    high = sum(it["persons"] for it in counted if it["is_high"])
    yield share(panel, "continuity", item, "high_continuity", high, persons, persons=persons)
    known = sum(it["known_visits"] * it["persons"] for it in counted)
    visits = sum(it["visits"] * it["persons"] for it in counted)
    yield Figure(
        panel, "continuity", item, "known_provider", Fraction(known), Fraction(visits), persons
    )
    nameless = sum(it["nameless_visits"] for it in rows)
    told = Fraction(nameless)
    yield Figure(
        panel, "continuity", item, "nameless_visits", told, Fraction(1), everyone, counts=True
    )


_AFTER_STAY: Final = ("visited_by_7", "visited_by_14", "visited_by_30")


def access(row: Row) -> Iterator[Figure]:
    """Access of one panel."""
    panel, persons = row["unit_id"], row["persons"]
    for name in ("without_visit", "without_own_visit"):
        yield share(panel, "access", "people", name, row[name], persons, persons=persons)
    asked = row["discharges"]
    for name in _AFTER_STAY:
        yield share(panel, "access", "after a stay", name, row[name], asked, persons=persons)
    seen = row["visited_by_30"]
    days, lower = Fraction(row["days_to_visit"]), Fraction(seen)
    few = min(persons, seen) if seen else persons
    yield Figure(panel, "access", "after a stay", "mean_days", days, lower, few)
    visits, emergency = row["visits"], row["emergency_days"]
    urgent = row["urgent_visits"] + emergency
    for name, upper, all_visits in (
        ("after_hours", row["after_hours_visits"], visits),
        ("urgent_and_emergency", urgent, visits + emergency),
        ("new_patient", row["new_visits"], visits),
    ):
        yield share(panel, "access", "visits", name, upper, all_visits, persons=persons)


def leakage(rows: Iterable[Row]) -> Iterator[Figure]:
    """Days and dollars outside the network, of one panel and one kind of service."""
    rows = [*rows]
    first = rows[0]
    item = " ".join(
        filter(None, (first["claim_type"], first["service_code"], first["facility_ccn"]))
    )
    fewest = min(it["persons"] for it in rows)
    for name in ("days", "allowed_cents", "paid_cents"):
        by = {it["network"]: it[name] for it in rows}
        total = Fraction(sum(by.values()))
        for network in ("outside", "unknown"):
            if network in by or network == "outside":
                upper = Fraction(by.get(network, 0))
                label = f"{network}_{name}"
                yield Figure(first["unit_id"], "leakage", item, label, upper, total, fewest)


def risk(row: Row) -> Iterator[Figure]:
    """The size of one panel by one risk model, and the mean score of those who have one.

    Size by mean is how many are scored: where few are not, the mean is not told.
    """
    panel, item, scored = row["unit_id"], row["risk_model"], row["scored"]
    size = Fraction(row["score_e9"], 10**9)
    yield share(panel, "panel", item, "scored", scored, row["persons"], persons=row["persons"])
    yield Figure(panel, "panel", item, "risk_weighted_size", size, Fraction(1), scored)
    unscored = row["persons"] - scored
    mean = Figure(panel, "panel", item, "mean_score", size, Fraction(scored), scored)
    yield replace(mean, beside=unscored)


def flow(rows: Iterable[Row]) -> Iterator[Figure]:
    """Who stayed, joined and left one panel, by reason; net of both.

    Sizes of both years are told, so one reason of few people could be had from all others: then
    none of them is told.
    """
    rows = [*rows]
    fewest = min(it["persons"] for it in rows)

    def told(name: str, persons: int) -> Figure:
        whole = Fraction(persons)
        return Figure(rows[0]["unit_id"], "panel", "change", name, whole, Fraction(1), fewest)

    total = {
        way: sum(it["persons"] for it in rows if it["direction"] == way)
        for way in ("kept", "joined", "left")
    }
    yield count(rows[0]["unit_id"], "panel", "change", "before", total["kept"] + total["left"])
    for it in rows:
        if it["direction"] != "kept":
            yield told(f"{it['direction']}_{it['change']}", it["persons"])
    for way, persons in total.items():
        yield told(way, persons)
    yield told("net", total["joined"] - total["left"])
