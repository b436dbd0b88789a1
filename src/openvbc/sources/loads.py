"""The loads of a workspace: their manifests, and the partitions that stand after all of them.

A load is a folder `loads/<load_id>/` that appears by one rename and never changes. Its manifest,
`load.json`, lists what came in, what became of it and every file with its hash. Of tables cut by
month all loads' partitions stand together; of the other tables, bucket by bucket, the partition
of the last load that wrote one.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from openvbc.engine.store import Partition, file_digest
from openvbc.errors import InputError, Problem

LOADS: Final = "loads"
LOCK: Final = "load.lock"
"""Held below a workspace's data by the one that loads: what stands must not change meanwhile."""

LOAD_SCHEMA: Final = "openvbc.load/2"
MANIFEST: Final = "load.json"

RESTRICTED: Final = frozenset({"person_demographics"})
"""Tables that hold names of people: they are for matching, and no build, run or query sees them."""


_KEYS: Final = frozenset({"schema", "load_id", "options", "partitions", "tables"})
_RESTORE: Final = (
    "restore the load's folder from a copy. Without one, remove the folder and load its files "
    "again; what they say then counts as the latest"
)

_LOST: Final = (
    "is missing, or is not whole; load the files of its load once more as they were loaded, which "
    "writes it again, or restore it from a copy"
)


def load_folder(data: Path, load_id: str) -> Path:
    """Where a load lies below a workspace's data folder."""
    return data / LOADS / load_id


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of one load; raises InputError where it is gone or damaged."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["load_id"] == folder.name and found.keys() >= _KEYS:
            return dict(found)
        what = "is not the manifest of this load"
    except FileNotFoundError:
        what = "is missing, and with it what the load holds"
    except (ValueError, LookupError, TypeError, AttributeError):
        what = "is damaged"
    raise InputError(Problem(str(path), f"{what}; {_RESTORE}"))


def loads(data: Path) -> list[dict[str, Any]]:
    """The manifests of all loads, in the order in which they were loaded.

    Raises InputError where another version of OpenVBC made one: its tables have other columns.
    """
    return _read(data, _names(data))


def each_load(data: Path) -> Iterator[dict[str, Any]]:
    """The same, read when the first is asked for: a load seldom needs any."""
    yield from loads(data)


def _names(data: Path) -> set[str]:
    """The ids of all loads: a folder without a dot before its name appeared by a rename, whole."""
    try:
        with os.scandir(data / LOADS) as entries:
            return {it.name for it in entries if not it.name.startswith(".") and it.is_dir()}
    except FileNotFoundError:
        return set()


def loaded_buckets(data: Path) -> int | None:
    """Into how many buckets people are loaded, as the first load says; None without a load."""
    for name in sorted(_names(data))[:1]:
        return int(read_manifest(load_folder(data, name))["options"]["buckets"])
    return None


