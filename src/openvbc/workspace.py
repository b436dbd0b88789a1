"""A workspace: vbc.toml, contracts/, settlements/ and data/, and what commands do with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from openvbc.analyses import Analyses, read_analyses, unloaded_lines
from openvbc.attribution_methods import attribution_facts, attribution_tables
from openvbc.contract.book_facts import BookFacts
from openvbc.contract.contract import Contract, read_contract
from openvbc.contract.document import SettlementShape, read_shape
from openvbc.contract.facts import FirstOf
from openvbc.contract.population import (
    attested_physicians,
    attribution_choices,
    attribution_lists,
    calendar_months,
    contract_analyses,
    contract_participants,
    contract_periods,
    contract_risk,
    member_periods,
    period_days,
    truncation_cuts,
    unknown_payer,
)
from openvbc.contract.risk import PACKS
from openvbc.contract.settle import Settled, settle
from openvbc.contract.settlement import Settlement, read_settlement
from openvbc.contract.tables import TableFacts
from openvbc.engine.build import Builder, Built, Limits, Progress, Tally, Watch
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.inputs import code_list_model, code_list_rows, put_rows
from openvbc.engine.model import MODELS_FOLDER, Model, read_models
from openvbc.engine.plan import CONTRACT_PERIOD, Plan, YearRange
from openvbc.engine.protocol import Engine
from openvbc.engine.run import Run
from openvbc.engine.share import Share
from openvbc.engine.spark import SparkPlace, spark_engines
from openvbc.engine.store import Partition, digest, file_digest
from openvbc.episodes.inputs import episode_facts, episode_tables
from openvbc.errors import InputError, OpenVBCError, Problem
from openvbc.groupers.inputs import grouper_facts, put_groupers
from openvbc.members.settle import settle_members
from openvbc.parameters import code_lists
from openvbc.place import Place
from openvbc.prices import price_facts, standard_prices
from openvbc.risk.given import attributes, given_facts, services
from openvbc.risk.inputs import Asked, pack_facts, put_packs, risk_days, risk_requests, shared_facts
from openvbc.settings import SETTINGS_FILE, Settings, write_settings
from openvbc.sources.lines import loaded_lines, loaded_payers
from openvbc.sources.loads import build_partitions, loads

T = TypeVar("T")

_LOOKS: Final = 5
"""How often a build reads its inputs while something changes them."""


class _Identified(Protocol):
    """What is read from a file of its own and has an id."""

    @property
    def id(self) -> str: ...

    @property
    def path(self) -> Path: ...


Identified = TypeVar("Identified", bound=_Identified)


def collect(paths: Iterable[Path], read: Callable[[Path], T]) -> tuple[list[T], list[Problem]]:
    """Every file that can be read, and the problems of those that cannot."""
    found: list[T] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            found.append(read(path))
        except OpenVBCError as error:
            problems += error.problems
    return found, problems


def _by_id(read: Iterable[Identified], name: str) -> tuple[dict[str, Identified], list[Problem]]:
    """What was read by its id; a problem for each that has another's."""
    found: dict[str, Identified] = {}
    problems: list[Problem] = []
    for it in read:
        first = found.setdefault(it.id, it)
        if first is not it:
            what = f"{name} {first.id} stands in {first.path} too; keep one of both"
            problems.append(Problem(str(it.path), what))
    return found, problems


def _same_entity(contracts: Iterable[Contract]) -> list[Problem]:
    """A problem for each second contract of one entity, program and line of business.

    Its practices would stand in two ACOs, and so count for neither (42 CFR 425.400).
    """
    first: dict[tuple[str | None, ...], Contract] = {}
    problems: list[Problem] = []
    for contract in contracts:
        shape = contract.shape
        if shape.population is None:
            continue
        payer = None if shape.population.is_mssp else shape.parties.payer.id
        key = (shape.program, shape.line_of_business, shape.parties.entity.id, payer)
        other = first.setdefault(key, contract)
        if other is not contract:
            what = (
                f"{shape.parties.entity.id} has the contract {other.id} for {key[1]} too, and its "
                "practices would count for neither; settle the two in workspaces of their own"
            )
            problems.append(Problem(str(contract.path), what))
    return problems


