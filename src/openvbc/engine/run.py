"""A published run: its manifest, and an engine in which all its tables have their names."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from openvbc.engine.damage import damaged
from openvbc.engine.duckdb import DuckDBEngine, QueryError
from openvbc.engine.model import Model
from openvbc.engine.store import Partition, Store
from openvbc.errors import InputError, Problem


class Run:
    """One run of a store. Reading it takes no lock; only damaged partitions are forgotten."""

    def __init__(self, store: Store, models: Mapping[str, Model], run_id: str) -> None:
        self.store = store
        self.models = models
        self.id = run_id

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest; raises InputError where there is no such run."""
        return self.store.manifest(self.id)

    def partitions(self, table: str) -> list[Partition]:
        """The partitions of a table in this run."""
        return [Partition(**part) for part in self.manifest["tables"].get(table, [])]

    def rows(self) -> dict[str, int]:
        """Table → rows."""
        return {
            name: sum(part["rows"] for part in parts)
            for name, parts in self.manifest["tables"].items()
        }

    def open(self, memory_limit: str = "1GB", threads: int = 2) -> DuckDBEngine:
        """An engine with every table and view of the run under its own name.

        Raises InputError where files of the run are missing or damaged, which they are, or where
        they do not fit the tables of today.
        """
        self._check_files()
        engine = DuckDBEngine(memory_limit, self.store.data / "spill", threads)
        try:
            self._name_tables(engine)
        except QueryError as error:
            engine.close()
            what = "cannot be read by this version of OpenVBC; run `vbc build` again"
            raise InputError(Problem(f"run {self.id}", what)) from error
        return engine

    def _name_tables(self, engine: DuckDBEngine) -> None:
        for model in self.models.values():
            if model.kind != "view":
                self._name_table(engine, model)
        for model in _views_in_order(self.models):
            engine.view(model.name, model.sql)

    def _name_table(self, engine: DuckDBEngine, model: Model) -> None:
        parts = self.partitions(model.name)
        files = [self.store.data / part.path for part in parts]
        try:
            engine.table(model.name, files, model.stored_schema)
        except QueryError as error:
            engine.close()
            if lost := list(damaged(self.store, parts)):
                raise InputError(lost) from error
            raise

    def _check_files(self) -> None:
        """Every file that the manifest names must be there."""
        paths = [part["path"] for parts in self.manifest["tables"].values() for part in parts]
        gone = [path for path in paths if not (self.store.data / path).is_file()]
        if gone:
            loaded = any(path.startswith("loads/") for path in gone)
            cure = "restore the load from a copy, or load its files again" if loaded else ""
            what = f"{len(gone)} of {len(paths)} files of run {self.id} are missing"
            todo = " and ".join(part for part in (cure, "run `vbc build`") if part)
            raise InputError(Problem(str(self.store.data / gone[0]), f"{what}; {todo}"))


def _views_in_order(models: Mapping[str, Model]) -> list[Model]:
    """The views, each after the views that it reads."""
    done: dict[str, Model] = {}

    def visit(model: Model) -> None:
        for name in model.reads:
            if models[name].kind == "view":
                visit(models[name])
        done.setdefault(model.name, model)

    for model in models.values():
        if model.kind == "view":
            visit(model)
    return list(done.values())
