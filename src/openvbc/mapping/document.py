"""A mapping as it is written: a YAML file, read with every fault at once.

mapping: harbor_claims              # its name
files: "claims*"                    # which files, by name without extension; all when left out
tables:
  medical_claim:                    # a canonical table
    claim_id: CLM_NO                # a canonical column: see expression.py
    claim_start_date: {column: DOS, date: "%m/%d/%Y"}
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openvbc.engine.model import Model
from openvbc.engine.store import digest, publish_text
from openvbc.errors import InputError, Problem, meant, near
from openvbc.mapping.expression import Expression, FirstOf, FromColumn, parse
from openvbc.sources.reader import COMPUTED, ROW_LINEAGE, canonical_models
from openvbc.yamlfile import plain, read_yaml, where

SUFFIXES: Final = (".yaml", ".yml")
KEPT: Final = "mappings"
NOT_MAPPED: Final = ("source",)
_KEYS: Final = frozenset({"mapping", "says", "files", "tables"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_ALSO: Final = (*ROW_LINEAGE, "received_on")
_HASH: Final = 12


@dataclass(frozen=True)
class FileMapping:
    """A mapping: name, table → column → expression, and the hash of all that it says.

    Comments, order and layout of the file are no part of the hash.
    """

    name: str
    says: str
    files: str
    tables: Mapping[str, Mapping[str, Expression]]
    sha256: str

    @property
    def kind(self) -> str:
        """What a load that was read by it calls its kind: so the hash is part of the load's id."""
        return f"{self.name}@{self.sha256[:_HASH]}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's columns that are read, in lower case."""
        used = [
            it for table in self.tables.values() for one in table.values() for it in one.columns
        ]
        return tuple(dict.fromkeys(used))

    @property
    def pattern(self) -> str:
        """`files` as a regular expression."""
        return fnmatch.translate(self.files)


def keep_mapping(data: Path, path: Path, mapping: FileMapping) -> None:
    """Keep the file of a mapping that a load is read by, once, below `<data>/mappings`."""
    kept = data / KEPT / f"{mapping.name}-{mapping.sha256[:_HASH]}.yaml"
    if not kept.exists():
        publish_text(kept, path.read_text(encoding="utf-8"))


def mappable(models: Mapping[str, Model]) -> list[str]:
    """The canonical tables that a mapping can fill."""
    return [it for it in models if it not in NOT_MAPPED]


def read_mapping(path: Path) -> FileMapping:
    """Read a mapping. Raises InputError with every fault, each with its line."""
    content = read_yaml(path)
    problems = list(_shape(path, content))
    tables: dict[str, dict[str, Expression]] = {}
    if not problems:
        for table in content["tables"]:
            tables[str(table)] = _table(path, content["tables"], str(table), problems)
    if problems:
        raise InputError(problems)
    said = plain(content)
    return FileMapping(
        name=said["mapping"],
        says=said.get("says", ""),
        files=said.get("files", "*"),
        tables=tables,
        sha256=digest(said),
    )


def _shape(path: Path, content: Mapping[str, Any]) -> Iterator[Problem]:
    for key in content:
        if key not in _KEYS:
            what = f"{key} is no key of a mapping{near(str(key), _KEYS)}"
            yield Problem(where(path, content, key), what)
    if not _NAME.fullmatch(str(content.get("mapping", ""))):
        what = "mapping: expected a name of small letters, digits, _ and -"
        yield Problem(where(path, content, "mapping"), what)
    for key in ("says", "files"):
        if key in content and not isinstance(content[key], str):
            yield Problem(where(path, content, key), f"{key}: expected a text")
    tables = content.get("tables")
    if not isinstance(tables, Mapping) or not tables:
        what = "tables: expected canonical tables with their columns"
        yield Problem(where(path, content, "tables"), what)
        return
    known = mappable(canonical_models())
    for table in tables:
        if table not in known:
            what = f"{table} is no canonical table{near(str(table), known)}"
            yield Problem(where(path, tables, table), what)
        elif not isinstance(tables[table], Mapping):
            yield Problem(where(path, tables, table), "expected columns of the table")


def _table(
    path: Path, tables: Mapping[str, Any], table: str, problems: list[Problem]
) -> dict[str, Expression]:
    model, given = canonical_models()[table], tables[table]
    types = {**model.schema, **dict.fromkeys(_ALSO, "VARCHAR")}
    found = {}
    for column in given:
        place = where(path, given, column)
        it = _one(column, given[column], types, place, problems)
        if it is not None:
            found[str(column)] = it
    for declared in model.columns:
        if declared.required and declared.name not in given and declared.name not in COMPUTED:
            what = f"{table}.{declared.name} is required: {declared.says}; say what it is made of"
            problems.append(Problem(where(path, tables, table), what))
    return found


def _one(
    column: str, content: Any, types: Mapping[str, str], place: str, problems: list[Problem]
) -> Expression | None:
    if column not in types or column in COMPUTED:
        what = f"{column} is no column of the table{meant(str(column), types)}"
        problems.append(Problem(place, what))
        return None
    it = parse(plain(content), lambda what: problems.append(Problem(place, f"{column}: {what}")))
    faults = [f"{column}: put {one} in quotes, for zeros count" for one in _numbers(content)]
    for part in _alternatives(it):
        faults.extend(_typed_faults(column, types[column], part))
    problems.extend(Problem(place, what) for what in dict.fromkeys(faults))
    return it


def _numbers(content: Any) -> Iterator[str]:
    """Codes and empty values that YAML read as numbers, so that 01 was read as 1."""
    if isinstance(content, list):
        for it in content:
            yield from _numbers(it)
    elif isinstance(content, Mapping):
        codes, empty = content.get("codes"), content.get("empty")
        keys = [*(codes if isinstance(codes, Mapping) else ())]
        keys += empty if isinstance(empty, list) else []
        if any(not isinstance(it, str) for it in keys):
            yield "the file's values below codes and empty"
        yield from _numbers([content.get("first_of"), content.get("join")])


def _alternatives(it: Expression | None) -> Iterator[FromColumn]:
    """The columns whose value may become that of the canonical column."""
    if isinstance(it, FromColumn):
        yield it
    elif isinstance(it, FirstOf):
        for part in it.parts:
            yield from _alternatives(part)


def _typed_faults(column: str, kind: str, it: FromColumn) -> Iterator[str]:
    """What an expression says of its form, against what the canonical column is."""
    is_money, is_day = column.endswith("_cents"), kind == "DATE" or column == "received_on"
    if is_money and not it.money:
        yield f"{column}: say whether {it.column} holds money: dollars or money: cents"
    if it.money and not is_money:
        yield f"{column}: holds no money"
    if it.dates and not is_day:
        yield f"{column}: holds no date" + ("; say time" if kind == "TIMESTAMP" else "")
    if it.times and kind != "TIMESTAMP":
        yield f"{column}: holds no time" + ("; say date" if is_day else "")