@dataclass(frozen=True)
class Workspace(Place):
    """A place with its contracts, settlements and tables. All is read when first asked for."""

    @classmethod
    def init(cls, root: Path, settings: Settings) -> "Workspace":
        """Make a new, empty workspace; raises InputError where there is one already."""
        if (root / SETTINGS_FILE).exists():
            raise InputError(Problem(str(root), "there is a workspace here already"))
        for name in ("contracts", "settlements", "data"):
            (root / name).mkdir(parents=True, exist_ok=True)
        write_settings(root / SETTINGS_FILE, settings)
        return cls(root)

    @property
    def packs(self) -> Path:
        """The workspace's own risk packs, beside those that ship."""
        return self.root / PACKS

    @cached_property
    def _contracts(self) -> tuple[dict[str, Contract], list[Problem]]:
        read, problems = collect(self.files("contracts"), read_contract)
        found, doubled = _by_id(read, "contract")
        return found, [*problems, *doubled, *_same_entity(found.values())]

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts by id; raises InputError with the problems of all files."""
        found, problems = self._contracts
        if problems:
            raise InputError(problems)
        return found

    @cached_property
    def settlements(self) -> Mapping[str, Settlement]:
        """The settlements by id; raises InputError with the problems of all files.

        A settlement of a contract that cannot be read is only held to its shape.
        """
        contracts, broken = self._contracts
        paths = self.files("settlements")
        if broken:
            _, shapeless = collect(paths, lambda path: read_shape(path, SettlementShape))
            raise InputError([*broken, *shapeless])
        read, problems = collect(paths, lambda path: read_settlement(path, contracts))
        found, doubled = _by_id(read, "settlement")
        if problems or doubled:
            raise InputError([*problems, *doubled])
        return found

    @cached_property
    def models(self) -> Mapping[str, Model]:
        """Every declared table, code lists included."""
        lists = {name: code_list_model(path) for name, path in code_lists().items()}
        return {**lists, **read_models(MODELS_FOLDER)}

    @cached_property
    def analyses(self) -> Analyses:
        """What analyses.yaml asks for; raises InputError with the problems of the file."""
        return read_analyses(self.root)

    def check_lines(self) -> None:
        """Refuse an analysis of a line of business of which nothing is loaded, if anything is."""
        asked = {it.line_of_business for it in self.analyses.by_name.values()}
        lines = loaded_lines(self.data, asked) if asked else asked
        if problems := list(unloaded_lines(self.root, lines) if asked - lines else ()):
            raise InputError(problems)

    def plan(self) -> Plan:
        """The plan of a build over the workspace's settlements and analyses."""
        return Plan(self.models, {year: YearRange(*days) for year, days in self._days().items()})

    def _days(self) -> dict[str, tuple[date, date]]:
        """Year → the first and last day that its models look at."""
        periods = contract_periods(self.settlements.values())
        risk = risk_days(contract_risk(self.settlements.values())[1])
        return _widest([period_days(periods), risk, self.analyses.days()])

    def inputs(self, *, dry: bool = False) -> dict[str, list[Partition]]:
        """The input partitions: what was loaded, and what contracts and code lists say.

        dry: nothing is stored.
        """
        engine = DuckDBEngine("200MB", self.data / "spill")
        try:
            return {**build_partitions(self.data), **self._given(engine, dry=dry)}
        finally:
            engine.close()

    def _snapshot(self) -> tuple[dict[str, list[Partition]], dict[str, Any]]:
        """The inputs of a build, and what they were made from, of one moment.

        A load may come, or a file change, while they are read: a run that says so and does not
        hold it would never be built again. Raises InputError where they do not come to rest.
        """
        before = self._facts()
        for _ in range(_LOOKS):
            inputs, after = self.inputs(), self._facts()
            if before == after:
                return inputs, before
            before = after
        what = "loads or files change while they are read; build when nothing is being loaded"
        raise InputError(Problem(str(self.root), what))

    def _asked(self) -> list[Asked]:
        """The risk models that contracts and analyses ask for, by year."""
        return [*contract_risk(self.settlements.values())[1], *self.analyses.asked()]

    def _risk_tables(self, asked: Sequence[Asked]) -> dict[str, dict[str | None, list[Any]]]:
        """The inputs of risk scores besides packs; nothing where no score is asked for."""
        if not asked:
            return {}
        listed = services(self.root)
        years = {row["service_list"] for row in listed}
        return {
            "contract_risk": dict(contract_risk(self.settlements.values())[0].items()),
            "risk_request": dict(risk_requests(asked, self.packs, lists=years).items()),
            "risk_attribute": {None: attributes(self.root)},
            "risk_service": {None: listed},
        }

    def _analysis_tables(self) -> dict[str, dict[str | None, list[Any]]]:
        """What analyses ask for, and contracts whose people a declared method attributes."""
        settlements = self.settlements.values()
        own = contract_analyses(settlements)
        periods = [*_rows(self.analyses.periods()), *own]
        choices = [*_rows(self.analyses.chosen()), *attribution_choices(own)]
        lists = attribution_lists(periods, self.contracts)
        return {
            "analysis_period": _by_year(periods),
            "analysis_choice": _by_year(choices),
            "attribution_list": _by_year(lists),
            "contract_analysis": _by_year(own),
        }

    def _groupers(self) -> set[str]:
        """The groupers that analyses ask for."""
        return {name for it in self.analyses.by_name.values() for name in it.groupers}

    def _given(self, engine: DuckDBEngine, *, dry: bool) -> dict[str, list[Partition]]:
        years = contract_periods(self.settlements.values())
        months = calendar_months(self._days().values())
        months |= member_periods(self.settlements.values())
        asked = self._asked()
        tables: dict[str, dict[str | None, list[Any]]] = {
            CONTRACT_PERIOD: dict(years.items()),
            "contract_participant": {None: contract_participants(self.contracts.values())},
            "attested_physician": {None: attested_physicians(self.settlements.values())},
            "truncation_cut": {None: list(truncation_cuts(self.settlements.values()))},
            "calendar_month": {cut: [row] for cut, row in months.items()},
            **{it: {None: rows} for it, rows in episode_tables(self.settlements.values()).items()},
            **{name: {None: code_list_rows(path)} for name, path in code_lists().items()},
            **{name: {None: rows} for name, rows in attribution_tables(self.packs).items()},
            **self._risk_tables(asked),
            **self._analysis_tables(),
            "standard_price": {None: standard_prices(self.root)},
        }
        named = {it.risk_model for it in asked}
        packs = put_packs(self.store, engine, self.models, named, self.packs, dry=dry)
        groupers = put_groupers(
            self.store, engine, self.models, self._groupers(), self.packs, dry=dry
        )
        return (
            packs
            | groupers
            | {
                name: [
                    put_rows(self.store, engine, self.models[name], rows, cut, dry=dry)
                    for cut, rows in cuts.items()
                ]
                for name, cuts in tables.items()
            }
        )

    def build(self, progress: Progress | None = None, watch: Watch | None = None) -> Built:
        """Build every table for every settlement and publish the run.

        watch hears which thread makes which table. Raises InputError where there is nothing to
        build, or another build is running here.
        """
        builder = self._builder(progress, watch)
        with self.store.building():
            return builder.run(*self._snapshot())

    def rehearse(self) -> Tally:
        """What a build would make and reuse, by table; nothing is made or written."""
        return self._builder(None).rehearse(self.inputs(dry=True))

    def build_share(self, share: Share, progress: Progress | None = None) -> Built | Tally:
        """Build a part of the buckets beside other processes; publish the run if it reduces.

        Raises InputError as `build`, and where what others make does not come in time.
        """
        builder = self._builder(progress, share=share)
        with self.store.sharing(reduces=share.reduces):
            if share.reduces:
                return builder.run(*self._snapshot())
            return builder.make_share(self.inputs())

    def _builder(
        self,
        progress: Progress | None,
        watch: Watch | None = None,
        share: Share | None = None,
    ) -> Builder:
        shapes = [it.contract.shape for it in self.settlements.values()]
        counted = any(it.population or it.members or it.episodes for it in shapes)
        if not counted and not self.analyses.by_name:
            what = (
                "no settlement says which period to build; write one in settlements/ (a contract "
                "without population:, members: or episodes: needs no tables, only `vbc settle`), "
                "or say what to compute in analyses.yaml"
            )
            raise InputError(Problem(str(self.root), what))
        if not loads(self.data):
            raise InputError(Problem(str(self.root), "nothing is loaded; run `vbc load`"))
        self.check_lines()
        limits = Limits(self.settings.memory_mb, self.settings.workers)
        return Builder(
            self.store, self.plan(), limits, progress, watch, engines=self._engines(), share=share
        )

    def _engines(self) -> Callable[[], Engine] | None:
        """What opens the engine that vbc.toml names; None for the usual one."""
        given = self.settings
        if given.engine != "spark":
            return None
        place = SparkPlace(given.spark_master, given.spark_storage, given.memory_mb)
        return spark_engines(self.data, place)

    def _facts(self) -> dict[str, Any]:
        """What a run was built from, each part with its hash: the run's manifest holds it."""
        asked = self._asked()
        return {
            "loads": [it["load_id"] for it in loads(self.data)],
            "participants": {
                name: digest(contract_participants([contract]))
                for name, contract in sorted(self.contracts.items())
                if contract.shape.population
            },
            "periods": {
                name: digest(
                    [
                        list(one.contract_periods()),
                        list(truncation_cuts([one])),
                        *contract_analyses([one]),
                    ]
                )
                for name, one in sorted(self.settlements.items())
                if one.contract.shape.population
            }
            | {
                f"{name} (members)": digest(sorted(member_periods([one])))
                for name, one in sorted(self.settlements.items())
                if one.contract.shape.members
            },
            "risk": {
                name: digest(contract_risk([one])[0])
                for name, one in sorted(self.settlements.items())
                if one.contract.shape.risk
            },
            "episodes": {
                name: digest(rows) for name, rows in episode_facts(self.settlements.values())
            },
            "analyses": {name: digest(it) for name, it in self.analyses.facts()},
            "packs": pack_facts({it.risk_model for it in asked}, self.packs)
            | (given_facts(self.root) if asked else {})
            | grouper_facts(self._groupers(), self.packs)
            | attribution_facts(self.packs)
            | price_facts(self.root),
            "code_lists": {name: file_digest(path) for name, path in code_lists().items()}
            | shared_facts(),
            "tables": digest(
                {
                    name: [model.sql, model.stored_schema, model.grain]
                    for name, model in sorted(self.models.items())
                }
            ),
        }

    def run(self, run_id: str | None = None) -> Run:
        """A published run, or the one in force."""
        return Run(self.store, self.models, run_id or self.store.current())

    def fresh_run(self) -> Run:
        """The run in force; raises InputError, saying what changed, where it is out of date."""
        run = self.run()
        changes = _changes(run.manifest["facts"], self._facts())
        if changes:
            where = f"run {run.id}"
            raise InputError([Problem(where, f"{it}; run `vbc build` again") for it in changes])
        return run

    def settle(self, settlement: Settlement) -> Settled:
        """Settle on the run in force where people are counted from tables; write nothing."""
        shape = settlement.contract.shape
        if shape.members is not None:
            return settle_members(settlement, self.fresh_run())
        if shape.population is None and shape.episodes is None and shape.book is None:
            return settle(settlement, settlement.facts(), None)
        if problems := list(unknown_payer(settlement.contract, partial(loaded_payers, self.data))):
            raise InputError(problems)
        run = self.fresh_run()
        engine = run.open()
        try:
            books = [BookFacts(engine, settlement, shape.book)] if shape.book else []
            facts = FirstOf([TableFacts(engine, settlement), *books, settlement.facts()])
            return settle(settlement, facts, run.id)
        finally:
            engine.close()


