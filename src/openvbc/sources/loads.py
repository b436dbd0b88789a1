"""The loads of a workspace: their manifests, and the partitions that stand after all of them.

A load is a folder `loads/<load_id>/` that appears by one rename and never changes. Its manifest,
`load.json`, lists what came in, what became of it and every file with its hash. Of tables cut by
month all loads' partitions stand together; of the other tables, bucket by bucket, the partition
of the last load that wrote one.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from openvbc.engine.store import Partition
from openvbc.errors import InputError, Problem

LOADS: Final = "loads"
LOCK: Final = "load.lock"
"""Held below a workspace's data by the one that loads: what stands must not change meanwhile."""

LOAD_SCHEMA: Final = "openvbc.load/2"
MANIFEST: Final = "load.json"

RESTRICTED: Final = frozenset({"person_demographics"})
"""Tables that hold names of people: they are for matching, and no build, run or query sees them."""


def load_folder(data: Path, load_id: str) -> Path:
    """Where a load lies below a workspace's data folder."""
    return data / LOADS / load_id


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of one load."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def loads(data: Path) -> list[dict[str, Any]]:
    """The manifests of all loads, in the order in which they were loaded.

    Raises InputError where another version of OpenVBC made one: its tables have other columns.
    """
    found = [read_manifest(path.parent) for path in (data / LOADS).glob(f"[!.]*/{MANIFEST}")]
    others = sorted(it["load_id"] for it in found if it["schema"] != LOAD_SCHEMA)
    if others:
        what = "was loaded by another version of OpenVBC; load its files into a new workspace"
        raise InputError([Problem(str(load_folder(data, it) / MANIFEST), what) for it in others])
    return sorted(found, key=lambda manifest: (len(manifest["after"]), manifest["load_id"]))


def loaded_partitions(data: Path) -> dict[str, list[Partition]]:
    """Table → the partitions that stand, by bucket, month and load: the input of a build.

    A partition's address is the hash of its bytes; its path is relative to data. A load that moves
    rows to another person names the partitions that it `replaces`; these stand no more.
    """
    standing: dict[str, dict[tuple[Any, ...], Partition]] = {}
    for manifest in loads(data):
        _drop(standing, frozenset(manifest.get("replaces", ())))
        for part in _partitions(manifest):
            place = (part.bucket, part.slice, part.path if part.slice else None)
            standing.setdefault(part.table, {})[place] = part
    return {
        table: sorted(parts.values(), key=lambda it: (it.bucket or 0, it.slice or "", it.path))
        for table, parts in sorted(standing.items())
    }


def build_partitions(data: Path) -> dict[str, list[Partition]]:
    """The loaded partitions that a build may see."""
    found = loaded_partitions(data)
    return {table: parts for table, parts in found.items() if table not in RESTRICTED}


def _drop(standing: dict[str, dict[tuple[Any, ...], Partition]], replaced: frozenset[str]) -> None:
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
