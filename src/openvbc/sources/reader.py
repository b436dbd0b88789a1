"""What each kind of export looks like: its files, its columns, and the SELECTs that read it.

A kind is a folder beside this file: `files.yaml` lists the files and their columns, each `.sql`
is one SELECT that makes one canonical table from the landing views (`landing.<file>`), and each
`.csv` is a code map that the SELECTs see as `map.<name>`. A file whose name is not its table's
says which names it `matches` (a regular expression for the name without extension). Files that
are no tables are landed by the kind's `format.py` (`formats.py`); their columns may have `types`. A
kind that tells the whole state of somebody anew `restates` a table: the view
`shared.restated_<table>` says of whom, and what earlier loads of the same source told of them and
is not told again is withdrawn (`withdraw.py`).
The kind `own` has no folder: its files are the canonical tables themselves, so its columns and
its SELECTs are what the tables declare.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from ruamel.yaml import YAML

from openvbc.engine.model import MODELS_FOLDER, Model, read_model
from openvbc.errors import InputError, Problem

OWN_KIND: Final = "own"
SOURCES_FOLDER: Final = Path(__file__).parent

ROW_LINEAGE: Final = ("payer", "plan", "line_of_business", "sensitivity")
"""The lineage that a source may give row by row; the loader knows the rest."""

COMPUTED: Final = ("bucket",)
"""Canonical columns that the loader computes and no source gives."""

_FEW: Final = 3
_NUMBERED: Final = re.compile(r"(?P<stem>\w+)_(?P<first>\d+)\.\.(?P<last>\d+)")


@dataclass(frozen=True)
class SourceFile:
    """One file of an export, by its name without extension, and the columns that are read."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    mandatory: bool = False
    matches: str | None = None
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return (*self.required, *self.optional)


@dataclass(frozen=True)
class Reader:
    """One kind of export.

    recognised_by holds (file, column) pairs that no other kind has. is_row_by_row: no SELECT
    joins, groups or windows, so that reading some rows costs no more than reading those rows.
    """

    kind: str
    says: str
    files: tuple[SourceFile, ...]
    recognised_by: tuple[tuple[str, str], ...]
    is_row_by_row: bool = False
    restates: tuple[str, ...] = ()

    @cached_property
    def selects(self) -> dict[str, str]:
        """Canonical table → its SELECT."""
        paths = [*_files(self.kind, "sql"), *_files("common", "sql")]
        declared = {path.stem: path.read_text(encoding="utf-8") for path in paths}
        return {**self.plain, **declared}

    @cached_property
    def plain(self) -> dict[str, str]:
        """Of the kind `own`: canonical table → the SELECT of its columns as they stand."""
        if not self.is_row_by_row:
            return {}
        return {
            file.name: f"SELECT {', '.join(file.columns)}, file_name, row_number "
            f"FROM landing.{file.name}"
            for file in self.files
        }

    def table_of(self, name: str) -> str:
        """The table of a file, by its path below the source.

        It is the one whose files have such names; else the one that the file, or a folder that
        holds it, is named after; else the file's own name without extension.
        """
        path = PurePosixPath(re.sub(r"(?i)^.*\.(zip|gz)/", "", name))
        for file in self.files:
            if file.matches and re.fullmatch(file.matches, path.stem, re.IGNORECASE):
                return file.name
        tables = {file.name for file in self.files}
        named = [it for it in (path.stem, *reversed(path.parts[:-1])) if it in tables]
        return named[0] if named else path.stem

    @cached_property
    def shared(self) -> tuple[str, ...]:
        """Scripts of views (`shared.<name>`) and macros that the kind's SELECTs have in common."""
        paths = sorted((SOURCES_FOLDER / self.kind / "shared").glob("*.sql"))
        return tuple(path.read_text(encoding="utf-8") for path in paths)

    @cached_property
    def maps(self) -> dict[str, Path]:
        """Name → code map."""
        return {path.stem: path for path in _files(self.kind, "csv")}


def _files(kind: str, suffix: str) -> list[Path]:
    return sorted((SOURCES_FOLDER / kind).glob(f"*.{suffix}"))


