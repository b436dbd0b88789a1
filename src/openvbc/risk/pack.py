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
from openvbc.groupers.cells import cell_problems
from openvbc.risk.cells import FORMS
from openvbc.risk.head import FILE, head_problems, must_have_head, read_head
from openvbc.summed import Folder, Row

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
    found = head_problems(Path(str(pack.head.get("risk_model")), FILE), pack.head)
    found += [] if found else _misshapen(pack)
    return found or _unusable(pack)


def _misshapen(pack: Pack) -> list[Problem]:
    return [
        Problem(f"{pack.id}/{table}.csv:{line}", what)
        for table, columns in TABLES.items()
        for line, what in cell_problems(table, columns, pack.tables[table], FORMS)
    ]


def _unusable(pack: Pack) -> list[Problem]:
    """What resolves to nothing, stands twice, or may not be in a pack."""
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
    priced = {*pack.column("factor", "variable"), *(pack.head.get("unpaid") or ())}
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
    with (place / FILE).open("w", encoding="utf-8") as file:
        yaml = YAML()
        yaml.width = 100
        yaml.dump({**pack.head, "sha256": sums}, file)
    return place


def read_pack(place: Path) -> Pack:
    """Read a pack and hold its tables to the checksums of its head.

    Raises InputError where the head will not do, for a table that was changed, misses or has other
    columns, and with everything in it that cannot be scored with.
    """
    head = read_head(place)
    tables = Folder(place, FILE, TABLES, may_lack=False).read(head)
    pack = Pack({name: value for name, value in head.items() if name != "sha256"}, tables)
    if problems := problems_of(pack):
        raise InputError([Problem(str(place.parent / it.where), it.what) for it in problems])
    return pack


def pack_folders(*folders: Path) -> dict[str, Path]:
    """Risk model → its folder: those that ship with the package, then a workspace's own.

    A folder of the name of one that ships stands in its place, even where its head was lost.
    """
    shipped = {path.parent.name: path.parent for path in sorted(PACKS_FOLDER.glob("*/pack.yaml"))}
    own = {
        path.name: path
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.is_dir() and (path.name in shipped or (path / FILE).is_file())
    }
    return shipped | own


def find_pack(risk_model: str, *folders: Path) -> Path:
    """The folder of a risk model; raises InputError naming the ones there are."""
    known = pack_folders(*folders)
    if risk_model not in known:
        what = f"no table pack of this model{near(risk_model, known)}; known: {', '.join(known)}"
        raise InputError(Problem(risk_model, what))
    return must_have_head(known[risk_model]).parent
