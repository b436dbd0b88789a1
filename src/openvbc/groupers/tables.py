"""A grouper as a folder of small tables: read, written and held to itself.

`tables/<grouper>/` holds a head `grouper.yaml` (version, days, source, citation, a checksum for
each table) and one CSV for each table of `TABLES`. What differs between groupers is a row, so that
one SELECT does them all.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from openvbc.errors import InputError, Problem, near
from openvbc.groupers.cells import cell_problems
from openvbc.summed import Folder, Row, day, day_problems
from openvbc.yamlfile import plain, read_yaml, where

TABLES_FOLDER: Final = Path(__file__).parent / "tables"

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "part"),
    "part": ("part", "category", "on_admission", "years", "two_days"),
    "drop": ("part", "dropped_part"),
    "weight": ("score", "category", "points"),
    "service": ("code", "category", "days"),
    "class": ("setting", "code", "category", "share_ppm", "age_from"),
    "unless": ("category", "code"),
    "drug": ("code", "drug", "category"),
}
"""Table → its columns. A table without rows may be left out of the folder."""

KEYS: Final[Mapping[str, int]] = {
    "code": 2, "part": 1, "drop": 2, "weight": 2, "service": 1, "class": 3, "unless": 2,
    "drug": 1,
}  # fmt: skip
"""Table → how many of its first columns no two rows share."""

FILE: Final = "grouper.yaml"
HEAD: Final = ("version", "first_day", "last_day", "place", "source", "source_sha256", "cite")
PLACES: Final = ("any", "not_principal_of_stay", "first")
SETTINGS: Final = ("stay", "emergency")
UNCLASSIFIED: Final = "unclassified"
"""The rest of a claim whose classes are no whole: no class may be called so."""
MILLION: Final = 1_000_000
ON_ADMISSION: Final = ("any", "present", "absent")


@dataclass(frozen=True)
class Grouper:
    """One grouper: its name, its head, and its tables as rows of text."""

    name: str
    head: Mapping[str, Any]
    tables: Mapping[str, Sequence[Row]]


def grouper_names(folder: Path = TABLES_FOLDER) -> tuple[str, ...]:
    """The groupers of a folder."""
    return tuple(sorted(path.parent.name for path in folder.glob("*/grouper.yaml")))


def _csv(table: str, rows: Iterable[Row]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([TABLES[table], *rows])
    return file.getvalue()


def head_problems(path: Path, head: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a head; path: its file."""
    told = {name for name in HEAD if head.get(name) is not None or name == "last_day"}
    lacks = [Problem(str(path), f"lacks {name}") for name in HEAD if name not in told]
    yield from lacks
    if head.get("place") not in PLACES:
        what = f"place: found {head.get('place')!r}, expected {_listed(PLACES)}"
        yield Problem(where(path, head, "place"), what)
    if not lacks:
        yield from day_problems(path, head, is_open=True)


def problems_of(it: Grouper) -> Iterator[Problem]:
    """What would give a silent zero or count twice: rows that repeat or resolve to nothing."""
    yield from head_problems(Path(it.name, FILE), it.head)
    yield from _misshapen(it)
    if any(len(row) != len(TABLES[table]) for table, rows in it.tables.items() for row in rows):
        return
    for table, rows in it.tables.items():
        counts = Counter(row[: KEYS[table]] for row in rows)
        for key in sorted(key for key, count in counts.items() if count > 1):
            what = f"{', '.join(key)} stands twice; remove one row"
            yield Problem(f"{it.name}/{table}.csv", what)
    yield from _unresolved(it)
    yield from _shares(it)


def _misshapen(it: Grouper) -> Iterator[Problem]:
    for table, rows in it.tables.items():
        for line, what in cell_problems(table, TABLES[table], rows):
            yield Problem(f"{it.name}/{table}.csv:{line}", what)