def _read(data: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    found = [read_manifest(load_folder(data, name)) for name in names]
    others = sorted(it["load_id"] for it in found if it["schema"] != LOAD_SCHEMA)
    if others:
        what = "was loaded by another version of OpenVBC; load its files into a new workspace"
        raise InputError([Problem(str(load_folder(data, it) / MANIFEST), what) for it in others])
    return sorted(found, key=lambda manifest: (load_number(manifest), manifest["load_id"]))


def load_number(manifest: Mapping[str, Any]) -> int:
    """How many loads came before one.

    Manifests that do not say it list them all in `after`; with thousands of loads these lists
    would be most of what is stored, so that others name the last only.
    """
    return int(manifest["number"]) if "number" in manifest else len(manifest["after"])


_Place = tuple[Any, ...]


@dataclass
class Standing:
    """What stands after the loads of some names.

    last is the id of the last of them, number that of the load to come, buckets their numbers of
    buckets, parts table → place (bucket, month and load) → partition, sizes path → bytes of the
    files whose manifests say it.
    """

    names: set[str] = field(default_factory=set)
    last: str | None = None
    number: int = 0
    buckets: set[int] = field(default_factory=set)
    parts: dict[str, dict[_Place, Partition]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def add(self, manifest: dict[str, Any]) -> None:
        """Add the load that comes next.

        A load that moves rows to another person names the partitions that it `replaces`; these
        stand no more.
        """
        _drop(self.parts, frozenset(manifest.get("replaces", ())))
        for part in _partitions(manifest):
            place = (part.bucket, part.slice, part.path if part.slice else None)
            self.parts.setdefault(part.table, {})[place] = part
        folder = f"{LOADS}/{manifest['load_id']}"
        self.sizes |= {f"{folder}/{it['path']}": it["size"] for it in _sized(manifest)}
        self.names.add(manifest["load_id"])
        self.buckets.add(manifest["options"]["buckets"])
        self.last = manifest["load_id"]
        self.number = load_number(manifest) + 1

    def partitions(self) -> dict[str, list[Partition]]:
        """Table → the partitions that stand, by bucket, month and load."""
        return {
            table: sorted(parts.values(), key=lambda it: (it.bucket or 0, it.slice or "", it.path))
            for table, parts in sorted(self.parts.items())
        }

    def check_files(self, data: Path) -> None:
        """Raise InputError with every file that stands and is gone, or is not whole."""
        paths = [part.path for parts in self.parts.values() for part in parts.values()]
        lost = sorted(it for it in paths if not _is_whole(data / it, self.sizes.get(it)))
        if lost:
            raise InputError([Problem(str(data / it), _LOST) for it in lost])


def standing_before(data: Path, load_id: str) -> Standing:
    """What stood before one of the loads came; what stands where there is no such load."""
    found = Standing()
    for manifest in takewhile(lambda it: it["load_id"] != load_id, loads(data)):
        found.add(manifest)
    return found


def lost_files(folder: Path) -> list[str]:
    """Of one load the files that are gone, or are not what its manifest says, by content."""
    return [
        it["path"]
        for it in read_manifest(folder)["partitions"]
        if not _is_whole(folder / it["path"], it.get("size"))
        or file_digest(folder / it["path"]) != it["sha256"]
    ]


def _is_whole(path: Path, size: int | None) -> bool:
    """Is a file there and, where its size is known, as long as it was written."""
    try:
        found = path.stat().st_size
    except FileNotFoundError:
        return False
    return size is None or found == size


def _sized(manifest: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (it for it in manifest["partitions"] if "size" in it)


_Mark = tuple[int, int] | None
_known: Final[dict[Path, tuple[_Mark, Standing]]] = {}
"""Workspace → what stood when this process looked last, and the mark of the last load then.

A listener loads every few moments for months: a load must not read all that came before it.
"""

_MOST_KNOWN: Final = 4


def standing(data: Path) -> Standing:
    """What stands after all loads; of loads that were looked at before, nothing is read again.

    It must not be changed. Raises InputError as `loads` does.
    """
    names = _names(data)
    mark, found = _known.pop(data, (None, Standing()))
    fresh = names - found.names
    if found.names - names or mark != _mark(data, found.last):
        fresh, found = names, Standing()
    manifests = _read(data, fresh)
    if manifests and load_number(manifests[0]) < found.number:
        found, manifests = Standing(), _read(data, names)  # one came in before what was looked at
    for it in manifests:
        found.add(it)
    while len(_known) >= _MOST_KNOWN:
        _known.pop(next(iter(_known)), None)
    _known[data] = (_mark(data, found.last), found)
    return found


def _mark(data: Path, load_id: str | None) -> _Mark:
    """What tells a load from another of the same id, as of a workspace that was made anew."""
    if load_id is None:
        return None
    try:
        known = (load_folder(data, load_id) / MANIFEST).stat()
    except FileNotFoundError:
        return None
    return known.st_mtime_ns, known.st_ino


def loaded_partitions(data: Path) -> dict[str, list[Partition]]:
    """Table → the partitions that stand, by bucket, month and load: the input of a build.

    A partition's address is the hash of its bytes; its path is relative to data. Raises InputError
    where a file is gone, or is shorter or longer than it was written.
    """
    found = standing(data)
    found.check_files(data)
    return found.partitions()


def build_partitions(data: Path) -> dict[str, list[Partition]]:
    """The loaded partitions that a build may see."""
    found = loaded_partitions(data)
    return {table: parts for table, parts in found.items() if table not in RESTRICTED}


def _drop(standing: dict[str, dict[_Place, Partition]], replaced: frozenset[str]) -> None:
    for parts in standing.values() if replaced else ():
        for place in [it for it, part in parts.items() if part.path in replaced]:
            del parts[place]


def _partitions(manifest: dict[str, Any]) -> Iterator[Partition]:
    for it in manifest["partitions"]:
        yield Partition(
            table=it["table"],
            bucket=it["bucket"],
            slice=it["slice"],
            address=it["sha256"],
            path=f"{LOADS}/{manifest['load_id']}/{it['path']}",
            rows=it["rows"],
            sha256=it["sha256"],
        )