@cache
def canonical_models() -> Mapping[str, Model]:
    """The tables that are loaded, by name."""
    paths = sorted((MODELS_FOLDER / "canonical").glob("*.yaml"))
    return MappingProxyType({path.stem: read_model(path) for path in paths})


def readers(models: Mapping[str, Model]) -> dict[str, Reader]:
    """Every kind of export that can be read, by name."""
    kinds = sorted(path.parent.name for path in SOURCES_FOLDER.glob("*/files.yaml"))
    declared = (_declared(kind, SOURCES_FOLDER) for kind in kinds)
    return {reader.kind: reader for reader in (_own(models), *declared)}


_OWN_MARKS: Final = {
    "eligibility": "line_of_business",
    "medical_claim": "claim_key",
    "pharmacy_claim": "claim_key",
    "diagnosis": "claim_key",
    "procedure": "claim_key",
    "person": "person_id",
    "provider": "npi",
    "facility": "ccn",
    "risk_score": "score_e9",
    "voluntary_alignment": "valid_from",
    "condition": "code_type",
    "observation": "code_type",
    "immunization": "code_type",
    "medication": "code_type",
    "questionnaire_answer": "response_id",
    "activity": "activity_id",
    "roster_entry": "roster",
}
"""File → a column that only the canonical table of that name has."""


def _own(models: Mapping[str, Model]) -> Reader:
    files = tuple(_own_file(model) for name, model in models.items() if name != "source")
    recognised = tuple((name, column) for name, column in _OWN_MARKS.items() if name in models)
    return Reader(OWN_KIND, "OpenVBC's own canonical tables", files, recognised, is_row_by_row=True)


def _own_file(model: Model) -> SourceFile:
    columns = [column for column in model.columns if column.name not in COMPUTED]
    return SourceFile(
        model.name,
        tuple(column.name for column in columns if column.required),
        (*(it.name for it in columns if not it.required), *ROW_LINEAGE, "received_on"),
    )


@cache
def _declared(kind: str, folder: Path) -> Reader:
    path = folder / kind / "files.yaml"
    it = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    files = tuple(_declared_file(name, columns) for name, columns in it["files"].items())
    recognised = tuple((table, column) for table, column in it.get("recognised_by", ()))
    return Reader(kind, it["says"], files, recognised, restates=tuple(it.get("restates", ())))


def _declared_file(name: str, it: Mapping[str, Any]) -> SourceFile:
    return SourceFile(
        name,
        tuple(_numbered(it.get("required", ()))),
        tuple(_numbered(it.get("optional", ()))),
        bool(it.get("mandatory", False)),
        it.get("matches"),
        it.get("types", {}),
    )


def _numbered(names: Iterable[str]) -> Iterable[str]:
    """Spell out `diagnosis_code_1..25`."""
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match is None:
            yield name
        else:
            first, last = int(match["first"]), int(match["last"])
            yield from (f"{match['stem']}_{number}" for number in range(first, last + 1))


def recognise(
    found: Mapping[str, Mapping[str, frozenset[str]]], known: Mapping[str, Reader]
) -> Reader:
    """The only kind that a source's files can be. found is kind → table → its columns.

    Raises InputError listing what was looked for where no kind or more than one fits.
    """
    fitting = [
        reader
        for kind, reader in known.items()
        if any(column in found[kind].get(table, ()) for table, column in reader.recognised_by)
    ]
    if len(fitting) == 1:
        return fitting[0]
    looked = [
        f"{reader.kind} ({_looked_for(reader)})"
        for reader in fitting or known.values()
        if reader.recognised_by
    ]
    what = "more than one kind of export fits" if fitting else "no known kind of export"
    text = f"{what}; looked for {'; '.join(looked)}; name it with kind"
    raise InputError(Problem("source", text))


def _looked_for(reader: Reader) -> str:
    looked = [f"{name} with column {column}" for name, column in reader.recognised_by]
    return " or ".join([*looked[:_FEW], *(["…"] if len(looked) > _FEW else [])])
