"""Attribution methods as tables: those that ship, and those that a workspace declares or replaces.

A method is rows of six small tables (`parameters/attribution/*.csv`): what it attributes to and
when (method), its steps in order with their tie-breaks (step), the months they look back on (span),
the services, specialties and diagnoses they name (code, specialty, condition). A workspace's
`packs/attribution/` may hold files of the same names: a method, list or condition there stands for
the shipped one of its name, whole.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from openvbc.csvtable import read_table
from openvbc.engine.inputs import code_list_rows
from openvbc.engine.store import file_digest
from openvbc.errors import InputError, Problem, near
from openvbc.groupers.tables import find_grouper, read_grouper
from openvbc.parameters import code_lists

FOLDER: Final = "attribution"
TABLES: Final = tuple(
    f"attribution_{it}" for it in ("method", "step", "span", "code", "specialty", "condition")
)
WORDS: Final[Mapping[str, tuple[str | None, ...]]] = {
    "unit": ("entity", "tin", "npi"),
    "coverage": ("parts_a_and_b", "any"),
    "covered": ("first", "any"),
    "source": ("service", "designation", "payer_list"),
    "opens": (None, "at_least", "below"),
    "provider_class": (None, "primary", "specialist"),
    "related": (None, "condition"),
    "order_1": ("allowed", "visits", "latest"),
    "order_2": (None, "allowed", "visits", "latest"),
    "order_3": (None, "allowed", "visits", "latest"),
}
"""Column → the words that it may hold; None: empty."""

BY_GROUPER: Final = "grouper:"
"""Before GROUPER/CATEGORY as a diagnosis: all codes of a grouper's category."""
CODES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("attribution_code", "code"): (
        "[A-Z0-9]{4,5}",
        "four or five capitals and digits, such as 99213",
    ),
    ("attribution_specialty", "specialty_code"): (
        "[A-Z0-9]{2,10}",
        "two or more capitals and digits, such as 08",
    ),
    ("attribution_condition", "code_prefix"): (
        f"[A-Z0-9]{{3,}}|{BY_GROUPER}.*",
        "three or more capitals and digits without a dot, such as I50",
    ),
}
"""Table and column → how its codes are kept, and what is expected of one that is written else."""

Row = dict[str, Any]
Own = Mapping[str, Mapping[int, Row]]
"""A workspace's own rows: table → line → row."""


def own_folder(packs: Path) -> Path:
    """Where a workspace's own methods stand."""
    return packs / FOLDER


def attribution_tables(packs: Path) -> dict[str, list[Row]]:
    """The six tables by name, own rows in the place of shipped ones.

    Raises InputError with everything in a workspace's files that resolves to nothing.
    """
    own = _own(packs)
    if not any(own.values()):
        return dict(_shipped())
    merged = {name: _merged(rows, own[name].values()) for name, rows in _shipped().items()}
    problems = [*_unresolved(packs, own, merged)]
    problems += [
        Problem(str(own_folder(packs) / f"{name}.csv"), what)
        for name in TABLES
        for what in doubled(name, own[name].values())
    ]
    if problems:
        raise InputError(problems)
    merged["attribution_condition"] = list(_spelled(merged["attribution_condition"], packs))
    return merged


@cache
def _shipped() -> Mapping[str, list[Row]]:
    lists = code_lists()
    return {name: code_list_rows(lists[name]) for name in TABLES}


def shipped_methods() -> list[str]:
    """The methods that ship, by name."""
    return sorted({row["method"] for row in _shipped()["attribution_method"]})


def _own(packs: Path) -> Own:
    """Raises InputError for files that are no such tables, and with every day that is none."""
    found: dict[str, dict[int, Row]] = {}
    problems: list[Problem] = []
    for name, shipped in _shipped().items():
        path = own_folder(packs) / f"{name}.csv"
        rows = read_table(path, tuple(shipped[0])) if path.is_file() else []
        found[name] = {
            it.line: {column: _day(column, text or None) for column, text in it.cells.items()}
            for it in rows
        }
        for line, row in found[name].items():
            problems += [Problem(f"{path}:{line}", what) for what in _wrong_days(row)]
    if problems:
        raise InputError(problems)
    return found