def _unresolved(it: Grouper) -> Iterator[Problem]:
    parts = {row[0] for row in it.tables["part"]}
    used = {row[1] for row in it.tables["code"]}
    known = {
        ("code", 1): parts,
        ("part", 0): used,
        ("drop", 0): parts,
        ("drop", 1): parts,
        ("weight", 1): {row[1] for row in it.tables["part"]},
        ("class", 0): {*SETTINGS},
        ("unless", 0): {row[2] for row in it.tables["class"]},
    }
    for (table, place), names in known.items():
        for name in sorted({row[place] for row in it.tables[table]} - names):
            what = f"{TABLES[table][place]} {name!r} resolves to nothing in this grouper"
            yield Problem(f"{it.name}/{table}.csv", what)
    categories = {row[1] for row in it.tables["part"]} - {""}
    priced = {(row[0], row[1]) for row in it.tables["weight"]}
    for score in sorted({score for score, _ in priced}):
        for category in sorted(categories - {name for found, name in priced if found == score}):
            what = f"category {category!r} has no points of {score}; give it some, if only 0"
            yield Problem(f"{it.name}/weight.csv", what)
    if UNCLASSIFIED in known["unless", 0]:
        what = f"category {UNCLASSIFIED!r} is what no class has; give it another name, or no row"
        yield Problem(f"{it.name}/class.csv", what)
    for row in it.tables["part"]:
        if row[2] not in ON_ADMISSION:
            what = f"on_admission: found {row[2]!r}, expected {_listed(ON_ADMISSION)}"
            yield Problem(f"{it.name}/part.csv", what)


def _shares(it: Grouper) -> Iterator[Problem]:
    """Shares of a code are whole millionths and together no more than a million."""
    sums: Counter[tuple[str, str]] = Counter()
    for setting, code, _, share, _ in it.tables["class"]:
        sums[setting, code] += int(share) if share.isdecimal() else MILLION + 1
    for (setting, code), total in sorted(sums.items()):
        if total > MILLION:
            what = (
                f"the shares of {code} ({setting}) are more than {MILLION} millionths, or no such"
            )
            yield Problem(f"{it.name}/class.csv", what)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def write_grouper(it: Grouper, folder: Path = TABLES_FOLDER) -> Path:
    """Write a grouper's folder; raises InputError with everything that is wrong with it."""
    if problems := list(problems_of(it)):
        raise InputError(problems)
    place = folder / it.name
    place.mkdir(parents=True, exist_ok=True)
    sums = {}
    for table in TABLES:
        if it.tables[table]:
            text = _csv(table, it.tables[table])
            (place / f"{table}.csv").write_text(text, encoding="utf-8")
            sums[table] = sha256(text.encode()).hexdigest()
    with (place / FILE).open("w", encoding="utf-8") as file:
        YAML().dump({"grouper": it.name, **it.head, "sha256": sums}, file)
    return place


def find_grouper(name: str, *folders: Path) -> Path:
    """A grouper's folder, the shipped ones last; raises InputError naming those there are."""
    places = [*folders, TABLES_FOLDER]
    for folder in places:
        if (folder / name / FILE).is_file():
            return folder / name
        if (folder / name).is_dir() and name in grouper_names():
            what = "is not there, and its folder stands in the place of the grouper that ships; "
            raise InputError(
                Problem(str(folder / name / FILE), f"{what}restore it, or remove the folder")
            )
    known = [it for folder in places for it in grouper_names(folder)]
    raise InputError(Problem(name, f"no such grouper{near(name, known)}"))


def read_head(place: Path) -> Mapping[str, Any]:
    """The head of a grouper; raises InputError with everything that is wrong with it."""
    path = place / FILE
    head = read_yaml(path)
    if problems := list(head_problems(path, head)):
        raise InputError(problems)
    return head


def read_grouper(place: Path) -> Grouper:
    """Read a grouper's folder.

    Raises InputError where a table is not the one of its checksum, or with what is wrong with it.
    """
    raw = read_head(place)
    tables = Folder(place, FILE, TABLES, may_lack=True).read(raw)
    found = Grouper(place.name, plain(raw), tables)
    if problems := list(problems_of(found)):
        raise InputError(problems)
    return found


def days_of(place: Path) -> tuple[date, date]:
    """The first and last day of which a grouper says that it is; an open end is the last there is.

    Raises InputError as `read_head` does.
    """
    head = read_head(place)
    return day(head["first_day"]) or date.min, day(head["last_day"]) or date.max


def years_before(place: Path) -> int:
    """How many years before the analysis's own the parts of a grouper read."""
    return max((int(row[3]) for row in read_grouper(place).tables["part"]), default=1) - 1
