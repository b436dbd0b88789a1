"""The trail of arrivals: one line for everything that came to be loaded, whatever became of it.

`<data>/arrivals.jsonl` is only ever appended to, one JSON object a line, each on disk before the
load's answer. A line that a killed process left half-written is read as an arrival that was
`cut off`, and the next arrival writes it down as one. The trail holds names, hashes, sizes and
counts, no path of the machine and no value of a row.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, cast

from openvbc.engine.lock import only_one
from openvbc.engine.store import file_digest, make_folder, sync
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.sources.result import LoadResult

ARRIVALS: Final = "arrivals.jsonl"
OWN_TABLE: Final = "source"
"""Rows that a load writes about itself: nobody delivered them."""

UNKNOWN: Final = "unknown"
"""What a line says of its source and delivery that was cut off before it told them."""

_LOCK: Final = "arrivals.lock"
_SCHEMA: Final = "openvbc.arrival/1"
_MOST_REASONS: Final = 20
_QUOTED: Final = re.compile(r"found (['\"]).*?\1")
_FOLDERS: Final = re.compile(r"(?<!\S)/\S*/")
_TOLD: Final = re.compile(r'"(arrived_at|data_source|received_on|delivery)":("(?:[^"\\]|\\.)*")')

Outcome = Literal["loaded", "redelivered", "refused", "failed", "cut off"]


@dataclass(frozen=True)
class Arrival:
    """One thing that came.

    arrived_at is the moment in UTC; received_on the day told to the load. delivery is the own name
    of the folder or file; files are name, sha256 and size in bytes. Counts are rows of all tables.
    redelivered: nothing in it was new; refused: nothing was stored, reasons say why; failed: the
    program broke on it; cut off: it was killed while it wrote this down, and what is not known is
    empty: the loads themselves say whether it was stored. reasons hold no value; of more than
    twenty the first are kept.
    """

    arrived_at: str
    data_source: str
    kind: str | None
    received_on: str | None
    delivery: str
    outcome: Outcome
    files: Sequence[Mapping[str, Any]] = ()
    load_id: str | None = None
    rows_in: int = 0
    accepted: int = 0
    redelivered: int = 0
    quarantined: int = 0
    reasons: Sequence[str] = field(default=())

    @property
    def day(self) -> date:
        """The day of receipt: the one told, else that of the arrival."""
        told = self.received_on
        return date.fromisoformat(told) if told else datetime.fromisoformat(self.arrived_at).date()


class Arriving:
    """Something that is being loaded; files are those that were read of it, as far as known."""

    def __init__(
        self, data: Path, source: Path, data_source: str, kind: str | None, received_on: date | None
    ) -> None:
        self._data = data
        self._source = source
        self.files: Sequence[Mapping[str, Any]] = ()
        self._told: dict[str, Any] = {
            "arrived_at": datetime.now(UTC).isoformat(),
            "data_source": data_source,
            "kind": None if kind is None else Path(kind).name,
            "received_on": received_on.isoformat() if received_on else None,
            "delivery": source.resolve().name,
        }

    def done(self, result: LoadResult) -> None:
        """Note what a load made of it."""
        tables = [it for name, it in result.tables.items() if name != OWN_TABLE]
        accepted = sum(it.accepted for it in tables)
        redelivered = sum(it.redelivered for it in tables)
        is_repeat = result.already_loaded or (accepted == 0 and redelivered > 0)
        told = self._told | {
            "kind": result.kind,
            "outcome": "redelivered" if is_repeat else "loaded",
            "files": self.files,
            "load_id": result.load_id,
            "rows_in": sum(it.rows_in for it in tables),
            "accepted": accepted,
            "redelivered": redelivered,
            "quarantined": sum(it.set_aside for it in tables),
        }
        append(self._data, Arrival(**told))

    def refused(self, error: Exception) -> None:
        """Note why nothing of it was loaded."""
        is_told = isinstance(error, OpenVBCError)
        reasons = [str(it) for it in error.problems] if isinstance(error, OpenVBCError) else []
        told = self._told | {
            "outcome": "refused" if is_told else "failed",
            "files": self.files or _files(self._source),
            "reasons": [self._plain(it) for it in reasons[:_MOST_REASONS]]
            or [type(error).__name__],
        }
        append(self._data, Arrival(**told))

    def _plain(self, reason: str) -> str:
        """A reason without the machine's paths, and without what was found in quotes."""
        for folder in (self._data, self._source.parent):
            if folder.name:  # "." stands before nothing
                reason = reason.replace(f"{folder}/", "")
        return _QUOTED.sub("found a value", _FOLDERS.sub("", reason))