def _rows(years: Mapping[str, Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of all years."""
    return [row for rows in years.values() for row in rows]


def _by_year(rows: Iterable[dict[str, Any]]) -> dict[str | None, list[Any]]:
    """Rows by their year, the earliest first."""
    years: dict[str | None, list[Any]] = {}
    for row in sorted(rows, key=lambda it: int(it["year"])):
        years.setdefault(str(row["year"]), []).append(row)
    return years


def _widest(parts: Iterable[Mapping[str, tuple[date, date]]]) -> dict[str, tuple[date, date]]:
    """Of several spans of one year the span of all."""
    found: dict[str, tuple[date, date]] = {}
    for year, (first, last) in (it for part in parts for it in part.items()):
        earliest, latest = found.get(year, (first, last))
        found[year] = (min(first, earliest), max(last, latest))
    return dict(sorted(found.items()))


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What a build would count otherwise than before, in words."""
    if before.keys() != now.keys():
        return ["it was built by another version of OpenVBC"]
    came = [it for it in now["loads"] if it not in before["loads"]]
    gone = [it for it in before["loads"] if it not in now["loads"]]
    changes = [f"load {it} came after it" for it in came] + [f"load {it} is gone" for it in gone]
    words = {
        "participants": "the participant list of contract",
        "periods": "the periods, population terms or truncation cuts of settlement",
        "episodes": "the definition, participants or days of the episodes of settlement",
        "risk": "the risk models of settlement",
        "analyses": "analysis",
        "packs": "the tables of risk model, grouper or file",
        "code_lists": "the code list",
    }
    for part, says in words.items():
        old, new = before[part], now[part]
        names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        changes += [f"{says} {name} changed" for name in names]
    if before["tables"] != now["tables"]:
        changes.append("this version of OpenVBC makes the tables otherwise")
    return changes
