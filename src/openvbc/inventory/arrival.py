"""Deliveries as they came: one per load, from its manifest."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from openvbc.inventory.expectation import Expectations, month_of
from openvbc.period import add_months, month_start
from openvbc.sources.arrivals import OWN_TABLE
from openvbc.sources.loads import load_folder, loads

Told = Literal["file name", "latest claims", "same files", "day received"]

_CENTURY: Final = 2000


@dataclass(frozen=True)
class Delivery:
    """One load of one source.

    received_on is the day told to the load, else the latest day on its rows, else the day of
    loading; received_told says which. month is the month that it is the delivery of (its first
    day), month_told how that is known. rows: delivered rows by table; accepted, set_aside,
    in_no_form (rows with a code in no form) and redelivered: of all tables. repeats: files whose
    bytes came before, with the load they came in.
    """

    load_id: str
    source: str
    kind: str
    received_on: date
    received_told: str
    loaded_on: date
    month: date
    month_told: Told
    files: tuple[str, ...]
    rows: Mapping[str, int]
    accepted: int
    redelivered: int
    set_aside: int
    in_no_form: int
    repeats: Mapping[str, str]

    @property
    def is_repeat(self) -> bool:
        """Whether nothing in it is new: its files came before, or every row did."""
        every_file = bool(self.files) and len(self.repeats) == len(self.files)
        return every_file or (self.accepted == 0 and self.redelivered > 0)

    @property
    def rows_in(self) -> int:
        """All rows delivered."""
        return sum(self.rows.values())


def deliveries(
    data: Path, expectations: Expectations, connection: duckdb.DuckDBPyConnection
) -> list[Delivery]:
    """Every load as a delivery, in the order of receipt."""
    manifests = loads(data)
    repeated = _repeats(manifests)
    found: dict[str, Delivery] = {}
    for it in manifests:
        repeats = repeated[it["load_id"]]
        found[it["load_id"]] = _delivery(data, it, repeats, found, expectations, connection)
    return sorted(found.values(), key=lambda it: (it.received_on, it.loaded_on, it.load_id))


def _repeats(manifests: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Load → its files whose bytes came in an earlier load, or before in itself → that load."""
    first: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    for manifest in manifests:
        mine = found.setdefault(manifest["load_id"], {})
        for file in manifest["sources"]:
            if file["sha256"] in first:
                mine[file["name"]] = first[file["sha256"]]
            first.setdefault(file["sha256"], manifest["load_id"])
    return found


def _delivery(
    data: Path,
    manifest: Mapping[str, Any],
    repeats: Mapping[str, str],
    earlier: Mapping[str, Delivery],
    expectations: Expectations,
    connection: duckdb.DuckDBPyConnection,
) -> Delivery:
    loaded_on = _loaded_on(data, manifest["load_id"])
    received_on, told = _received(data, manifest, loaded_on, connection)
    source = manifest["options"]["data_source"]
    files = tuple(it["name"] for it in manifest["sources"])
    month, month_told = _month(manifest, source, files, received_on, repeats, earlier, expectations)
    tables = {name: it for name, it in manifest["tables"].items() if name != OWN_TABLE}
    return Delivery(
        load_id=manifest["load_id"],
        source=source,
        kind=manifest["kind"],
        received_on=received_on,
        received_told=told,
        loaded_on=loaded_on,
        month=month,
        month_told=month_told,
        files=files,
        rows={name: it["rows_in"] for name, it in tables.items()},
        accepted=sum(it["accepted"] for it in tables.values()),
        redelivered=sum(it["redelivered"] for it in tables.values()),
        set_aside=sum(sum(it["quarantined"].values()) for it in tables.values()),
        in_no_form=sum(it.get("in_no_form", 0) for it in tables.values()),
        repeats=repeats,
    )


def _loaded_on(data: Path, load_id: str) -> date:
    times = json.loads((load_folder(data, load_id) / "times.json").read_text(encoding="utf-8"))
    return datetime.fromisoformat(times["ended"]).date()


def _received(
    data: Path,
    manifest: Mapping[str, Any],
    loaded_on: date,
    connection: duckdb.DuckDBPyConnection,
) -> tuple[date, str]:
    """The day of receipt, and how it is known."""
    if manifest["options"]["received_on"]:
        return date.fromisoformat(manifest["options"]["received_on"]), "told to the load"
    folder = load_folder(data, manifest["load_id"])
    paths = [str(folder / it["path"]) for it in manifest["partitions"]]
    sql = "SELECT max(received_on) FROM read_parquet(?, hive_partitioning = false)"
    row = connection.execute(sql, [paths]).fetchone() if paths else None
    if row and row[0]:
        return row[0], "latest day on its rows"
    return loaded_on, "day of loading"


def _month(
    manifest: Mapping[str, Any],
    source: str,
    files: Sequence[str],
    received_on: date,
    repeats: Mapping[str, str],
    earlier: Mapping[str, Delivery],
    expectations: Expectations,
) -> tuple[date, Told]:
    """The month that a delivery is of: by name, content, the delivery it repeats, or receipt."""
    declared = expectations.of(source)
    named = list(_named(declared.month_in_name, files)) if declared else []
    if named:
        return max(named), "file name"
    if files and len(repeats) == len(files):
        first = [earlier[it].month for it in repeats.values() if it in earlier]
        if first:
            return max(first), "same files"
    slices = [it["slice"] for it in manifest["partitions"] if it["slice"]]
    if slices:
        return month_of(max(slices)), "latest claims"
    after = declared.months_after if declared else 0
    return add_months(month_start(received_on), -after), "day received"


def _named(pattern: str | None, files: Sequence[str]) -> Iterator[date]:
    for name in files if pattern else ():
        found = re.search(pattern or "", name)
        if found:
            year = int(found["year"])
            yield date(
                year + (_CENTURY if len(found["year"]) == len("25") else 0), int(found["month"]), 1
            )
