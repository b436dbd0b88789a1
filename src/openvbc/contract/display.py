"""How a line reads: its name, its value by unit, its cell and where it comes from."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from openvbc.money import parse_decimal, round_half_up

Document = Mapping[str, Any]

ABBREVIATIONS: Final = frozenset(
    {
        "aco",
        "pmpm",
        "cjr",
        "cara",
        "bpci",
        "asm",
        "acpt",
        "aip",
        "ami",
        "apm",
        "cabg",
        "cms",
        "copd",
        "cqm",
        "cqs",
        "drg",
        "ecqm",
        "esrd",
        "hac",
        "hai",
        "hcahps",
        "hcc",
        "hf",
        "hhcahps",
        "hhvbp",
        "hrrp",
        "hvbp",
        "ia",
        "lejr",
        "mips",
        "mspb",
        "mssp",
        "npra",
        "oasis",
        "pac",
        "pi",
        "pn",
        "qof",
        "qp",
        "sep",
        "shfft",
        "ssi",
        "tha",
        "tka",
        "tnc",
    }
)
"""Parts of names that are abbreviations of the field, and read as such."""

UNITS: Final = {
    "usd": "US dollars. Rules compute with exact amounts; the page shows whole cents.",
    "gbp": "Pounds sterling. Rules compute with exact amounts; the page shows whole pence.",
    "usd_per_capita": "US dollars for each person-year.",
    "rate": "A share or ratio, shown as a percentage: 100% is the whole, or no change.",
    "persons": "People, each counted once.",
    "person_years": "Time enrolled: twelve months of one person, or of several together.",
    "months": "Months.",
    "years": "Years.",
    "score": "A score on its own scale, for example a risk score where 1 is average.",
    "count": "A plain count.",
    "points": "Percentage points or points of a score.",
    "flag": "Yes or no.",
    "text": "A word that selects how a rule reads.",
    "brackets": "A scale: bands, each with its bounds and its values.",
}
"""What each unit means, for the glossary."""


def label(path: str) -> str:
    """The last part of a path as words."""
    words = path.rsplit("/", 1)[-1].split("_")
    return " ".join(word.upper() if word in ABBREVIATIONS else word for word in words)


def _fixed(number: Decimal, places: int) -> str:
    return f"{round_half_up(number, places):,f}"


def _trimmed(number: Decimal, places: int) -> str:
    """Rounded to some places (a tiny number to two digits), without the zeros at the end."""
    enough = max(places, 1 - number.adjusted()) if number else 0
    text = _fixed(number, enough)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _money(number: Decimal, sign: str = "$") -> str:
    text = _fixed(abs(number), 2)
    return f"-{sign}{text}" if round_half_up(number, 2) < 0 else f"{sign}{text}"


def _percent(number: Decimal) -> str:
    return f"{_trimmed(number * 100, 4)}%"


_NUMBERS: Final[Mapping[str, Callable[[Decimal], str]]] = {
    "usd": _money,
    "gbp": partial(_money, sign="£"),
    "usd_per_capita": _money,
    "rate": _percent,
    "persons": lambda number: _trimmed(number, 0),
    "person_years": lambda number: _fixed(number, 2),
    "months": lambda number: _trimmed(number, 2),
    "years": lambda number: _trimmed(number, 2),
    "score": lambda number: _trimmed(number, 6),
    "count": lambda number: _trimmed(number, 4),
    "points": lambda number: _trimmed(number, 4),
}


def shown(value: str | None, unit: str) -> str:
    """A line's value as people read it; "none" where there is none."""
    if value is None:
        return "none"
    if unit == "flag":
        return {"true": "yes", "false": "no"}.get(value, value)
    if unit == "text":
        return value.replace("_", " ")
    number = parse_decimal(value)
    if number is None or unit not in _NUMBERS:
        return value
    return _NUMBERS[unit](number)


def shown_line(line: Document) -> str:
    """A line's value as people read it, or "unknown" (the reason stands in the line)."""
    if line["unknown"] is not None:
        return "unknown"
    if line["unit"] == "brackets" and line["value"]:
        bands = brackets(line["value"])
        listed = line["value"].replace(" | ", ", ").replace("; ", ", ")
        return f"{len(bands)} bands" if len(bands) > 1 else listed
    return shown(line["value"], line["unit"])


