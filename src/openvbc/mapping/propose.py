"""`propose`: a mapping from what a file's columns are called and what their values look like.

Every column of the proposal has a confidence from 0 to 1 and the reason for it; what could not be
mapped, of the file and of the table, is listed. A proposal is for people to read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from openvbc.engine.model import Column
from openvbc.errors import InputError, Problem, near
from openvbc.mapping.document import mappable
from openvbc.mapping.fit import Fit, fit
from openvbc.mapping.names import lexicon, likeness
from openvbc.mapping.profile import Profile, profile_of
from openvbc.mapping.sample import SAMPLE_ROWS, Sample, sample_of
from openvbc.sources.reader import COMPUTED, ROW_LINEAGE, canonical_models

_LEAST: Final = 0.62
"""Below this a name is not taken for another."""

_MADE: Final = 0.5
"""The confidence of what no column of the file is named like."""

_LINEAGE: Final = {"sensitivity": "confidentiality", "received_on": "day it came"}


@dataclass(frozen=True)
class Proposed:
    """One canonical column: what it is made of (as YAML), how sure that is, and why."""

    column: str
    expression: Any
    confidence: float
    reason: str


@dataclass(frozen=True)
class Proposal:
    """A mapping proposed; unmatched are columns of the file, missing required canonical ones."""

    name: str
    source: str
    rows: int
    tables: Mapping[str, Sequence[Proposed]]
    unmatched: Sequence[str]
    missing: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return asdict(self)


@dataclass(frozen=True)
class _Candidate:
    """A file's column that may be a canonical one."""

    column: str
    given: str
    named: str
    fit: Fit

    @property
    def reason(self) -> str:
        return f'like "{self.named}"; {self.fit.reason}' if self.named else self.fit.reason


def propose(path: Path, tables: Sequence[str], rows: int = SAMPLE_ROWS) -> Proposal:
    """Propose a mapping of a file to canonical tables.

    Raises InputError where the file cannot be read or a table is not known.
    """
    known = mappable(canonical_models())
    strange = [it for it in tables if it not in known]
    if strange:
        raise InputError([Problem(it, f"no canonical table{near(it, known)}") for it in strange])
    name = re.sub(r"[^a-z0-9_]+", "_", path.stem.lower()).strip("_") or "file"
    name = name if name[0].isalpha() else f"file_{name}"
    with sample_of(path, None, rows) as sample:
        shapes = dict(lexicon()["shapes"])
        profiles = {it: profile_of(sample, it, shapes) for it in sample.columns}
        made = {table: _table(table, name[:40], profiles) for table in tables}
        return _proposal(name[:40], path, sample, made)


def _proposal(
    name: str, path: Path, sample: Sample, made: Mapping[str, Sequence[Proposed]]
) -> Proposal:
    used = {it for table in made.values() for one in table for it in _read_by(one.expression)}
    missing = [
        f"{table}.{column.name}"
        for table, found in made.items()
        for column in canonical_models()[table].columns
        if column.required and column.name not in {*COMPUTED, *(it.column for it in found)}
    ]
    unmatched = [it for it in sample.columns if it not in used]
    return Proposal(name, path.name, sample.rows, made, unmatched, missing)


def _read_by(expression: Any) -> Iterator[str]:
    """The columns of the file that an expression, as YAML, reads."""
    if isinstance(expression, str):
        yield expression
    elif "column" in expression:
        yield expression["column"]
    else:
        for it in (*expression.get("join", ()), *expression.get("first_of", ())):
            yield from _read_by(it)
        yield from expression.get("number_within", ())


def _table(table: str, name: str, profiles: Mapping[str, Profile]) -> list[Proposed]:
    columns = [it for it in canonical_models()[table].columns if it.name not in COMPUTED]
    lineage = [Column(it, "VARCHAR", _LINEAGE.get(it, it)) for it in ROW_LINEAGE]
    candidates = [it for column in (*columns, *lineage) for it in _candidates(column, profiles)]
    taken = _assign(candidates)
    found = {
        it.column: Proposed(it.column, it.fit.expression, round(it.fit.confidence, 2), it.reason)
        for it in taken
    }
    for column, recipe in lexicon()["made_of"].get(table, {}).items():
        if column not in found:
            made = _made(recipe, name, found)
            if made is not None:
                found[column] = Proposed(column, made, _MADE, "no column is named so; read it")
    order = [it.name for it in (*columns, *lineage)]
    return sorted(found.values(), key=lambda it: order.index(it.column))


def _candidates(column: Column, profiles: Mapping[str, Profile]) -> Iterator[_Candidate]:
    for given, profile in profiles.items():
        alike, named = likeness(given, column.name)
        if alike >= _LEAST:
            found = fit(column, given, profile, alike)
            if found.confidence >= _LEAST:
                yield _Candidate(column.name, given, named, found)


def _assign(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """The surest first; no column of the file and no canonical one is taken twice."""
    taken: list[_Candidate] = []
    for it in sorted(candidates, key=lambda it: -it.fit.confidence):
        if all(it.column != other.column and it.given != other.given for other in taken):
            taken.append(it)
    return taken


def _made(recipe: Any, name: str, found: Mapping[str, Proposed]) -> Any:
    """A recipe of words.yaml with what it refers to put in; None where that is not there."""
    if isinstance(recipe, str):
        if recipe == "$name":
            return {"constant": name}
        at = found.get(recipe.removeprefix("$"))
        return at.expression if at else None
    if "constant" in recipe:
        return recipe
    form = next(it for it in ("join", "first_of", "number_within") if it in recipe)
    parts = [_made(it, name, found) for it in recipe[form]]
    if form == "first_of":
        kept = [it for it in parts if it is not None]
        return kept[0] if len(kept) == 1 else {**recipe, form: kept} if kept else None
    if any(it is None for it in parts):
        return None
    if form == "number_within":
        parts = [column for it in parts for column in _read_by(it)]
    return {**recipe, form: parts}
