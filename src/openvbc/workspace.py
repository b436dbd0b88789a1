"""A workspace: vbc.toml, contracts/, settlements/ and data/, and what commands do with them."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

from openvbc.contract.contract import Contract, Settlement, read_contract, read_settlement
from openvbc.contract.population import (
    calendar_months,
    contract_participants,
    contract_periods,
    truncation_cuts,
)
from openvbc.engine.build import Builder, Built, Limits, Progress
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import code_list_model, code_list_rows, put_rows
from openvbc.engine.model import MODELS_FOLDER, Model, read_models
from openvbc.engine.plan import CONTRACT_PERIOD, Plan, YearRange
from openvbc.engine.run import Run
from openvbc.engine.store import Partition, Store, digest, publish_text
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.parameters import code_lists
from openvbc.sources.loads import loaded_partitions, loads

SETTINGS_FILE: Final = "vbc.toml"

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """vbc.toml.

    buckets: into how many parts people are cut (fixed once data is loaded). memory_mb and
    workers: what a build may use. max_quarantine: the share of rows of a load above which it is
    refused.
    """

    buckets: int = 2
    memory_mb: int = 1600
    workers: int = 2
    max_quarantine: Decimal = Decimal("0.01")


def read_settings(path: Path) -> Settings:
    """Read vbc.toml. Raises InputError for a missing file, bad TOML or an unknown key."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        what = "no workspace here; `vbc init` makes one, --workspace DIR names another"
        raise InputError(Problem(str(path), what)) from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(str(path), f"not valid TOML: {error}")) from error
    known = {item.name for item in fields(Settings)}
    unknown = [name for name in content if name not in known]
    if unknown:
        what = f"unknown key {unknown[0]}; known keys: {', '.join(sorted(known))}"
        raise InputError(Problem(str(path), what))
    return Settings(**content)


def write_settings(path: Path, settings: Settings) -> None:
    """Write vbc.toml."""
    publish_text(
        path,
        (
            "# An OpenVBC workspace; see docs/workspace.md\n"
            f"buckets = {settings.buckets}          # people are cut into so many parts\n"
            f"memory_mb = {settings.memory_mb}     # what a build may use\n"
            f"workers = {settings.workers}          # engines at a time\n"
            f"max_quarantine = {settings.max_quarantine}  # share of bad rows a load may have\n"
        ),
    )


def collect(paths: list[Path], read: Callable[[Path], T]) -> list[T]:
    """Read every file; raises one InputError with the problems of all of them."""
    found: list[T] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found.append(read(path))
        except OpenVBCError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


@dataclass(frozen=True)
class Workspace:
    """A workspace folder. Everything is read when it is first asked for."""

    root: Path
    _cache: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def init(cls, root: Path, settings: Settings) -> "Workspace":
        """Make a new, empty workspace; raises InputError where there is one already."""
        if (root / SETTINGS_FILE).exists():
            raise InputError(Problem(str(root), "there is a workspace here already"))
        for name in ("contracts", "settlements", "data"):
            (root / name).mkdir(parents=True, exist_ok=True)
        write_settings(root / SETTINGS_FILE, settings)
        return cls(root)

    @cached_property
    def settings(self) -> Settings:
        """vbc.toml, read."""
        return read_settings(self.root / SETTINGS_FILE)

    @property
    def data(self) -> Path:
        """Loads, partitions and runs."""
        return self.root / "data"

    @property
    def store(self) -> Store:
        """The store below data/."""
        return Store(self.data)

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts by id; raises InputError with the problems of all files."""
        read = collect(sorted((self.root / "contracts").glob("*.yaml")), read_contract)
        return {contract.id: contract for contract in read}

    @cached_property
    def settlements(self) -> Mapping[str, Settlement]:
        """The settlements by id; raises InputError with the problems of all files."""
        paths = sorted((self.root / "settlements").glob("*.yaml"))
        read = collect(paths, lambda path: read_settlement(path, self.contracts))
        return {settlement.id: settlement for settlement in read}

    @cached_property
    def models(self) -> Mapping[str, Model]:
        """Every declared table, code lists included."""
        lists = {name: code_list_model(path) for name, path in code_lists().items()}
        return {**lists, **read_models(MODELS_FOLDER)}

    def plan(self) -> Plan:
        """The plan of a build over the workspace's settlements."""
        years = contract_periods(self.settlements.values())
        ranges = {
            year: YearRange(
                min(row["expanded_first_day"] for row in rows),
                max(max(row["last_day"], row["assignment_last_day"]) for row in rows),
            )
            for year, rows in years.items()
        }
        return Plan(self.models, ranges)

    def inputs(self) -> dict[str, list[Partition]]:
        """The input partitions: what was loaded, and what contracts and code lists say."""
        engine = DuckDBEngine("200MB", self.data / "spill")
        try:
            return {**loaded_partitions(self.data), **self._given(engine)}
        finally:
            engine.close()

    def _given(self, engine: DuckDBEngine) -> dict[str, list[Partition]]:
        years = contract_periods(self.settlements.values())
        months = calendar_months(years)
        tables: dict[str, dict[str | None, list[Any]]] = {
            CONTRACT_PERIOD: dict(years.items()),
            "contract_participant": {None: contract_participants(self.contracts.values())},
            "truncation_cut": {None: list(truncation_cuts(self.settlements.values()))},
            "calendar_month": {cut: [row] for cut, row in months.items()},
            **{name: {None: code_list_rows(path)} for name, path in code_lists().items()},
        }
        return {
            name: [
                put_rows(self.store, engine, self.models[name], rows, cut)
                for cut, rows in cuts.items()
            ]
            for name, cuts in tables.items()
        }

    def build(self, progress: Progress | None = None) -> Built:
        """Build every table for every settlement and publish the run."""
        if not self.settlements:
            what = "no settlement says which period to build; write one in settlements/"
            raise InputError(Problem(str(self.root), what))
        if not loads(self.data):
            raise InputError(Problem(str(self.root), "nothing is loaded; run `vbc load`"))
        limits = Limits(self.settings.memory_mb, self.settings.workers)
        builder = Builder(self.store, self.plan(), limits, progress)
        return builder.run(self.inputs(), self._facts())

    def _facts(self) -> dict[str, Any]:
        return {
            "loads": [it["load_id"] for it in loads(self.data)],
            "population": self._population_digest(),
        }

    def _population_digest(self) -> str:
        """The hash of all that contracts and settlements say about populations."""
        given = [
            contract_periods(self.settlements.values()),
            contract_participants(self.contracts.values()),
            list(truncation_cuts(self.settlements.values())),
        ]
        return digest(given)

    def run(self, run_id: str | None = None) -> Run:
        """A published run, or the one in force."""
        return Run(self.store, self.models, run_id or self.store.current())

    def fresh_run(self) -> Run:
        """The run in force; raises InputError where loads or population terms changed since."""
        run = self.run()
        if run.manifest["facts"] != self._facts():
            what = "loads, contracts or settlements changed what is counted; run `vbc build` again"
            raise InputError(Problem(f"run {run.id}", what))
        return run