def brackets(value: str) -> list[dict[str, str]]:
    """The bands of a scale, each as name → value; empty for a plain list of values."""
    bands = [band.split("; ") for band in value.split(" | ")]
    named = all(" " in part for band in bands for part in band)
    return [dict(part.split(" ", 1) for part in band) for band in bands] if named else []


def first_sentence(text: str) -> str:
    """The first sentence of a description, on one line."""
    paragraph = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    head, stop, _ = paragraph.partition(". ")
    return head + "." if stop else head


def period_label(document: Document, role: str) -> str:
    """A period by its role and year: "benchmark year 3 (2024)".

    A period that is no calendar year goes by its own name: "performance (FY2024)".
    """
    name = f"{role.replace('base_', 'benchmark year ')}" if role != "performance" else role
    dates = document["periods"].get(role)
    if not dates:
        return name
    first = date.fromisoformat(dates["first_day"])
    calendar = role != "performance" or first == first.replace(month=1, day=1)
    return f"{name} ({first.year if calendar else document['period']['id']})"


def cell_label(document: Document, at: Document) -> str:
    """A cell by its period and stratum."""
    period = period_label(document, at["period"])
    return f"{period}, {label(at['stratum'])}" if at["stratum"] else period


def _filter(source: Document) -> str:
    return " and ".join(f"{key} = {value}" for key, value in source["filter"].items())


def _table(source: Document) -> str:
    of = "episodes" if "episode_type" in source["filter"] else "persons"
    people = "" if source["count"] is None else f"{source['count']:,} {of}, "
    where = f"table {source['table']}, column {source['column']}"
    return f"{where}, where {_filter(source)}: {people}total {source['total']}"


def _parameter(source: Document) -> str:
    until = f"to {source['to']}" if source["to"] else "on"
    clock = source["clock"].replace("_", " ")
    checked = f", checked {source['checked']}" if source["checked"] else ""
    in_force = f"in force from {source['from']} {until}"
    return f"parameter, {in_force}, read at the {clock}{checked} ({source['file']})"


def _term(source: Document) -> str:
    """A term of the contract, or of the step of a plan with the statement that decided it."""
    if "plan" not in source:
        return f"term of the contract, {source['file']}"
    decided = source["decided_by"]
    by = f", decided by statement {decided}" if decided else ""
    return f"term of step {source['step']} of plan {source['plan']}, {source['file']}{by}"


_SOURCES: Final[Mapping[str, Callable[[Document], str]]] = {
    "table": _table,
    "fact": lambda it: f"fact, {it['file']}, {it['source']}, received {it['received_on']}",
    "term": _term,
    "parameter": _parameter,
    "default": lambda it: f"assumed: {it['says']}",
    "period": lambda it: f"months from {it['first_day']} to {it['last_day']}, {it['file']}",
}


def source_text(source: Document | None) -> str:
    """Where a leaf comes from, in one line; empty for a computed line."""
    if source is None:
        return ""
    if source["kind"] in _SOURCES:
        return _SOURCES[source["kind"]](source)
    rest = ", ".join(f"{key} {value}" for key, value in source.items() if key != "kind")
    return f"{source['kind']}, {rest}" if rest else str(source["kind"])


_ORIGINS: Final[Mapping[str, Callable[[Document], str]]] = {
    "table": lambda it: f"table {it['table']}",
    "fact": lambda it: f"fact, {it['file']}",
    "term": lambda it: f"term, {it['file']}",
    "parameter": lambda it: f"parameter from {it['from']}",
    "default": lambda _: "assumed",
    "period": lambda it: f"{it['first_day']} to {it['last_day']}",
}


def origin(source: Document | None) -> str:
    """Where a leaf comes from, in a few words; empty for a computed line."""
    if source is None:
        return ""
    kind = str(source["kind"])
    return _ORIGINS[kind](source) if kind in _ORIGINS else kind