def _day(column: str, text: str | None) -> date | str | None:
    """A cell as a day where its column holds days and the text is one; else as it stands."""
    if text is None or not column.endswith("_day"):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _wrong_days(row: Row) -> Iterator[str]:
    """Cells that should be days and are none, and a last day before the first."""
    for column in (it for it in row if it.endswith("_day")):
        if isinstance(row[column], str):
            yield f"{column}: found {row[column]!r}, expected a day such as 2025-01-31, or nothing"
    first, last = row.get("first_day"), row.get("last_day")
    if isinstance(first, date) and isinstance(last, date) and first > last:
        yield f"first_day,last_day: found {first},{last}, expected the earlier day first"


def _key(row: Row) -> Any:
    """What a row belongs to: its method, list or condition."""
    return next(iter(row.values()))


def _merged(shipped: Iterable[Row], own: Iterable[Row]) -> list[Row]:
    replaced = {_key(row) for row in own}
    return [*(row for row in shipped if _key(row) not in replaced), *own]


KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "attribution_method": ("method", "period"),
    "attribution_step": ("method", "step"),
    "attribution_span": ("method", "step", "months_from", "months_to", "copy"),
    "attribution_code": ("list", "code"),
    "attribution_specialty": ("list", "specialty_code"),
    "attribution_condition": ("condition", "code_prefix"),
}
"""Table → the columns that no two of its rows share on one day: a service would count twice."""


def doubled(name: str, rows: Collection[Row]) -> Iterator[str]:
    """What stands twice in a table on the same day."""
    spans: dict[tuple[Any, ...], list[tuple[date, date]]] = {}
    for row in rows:
        days = (row.get("first_day") or date.min, row.get("last_day") or date.max)
        spans.setdefault(tuple(row.get(it) for it in KEYS[name]), []).append(days)
    for key, days_of in spans.items():
        if any(last >= first for (_, last), (first, _) in pairwise(sorted(days_of))):
            yield f"{' '.join(map(str, key))} stands twice; remove one row"
    if name in TWICE:
        yield from TWICE[name](rows)


def _places_twice(steps: Iterable[Row]) -> Iterator[str]:
    """Steps of one method that share a place: a name would decide which is first."""
    places = Counter((row["method"], row["place"]) for row in steps)
    for (method, place), count in places.items():
        if count > 1:
            yield f"{method} has {count} steps of place {place}; give each its own"


def _months_twice(spans: Iterable[Row]) -> Iterator[str]:
    """Spans of one step and copy that overlap: a service would count twice."""
    months: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for row in spans:
        pair = str(row["months_from"]), str(row["months_to"])
        if all(it.isdecimal() for it in pair):
            key = (row["method"], row["step"], row["copy"])
            months.setdefault(key, []).append((int(pair[0]), int(pair[1])))
    for (method, step, copy), pairs in months.items():
        if any(last >= first for (_, last), (first, _) in pairwise(sorted(pairs))):
            what = f"{method} {step}: months stand twice under copy {copy}"
            yield f"{what}; what counts twice has a copy of its own"


TWICE: Final[Mapping[str, Callable[[Iterable[Row]], Iterator[str]]]] = {
    "attribution_step": _places_twice,
    "attribution_span": _months_twice,
}
"""Table → what else may stand twice in it, beside its keys."""


