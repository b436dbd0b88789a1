"""A risk model as a pack of small tables: read, written and held to itself.

A pack is a folder `packs/<risk_model>/` with a head `pack.yaml` (model, years, normalization,
source, citation, a checksum for each table) and one CSV for each table of `TABLES`. Everything
that differs between models is a row, so that one SQL program scores them all.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from openvbc.errors import InputError, Problem, meant, near

PACKS_FOLDER: Final = Path(__file__).parent / "packs"

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "hcc", "sex", "age_from", "age_to"),
    "drug": ("code_type", "code", "hcc", "age_from", "age_to"),
    "hierarchy": ("hcc", "dropped_hcc"),
    "requirement": ("hcc", "needs_hcc"),
    "group": ("segment", "hcc", "hcc_group"),
    "interaction": ("variable", "clauses", "clause", "term"),
    "count": ("variable", "count_from", "count_to"),
    "condition": (
        "kind",
        "variable",
        "segment",
        "sex",
        "age_from",
        "age_to",
        "original_reasons",
        "duals",
        "institutional",
        "new_enrollee",
        "special_needs",
        "low_income",
        "treatment",
        "graft_from",
        "graft_to",
        "metal_level",
        "days_from",
        "days_to",
    ),
    "factor": ("segment", "variable", "factor_e9"),
}
"""Table → its columns. Empty cells in a condition or an edit mean: whatever it is."""

HEAD: Final = (
    "risk_model",
    "family",
    "version",
    "payment_year",
    "first_day",
    "last_day",
    "normalization_e9",
    "coding_intensity_e9",
    "source",
    "source_sha256",
    "cite",
    "contains_cpt",
)
"""What a head must say; normalization and coding intensity may be empty (not published)."""

Row = tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """One model of one payment year: its head, and its tables as rows of text."""

    head: Mapping[str, Any]
    tables: Mapping[str, Sequence[Row]]

    @property
    def id(self) -> str:
        """The model and its payment year, such as cms_hcc_v28_2026."""
        return str(self.head["risk_model"])

    def column(self, table: str, name: str) -> list[str]:
        """One column of a table."""
        place = TABLES[table].index(name)
        return [row[place] for row in self.tables[table]]


def _csv(table: str, rows: Iterable[Row]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(TABLES[table])
    writer.writerows(rows)
    return file.getvalue()


def sha256(content: bytes) -> str:
    """The checksum that heads hold."""
    return hashlib.sha256(content).hexdigest()


def _conditions(pack: Pack, kind: str) -> set[str]:
    rows = zip(pack.column("condition", "kind"), pack.column("condition", "variable"), strict=True)
    return {variable for found, variable in rows if found == kind}


def _categories(pack: Pack) -> set[str]:
    """What codes give a person."""
    return {*pack.column("code", "hcc"), *pack.column("drug", "hcc")}


def _counted(pack: Pack) -> set[str]:
    """What a person has: categories, groups of them, and how many."""
    groups = {*pack.column("group", "hcc_group")} - {""} | _conditions(pack, "group")
    return _categories(pack) | groups | {*pack.column("count", "variable")}


def known_variables(pack: Pack) -> set[str]:
    """Everything that a factor may be the price of."""
    return _counted(pack) | {*pack.column("interaction", "variable")} | _conditions(pack, "factor")


def _unresolved(pack: Pack, table: str, column: str, known: set[str]) -> Iterator[Problem]:
    for name in sorted({*pack.column(table, column)} - known):
        what = f"{column} {name!r} resolves to nothing in this pack{meant(name, known)}"
        yield Problem(f"{pack.id}/{table}.csv", what)


_CPT: Final = re.compile(r"[0-9]{4}[0-9FTUM]")


def problems_of(pack: Pack) -> list[Problem]:
    """Everything in a pack that cannot be scored with: never a silent zero."""
    where = f"{pack.id}/pack.yaml"
    lacks = [Problem(where, f"lacks {name}") for name in HEAD if name not in pack.head]
    if lacks:
        return lacks
    segments = _conditions(pack, "segment")
    hccs = _counted(pack) | {*pack.column("factor", "variable")}
    found = [
        *_unresolved(pack, "factor", "variable", known_variables(pack)),
        *_unresolved(pack, "factor", "segment", segments),
        *_unresolved(pack, "group", "segment", segments),
        *_unresolved(pack, "group", "hcc", _categories(pack)),
        *_unresolved(pack, "interaction", "term", _counted(pack) | _conditions(pack, "flag")),
        *_unresolved(pack, "hierarchy", "hcc", hccs),
        *_unresolved(pack, "hierarchy", "dropped_hcc", hccs),
        *_unresolved(pack, "requirement", "needs_hcc", hccs),
    ]
    priced = {*pack.column("factor", "variable"), *pack.head.get("unpaid", ())}
    priced |= {*pack.column("group", "hcc")}
    found += [
        Problem(
            f"{pack.id}/code.csv",
            f"{hcc} has codes and no factor in any segment; name it under unpaid: if it is none",
        )
        for hcc in sorted({*pack.column("code", "hcc")} - priced)
    ]
    found += [
        Problem(f"{pack.id}/{table}.csv", f"row {row} comes more than once")
        for table in TABLES
        for row, times in Counter(pack.tables[table]).items()
        if times > 1
    ]
    found += [
        Problem(f"{pack.id}/{table}.csv", "holds codes that look like CPT")
        for table in ("code", "drug")
        if any(_CPT.fullmatch(code) for code in pack.column(table, "code"))
    ]
    return found


def write_pack(pack: Pack, folder: Path = PACKS_FOLDER) -> Path:
    """Write a pack; raises InputError with everything that does not resolve."""
    if problems := problems_of(pack):
        raise InputError(problems)
    place = folder / pack.id
    place.mkdir(parents=True, exist_ok=True)
    sums = {}
    for table in TABLES:
        text = _csv(table, pack.tables[table]).encode()
        (place / f"{table}.csv").write_bytes(text)
        sums[table] = sha256(text)
    with (place / "pack.yaml").open("w", encoding="utf-8") as file:
        yaml = YAML()
        yaml.width = 100
        yaml.dump({**pack.head, "sha256": sums}, file)
    return place


def read_pack(place: Path) -> Pack:
    """Read a pack and hold its tables to the checksums of its head.

    Raises InputError for a table that was changed, misses or has other columns.
    """
    head = YAML(typ="safe").load((place / "pack.yaml").read_text(encoding="utf-8"))
    sums = head.pop("sha256", {})
    tables: dict[str, list[Row]] = {}
    problems: list[Problem] = []
    for table, columns in TABLES.items():
        path = place / f"{table}.csv"
        content = path.read_bytes() if path.is_file() else b""
        if sha256(content) != sums.get(table):
            problems.append(Problem(str(path), "is not the table its head has a checksum of"))
        header, *rows = [tuple(row) for row in csv.reader(content.decode().splitlines())] or [()]
        if header != columns:
            problems.append(Problem(str(path), f"columns {header}, expected {columns}"))
        tables[table] = rows
    if problems:
        raise InputError(problems)
    return Pack(head, tables)


def pack_folders(*folders: Path) -> dict[str, Path]:
    """Risk model → its folder: those that ship with the package, then a workspace's own."""
    return {
        path.parent.name: path.parent
        for folder in (PACKS_FOLDER, *folders)
        for path in sorted(folder.glob("*/pack.yaml"))
    }


def find_pack(risk_model: str, *folders: Path) -> Path:
    """The folder of a risk model; raises InputError naming the ones there are."""
    known = pack_folders(*folders)
    if risk_model not in known:
        what = f"no table pack of this model{near(risk_model, known)}; known: {', '.join(known)}"
        raise InputError(Problem(risk_model, what))
    return known[risk_model]
