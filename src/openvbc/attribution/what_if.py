"""What if a practice joins or leaves: the run's own SQL on another list of participants.

Only tables that depend on the list are made again, in memory and for the performance year alone;
the run in force is read and never touched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.settlement import Settlement
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.engine.plan import CONTRACT_PERIOD
from openvbc.engine.run import Run
from openvbc.errors import InputError, Problem

PARTICIPANT: Final = "contract_participant"
OTHER_METHODS: Final = "contract_span"
"""The months of contracts of other methods: nothing of this contract's goes by them."""

TARGETS: Final = ("assignment_cell", "expenditure_cell", "risk_cell")

PEOPLE: Final = """
SELECT person_id FROM attribution WHERE contract_id = ? AND period_id = ? AND assigned
"""

FIGURES: Final = """
SELECT
    e.enrolment_type,
    e.persons,
    e.member_months,
    e.claims_cents,
    e.counted_cents,
    r.hcc_score_months_e9,
    r.score_months
FROM expenditure_cell AS e
LEFT JOIN risk_cell AS r
    ON r.contract_id = e.contract_id
    AND r.period_id = e.period_id
    AND r.enrolment_type = e.enrolment_type
WHERE e.contract_id = ? AND e.period_id = ?
ORDER BY e.enrolment_type
"""

PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True)
class Figures:
    """One enrolment type of the ACO, or all: people, person-years, cents and mean risk score."""

    enrolment_type: str
    persons: int
    months: int
    claims_cents: int
    counted_cents: int
    score_months_e9: int
    scored_months: int

    @property
    def person_years(self) -> Decimal:
        """Months by twelve."""
        return (Decimal(self.months) / 12).quantize(PLACES)

    @property
    def risk(self) -> Decimal | None:
        """The mean score by month, times one; None where nobody is scored."""
        if not self.scored_months:
            return None
        return (Decimal(self.score_months_e9) / self.scored_months / 10**9).quantize(PLACES)

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        shown = asdict(self) | {"person_years": str(self.person_years)}
        return shown | {"risk": None if self.risk is None else str(self.risk)}


@dataclass(frozen=True)
class WhatIf:
    """An ACO as the run has it, and as it would be."""

    contract: str
    period: str
    tin: str
    joins: bool
    taken_from: tuple[str, ...]
    before: tuple[Figures, ...]
    after: tuple[Figures, ...]
    people_before: int
    people_after: int
    gained: int
    lost: int

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        sides = {"before": self.before, "after": self.after}
        return asdict(self) | {name: [it.to_json() for it in side] for name, side in sides.items()}


def what_if(run: Run, settlement: Settlement, tin: str, *, leaves: bool) -> WhatIf:
    """An ACO with a practice more, or with one less.

    A practice that joins leaves the other ACOs of the workspace: on two lists it would count for
    neither. Raises InputError where it is on the list already, or is not.
    """
    contract, period = settlement.contract.id, settlement.shape.period
    population = settlement.contract.shape.population
    if population is None or not population.is_mssp:
        what = f"{contract} assigns nobody from tables by 42 CFR 425; nothing can be recomputed"
        raise InputError(Problem("--contract", what))
    engine = run.open()
    try:
        before, people = _figures(engine, contract, period), _people(engine, contract, period)
        others = _change_list(engine, run.models, contract, tin, leaves=leaves)
        _only_year(engine, run.models, settlement.shape.first_day.year)
        for model in _dependent(run.models):
            _make_again(engine, model)
        after, then = _figures(engine, contract, period), _people(engine, contract, period)
    finally:
        engine.close()
    return WhatIf(
        contract, period, tin, not leaves, others, before, after,
        len(people), len(then), len(then - people), len(people - then),
    )  # fmt: skip


def _figures(engine: DuckDBEngine, contract: str, period: str) -> tuple[Figures, ...]:
    found = engine.rows(FIGURES, [contract, period])
    rows = [Figures(str(kind), *(int(it or 0) for it in cells)) for kind, *cells in found]
    return (*rows, _all(rows, len(_people(engine, contract, period))))


def _all(rows: list[Figures], people: int) -> Figures:
    """The sums of all types; who was of two types is one person."""
    names = [it.name for it in fields(Figures)][2:]
    return Figures("all", people, *(sum(getattr(it, name) for it in rows) for name in names))


def _people(engine: DuckDBEngine, contract: str, period: str) -> set[str]:
    return {str(row[0]) for row in engine.rows(PEOPLE, [contract, period])}


def _change_list(
    engine: DuckDBEngine, models: Mapping[str, Model], contract: str, tin: str, *, leaves: bool
) -> tuple[str, ...]:
    """Change the list; the other contracts that the practice is taken from."""
    schema = models[PARTICIPANT].stored_schema
    rows = engine.rows(f"SELECT {', '.join(schema)} FROM {PARTICIPANT}")
    named = [dict(zip(schema, row, strict=True)) for row in rows]
    on_list = any(row["tin"] == tin and row["contract_id"] == contract for row in named)
    if leaves and not on_list:
        raise InputError(Problem("--tin", f"not on the list of {contract}; it cannot leave"))
    if not leaves and on_list:
        raise InputError(Problem("--tin", f"on the list of {contract} already; try --leave"))
    others = sorted({row["contract_id"] for row in named if row["tin"] == tin} - {contract})
    stays = [row for row in named if leaves and row["contract_id"] != contract]
    kept = [row for row in named if row["tin"] != tin or row in stays]
    if not leaves:
        kept.append({"contract_id": contract, "tin": tin})
    _replace(engine, PARTICIPANT, schema, [[row.get(it) for it in schema] for row in kept])
    return () if leaves else tuple(others)


def _replace(engine: DuckDBEngine, name: str, schema: Mapping[str, str], rows: list[Any]) -> None:
    engine.rows(f'DROP VIEW "{name}"')
    engine.rows_as_table(name, schema, rows)


def _only_year(engine: DuckDBEngine, models: Mapping[str, Model], year: int) -> None:
    """Keep the periods of one year, as a build does that makes one year's partition."""
    schema = models[CONTRACT_PERIOD].stored_schema
    rows = engine.rows(f"SELECT {', '.join(schema)} FROM {CONTRACT_PERIOD} WHERE year = ?", [year])
    _replace(engine, CONTRACT_PERIOD, schema, [list(row) for row in rows])


def _dependent(models: Mapping[str, Model]) -> Iterator[Model]:
    """The tables between the list and the figures, each after those it reads."""
    done: dict[str, bool] = {}

    def depends(name: str) -> bool:
        if name not in done:
            done[name] = False
            if name == OTHER_METHODS:
                return False
            reads = [depends(it) for it in models[name].reads]
            done[name] = name == PARTICIPANT or any(reads)
        return done[name]

    for target in TARGETS:
        depends(target)
    return (models[it] for it in _in_order(models, done) if models[it].kind == "table")


def _in_order(models: Mapping[str, Model], wanted: Mapping[str, bool]) -> list[str]:
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        for read in models[name].reads:
            visit(read)
        if wanted.get(name):
            order.setdefault(name, None)

    for target in TARGETS:
        visit(target)
    return list(order)


def _make_again(engine: DuckDBEngine, model: Model) -> None:
    """Make a table in memory in the place of the stored one, with its declared types."""
    cast = ", ".join(f'CAST("{it}" AS {kind}) AS "{it}"' for it, kind in model.schema.items())
    engine.rows(f'DROP VIEW "{model.name}"')
    engine.rows(f'CREATE TEMP TABLE "{model.name}" AS SELECT {cast} FROM ({model.sql})')