def method_names(packs: Path) -> dict[str, dict[str, int]]:
    """Method → how many years before the period's own year its look-back begins."""
    tables = attribution_tables(packs)
    months: dict[str, int] = {row["method"]: 0 for row in tables["attribution_method"]}
    for row in tables["attribution_span"]:
        months[row["method"]] = max(months[row["method"]], int(row["months_to"]))
    years: dict[str, dict[str, int]] = {}
    for row in tables["attribution_method"]:
        back = months[row["method"]] + int(row["lag_months"]) - int(row["last_month"])
        before = max(-(-back // 12), 0)
        known = years.get(row["method"], {"years_before": 0})
        years[row["method"]] = {"years_before": max(before, known["years_before"])}
    return years


def look_back(packs: Path, method: str, months: int) -> tuple[int, int]:
    """The earliest and the latest month that a method looks at for a period of so many months.

    Counted from the period's first month, which is 1; where a method looks at lists alone, the
    period's own.
    """
    tables = attribution_tables(packs)
    spans = [int(it["months_to"]) for it in tables["attribution_span"] if it["method"] == method]
    ends = [
        min(int(it["last_month"]), months) - int(it["lag_months"])
        for it in tables["attribution_method"]
        if it["method"] == method and int(it["first_month"]) <= months
    ]
    if not spans or not ends:
        return 1, months
    return min(ends) - max(spans) + 1, max(ends)


def attribution_facts(packs: Path) -> dict[str, str]:
    """A workspace's own files with their hashes: what a run was built from."""
    folder = own_folder(packs)
    return {f"{FOLDER}/{it.name}": file_digest(it) for it in sorted(folder.glob("*.csv"))}


def _unresolved(packs: Path, own: Own, merged: Mapping[str, list[Row]]) -> Iterator[Problem]:
    """Words that are none, and names that no row defines: each would attribute nobody."""
    known = {name: {_key(row) for row in rows} for name, rows in merged.items()}
    for name in TABLES:
        for place, row in _placed(packs, name, own):
            for what in (
                *(f"{it}: found nothing; say it" for it in KEYS[name] if row[it] is None),
                *_wrong_words(row),
                *_wrong_numbers(row),
                *_wrong_codes(name, row),
                *_wrong_names(name, row, known),
            ):
                yield Problem(place, what)
    for place, row in _placed(packs, "attribution_method", own):
        yield from (Problem(place, what) for what in _idle_method(row, known))
    for place, row in _placed(packs, "attribution_span", own):
        steps = {it["step"] for it in merged["attribution_step"] if _key(it) == _key(row)}
        if steps:
            unknown = _unknown(row["step"], steps, f"step of {row['method']}")
            yield from (Problem(place, what) for what in unknown)
    yield from _idle_steps(packs, own, merged)


def _placed(packs: Path, name: str, own: Own) -> Iterator[tuple[str, Row]]:
    """The rows of a workspace's own file, each with its file and line."""
    for line, row in own[name].items():
        yield f"{own_folder(packs) / name}.csv:{line}", row


def _idle_method(row: Row, known: Mapping[str, set[str]]) -> Iterator[str]:
    """What keeps a method from attributing anybody, whatever its steps are."""
    method = row["method"]
    if method not in known["attribution_step"]:
        yield f"{method} has no step; add attribution_step.csv rows"
    elif row["condition"] and method not in known["attribution_span"]:
        what = f"condition: {method} looks at no month for it; expected its months"
        yield f"{what}: add attribution_span.csv rows"


def _idle_steps(packs: Path, own: Own, merged: Mapping[str, list[Row]]) -> Iterator[Problem]:
    """Steps that could attribute nobody, each at the own row that makes it so."""
    places = {id(row): place for name in TABLES for place, row in _placed(packs, name, own)}
    for step in merged["attribution_step"]:
        for table, key, what in _lacking(step, merged):
            rows = [step, *(it for it in merged[table] if _key(it) == key)]
            places_of = [places[id(it)] for it in rows if id(it) in places]
            yield from (Problem(place, what) for place in places_of[:1])


def _lacking(step: Row, merged: Mapping[str, list[Row]]) -> Iterator[tuple[str, str, str]]:
    """What a step needs and has not: the table that should say it, under which name, and what."""
    method, name = step["method"], f"step {step['step']} of {step['method']}"
    heads = [it for it in merged["attribution_method"] if it["method"] == method]
    if heads and step["source"] == "service" and step["step"] not in _spanned(method, merged):
        what = "compares services of no month; expected its months: add attribution_span.csv rows"
        yield "attribution_span", method, f"{name} {what}"
    for column, needed in NEEDS.items():
        if step[column] is not None and not all(it[needed] for it in heads):
            what = f"{name}: {column} is {step[column]}, and the method has no {needed}"
            told = f"{what}; give it in attribution_method.csv, or leave {column} empty"
            yield "attribution_method", method, told
    listed, wanted = step["specialty_list"], step["provider_class"]
    rows = [it for it in merged["attribution_specialty"] if it["list"] == listed]
    if rows and wanted is not None and wanted not in {it["provider_class"] for it in rows}:
        what = f"{name}: found no {wanted} in specialty_list {listed}, expected one at least"
        told = f"{what}; add attribution_specialty.csv rows, or change provider_class"
        yield "attribution_specialty", listed, told


def _spanned(method: str, merged: Mapping[str, list[Row]]) -> set[str]:
    """The steps of a method that look at months."""
    return {it["step"] for it in merged["attribution_span"] if it["method"] == method}


def _wrong_words(row: Row) -> Iterator[str]:
    for column, words in WORDS.items():
        if column in row and row[column] not in words:
            allowed = ", ".join(it or "nothing" for it in words)
            yield f"{column}: found {row[column]!r}, expected {allowed}"


NUMBERS: Final = {
    "first_month": range(1, 13), "last_month": range(1, 13), "lag_months": range(121),
    "place": range(1, 100), "months_from": range(1, 121), "months_to": range(1, 121),
}  # fmt: skip


ORDERED: Final = {
    ("first_month", "last_month"): "the earlier month first: a period ends in its own year",
    ("months_from", "months_to"): "the lower first: months count back from the last, which is 1",
}
"""Pairs of months, and what is expected of them."""

NEEDS: Final = {"opens": "share_percent", "related": "condition"}
"""Column of a step → the column of its method without which it says nothing."""


def _wrong_numbers(row: Row) -> Iterator[str]:
    for column, allowed in NUMBERS.items():
        text = str(row.get(column, allowed[0]))
        if not _is_one_of(text, allowed):
            yield f"{column}: found {text!r}, expected {allowed[0]} to {allowed[-1]}"
    share = row.get("share_percent")
    if share is not None and not _is_one_of(share, range(1, 101)):
        yield f"share_percent: found {share!r}, expected nothing, or 1 to 100"
    for (first, last), expected in ORDERED.items():
        pair = str(row.get(first)), str(row.get(last))
        if all(it.isdecimal() for it in pair) and int(pair[0]) > int(pair[1]):
            yield f"{first},{last}: found {','.join(pair)}, expected {expected}"


def _is_one_of(text: str, allowed: range) -> bool:
    return text.isascii() and text.isdecimal() and int(text) in allowed


def _wrong_codes(table: str, row: Row) -> Iterator[str]:
    """Codes that are written otherwise than claims have them: they would match nothing."""
    for (of, column), (pattern, expected) in CODES.items():
        if of == table and row[column] and not re.fullmatch(pattern, row[column]):
            yield f"{column}: found {row[column]!r}, expected {expected}"


def _wrong_names(table: str, row: Row, known: Mapping[str, set[str]]) -> Iterator[str]:
    if table in {"attribution_step", "attribution_span"}:
        yield from _unknown(row["method"], known["attribution_method"], "method")
    if table == "attribution_step" and row["source"] == "service":
        yield from _unknown(row["code_list"], known["attribution_code"], "code_list")
        yield from _unknown(row["specialty_list"], known["attribution_specialty"], "specialty_list")
    if table == "attribution_method" and row["condition"]:
        yield from _unknown(row["condition"], known["attribution_condition"], "condition")


def _unknown(name: str, known: Iterable[str], what: str) -> Iterator[str]:
    if name not in known:
        yield f"unknown {what} {name}{near(str(name), known)}"


def _spelled(rows: Iterable[Row], packs: Path) -> Iterator[Row]:
    """Conditions with a grouper's category written out as its codes."""
    for row in rows:
        if not row["code_prefix"].startswith(BY_GROUPER):
            yield row
            continue
        name, _, category = row["code_prefix"].removeprefix(BY_GROUPER).partition("/")
        found = read_grouper(find_grouper(name, packs)).tables
        parts = {it[0] for it in found["part"] if it[1] == category}
        if not parts:
            what = f"condition {row['condition']}: grouper {name} has no category {category}"
            raise InputError(Problem(str(own_folder(packs)), what))
        yield from (
            {"condition": row["condition"], "code_prefix": code}
            for code, part in found["code"]
            if part in parts
        )
