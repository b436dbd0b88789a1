"""The settlement that is asked about, and the tables that answer: nothing else is read.

A statement says all that an explanation of it needs. Contracts, parameters and the declarations of
tables that no answer shows stay unread; where the asked settlement is not found, the whole
workspace is read, which says what is wrong.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import code_list_model
from openvbc.engine.model import MODELS_FOLDER, Model, read_model
from openvbc.engine.run import Run
from openvbc.engine.store import file_digest, read_json
from openvbc.parameters import code_lists
from openvbc.place import Place
from openvbc.sources.bucket import bucket_of

Document = Mapping[str, Any]

_KEYS: Final = re.compile(r"^(contract|period):\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
_DECLARED: Final = frozenset({".sql", ".yaml"})

CLAIM_TABLES: Final = ("diagnosis", "medical_claim", "pharmacy_claim", "procedure")
"""The tables whose rows may be sensitive: what withholding reads."""


@dataclass(frozen=True)
class Chosen:
    """A settlement by what its own file says: its id, its contract and its period."""

    place: Place
    path: Path
    contract: str
    period: str

    @property
    def id(self) -> str:
        """contract_period."""
        return f"{self.contract}_{self.period}"

    @cached_property
    def statement(self) -> Document:
        """Its latest statement; raises InputError where there is none."""
        path = self.place.statement_path(self.id)
        return read_json(path, "there is no statement yet; run `vbc settle`")

    def changed(self) -> list[str]:
        """Which of the contract and the settlement changed since the statement was made."""
        files = {"contract": self.place.files("contracts"), "settlement": [self.path]}
        return [
            name
            for name, paths in files.items()
            if self.statement[name]["sha256"] not in {file_digest(path) for path in paths}
        ]

    def periods(self, engine: DuckDBEngine) -> list[str]:
        """The ids of its periods in tables, the performance period first."""
        rows = engine.rows(
            "SELECT DISTINCT period_id FROM contract_period "
            "WHERE contract_id = ? AND performance_period = ? ORDER BY period_id",
            [self.contract, self.period],
        )
        return [row[0] for row in rows] or [self.period]


def choose(place: Place, name: str | None) -> Chosen:
    """The settlement of a name, or the only one; raises InputError naming those there are."""
    known = [it for path in place.files("settlements") if (it := _read(place, path))]
    found = [it for it in known if name in {it.id, None}]
    if len(found) == 1:
        return found[0]
    return _by_all(place, name)


def _read(place: Place, path: Path) -> Chosen | None:
    """What a settlement says it is, in its outermost keys; None where it does not say."""
    try:
        said = dict(_KEYS.findall(path.read_text(encoding="utf-8")))
        return Chosen(place, path, said["contract"], said["period"])
    except (OSError, UnicodeDecodeError, KeyError):
        return None


def _by_all(place: Place, name: str | None) -> Chosen:
    """The same by reading every contract and settlement; raises InputError with what is wrong."""
    from openvbc.publish import find_settlement  # noqa: PLC0415 - reads contracts: seldom, slow
    from openvbc.workspace import Workspace  # noqa: PLC0415

    found = find_settlement(Workspace(place.root), name)
    return Chosen(place, found.path, found.contract.id, found.shape.period)


def declared(names: Iterable[str]) -> dict[str, Model]:
    """The tables of these names and what their views read; names of no table are left out."""
    files = {path.stem: path for path in MODELS_FOLDER.rglob("*.*") if path.suffix in _DECLARED}
    lists = code_lists()
    found: dict[str, Model] = {}

    def add(name: str) -> None:
        if name in files:
            found[name] = read_model(files[name])
        elif name in lists:
            found[name] = code_list_model(lists[name])
        if name in found and found[name].kind == "view":
            for below in set(found[name].reads) - found.keys():
                add(below)

    for name in names:
        add(name)
    return found


def open_run(place: Place, run_id: str, names: Iterable[str]) -> Run:
    """A run that knows these tables, and those that withholding reads."""
    return Run(place.store, declared([*names, *CLAIM_TABLES]), run_id)


def only_bucket_of(person: str, engine: DuckDBEngine, run: Run, place: Place, *but: str) -> None:
    """Let the engine's tables, but for some, hold only the bucket that a person is in.

    All rows of a person are in one; of a million people's claims that is a sixteenth. What must not
    be shown is still looked for in all of them.
    """
    bucket = bucket_of(person, place.settings.buckets)
    for name, model in run.models.items():
        parts = run.partitions(name)
        if name not in but and any(it.bucket is not None for it in parts):
            files = [place.data / it.path for it in parts if it.bucket in {bucket, None}]
            engine.table(name, files, model.stored_schema)