@contextmanager
def arriving(
    data: Path, source: Path, data_source: str, kind: str | None, received_on: date | None
) -> Iterator[Arriving]:
    """Note an arrival: what raises is noted as refused or failed; `done` notes the rest."""
    it = Arriving(data, source, data_source, kind, received_on)
    try:
        yield it
    except Exception as error:
        it.refused(error)
        raise


def _files(source: Path) -> list[Mapping[str, Any]]:
    """The files as they lie, archives unopened; none where they cannot be read."""
    root = source.parent if source.is_file() else source
    paths = [source] if source.is_file() else sorted(it for it in source.rglob("*") if it.is_file())
    try:
        return [_file(path, path.relative_to(root).as_posix()) for path in paths]
    except OSError:
        return []


def _file(path: Path, name: str) -> Mapping[str, Any]:
    return {"name": name, "sha256": file_digest(path), "size": path.stat().st_size}


def append(data: Path, arrival: Arrival) -> None:
    """Add one line and force it to disk; a torn last line is made a whole one first."""
    make_folder(data)
    path = data / ARRIVALS
    with only_one(data / _LOCK, wait=True):
        is_new = not path.exists()
        with path.open("ab+") as file:
            _mend(file)
            write(file, _line(arrival))
        sync(path)
        if is_new:
            sync(data)


def write(file: BinaryIO, line: bytes) -> None:
    """What a kill may cut off."""
    file.write(line)


def _line(arrival: Arrival) -> bytes:
    told = {"schema": _SCHEMA, **asdict(arrival)}
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _mend(file: BinaryIO) -> None:
    """In place of what stands after the last whole line, a line that says what it was."""
    start = _whole(file)
    file.seek(start)
    torn = file.read()
    if torn:
        file.truncate(start)
        write(file, _line(_torn(torn, os.fstat(file.fileno()).st_mtime)))


def _whole(file: BinaryIO) -> int:
    """Bytes of the whole lines."""
    end = file.seek(0, 2)
    while end:
        start = max(0, end - 4096)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _torn(line: bytes, written: float) -> Arrival:
    """A line that lacks its end: whole but for that, else what can still be read of it."""
    found = _parsed(line)
    if found is not None:
        return found
    told = {key: json.loads(text) for key, text in _TOLD.findall(line.decode("ascii", "replace"))}
    return Arrival(
        arrived_at=told.get("arrived_at", datetime.fromtimestamp(written, UTC).isoformat()),
        data_source=told.get("data_source", UNKNOWN),
        kind=None,
        received_on=told.get("received_on"),
        delivery=told.get("delivery", UNKNOWN),
        outcome="cut off",
    )


def arrivals(data: Path) -> list[Arrival]:
    """The whole trail, the earliest first, a torn last line as one that was cut off.

    Raises InputError where another line is damaged.
    """
    path = data / ARRIVALS
    if not path.exists():
        return []
    *lines, torn = path.read_bytes().split(b"\n")
    found = [_read(path, number, line) for number, line in enumerate(lines, start=1)]
    return [*found, _torn(torn, path.stat().st_mtime)] if torn else found


def _read(path: Path, number: int, line: bytes) -> Arrival:
    found = _parsed(line)
    if found is None:
        what = f"is no line of {_SCHEMA}; restore the file, or remove this line"
        raise InputError(Problem(f"{path}:{number}", what))
    return found


def _parsed(line: bytes) -> Arrival | None:
    try:
        told = cast("dict[str, Any]", json.loads(line))
        return Arrival(**told) if told.pop("schema") == _SCHEMA else None
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
