"""What a build takes from groupers: their rows as the input tables `grouper` and `grouper_*`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import put_select
from openvbc.engine.model import Model
from openvbc.engine.store import Partition, Store, file_digest
from openvbc.groupers.tables import TABLES, Grouper, find_grouper, read_grouper

GROUPER: Final = "grouper"


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _cells(model: Model, given: Mapping[str, str]) -> str:
    return ", ".join(f"CAST({given[it]} AS {kind}) AS {it}" for it, kind in model.schema.items())


def _heads(model: Model, found: Sequence[Grouper]) -> str:
    rows = (
        {"grouper": _text(it.name), "version": _text(it.head["version"]),
         "place": _text(it.head["place"])}
        for it in found
    )  # fmt: skip
    return "\nUNION ALL\n".join(f"SELECT {_cells(model, row)}" for row in rows)


def _rows(model: Model, table: str, places: Iterable[Path]) -> str | None:
    parts = [
        f"SELECT {_cells(model, {it: it for it in TABLES[table]} | {'grouper': _text(place.name)})}"
        f" FROM read_csv({_text(place / f'{table}.csv')}, header = true, all_varchar = true)"
        for place in places
        if (place / f"{table}.csv").is_file()
    ]
    return "\nUNION ALL\n".join(parts) or None


def grouper_selects(
    models: Mapping[str, Model], names: Iterable[str], *folders: Path
) -> dict[str, str]:
    """Input table → the SELECT of its rows, for the groupers that are asked for.

    Every grouper is read and held to its checksums first; raises InputError where one fails or is
    unknown. Tables without rows are left out.
    """
    places = [find_grouper(name, *folders) for name in sorted({*names})]
    found = [read_grouper(place) for place in places]
    selects = {f"grouper_{it}": _rows(models[f"grouper_{it}"], it, places) for it in TABLES}
    if found:
        selects[GROUPER] = _heads(models[GROUPER], found)
    return {name: sql for name, sql in selects.items() if sql}


def grouper_facts(names: Iterable[str], *folders: Path) -> dict[str, str]:
    """Grouper → the checksum of its head, which holds those of its tables."""
    return {
        name: file_digest(find_grouper(name, *folders) / "grouper.yaml")
        for name in sorted({*names})
    }


def put_groupers(
    store: Store,
    engine: DuckDBEngine,
    models: Mapping[str, Model],
    names: Collection[str],
    *folders: Path,
    dry: bool = False,
) -> dict[str, list[Partition]]:
    """Store the groupers that are asked for as input tables, each one partition.

    dry: only say which partitions they would be. Raises InputError where a grouper fails its
    checks.
    """
    made_of = {"groupers": grouper_facts(names, *folders)}
    return {
        name: [put_select(store, engine, models[name], sql, made_of, dry=dry)]
        for name, sql in grouper_selects(models, names, *folders).items()
    }
