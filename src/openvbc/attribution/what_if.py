"""What if a practice joins or leaves: the run's own SQL on another list of participants.

Only tables that depend on the list are made again, in memory and for the performance year alone;
the run in force is read and never touched. Contracts by 42 CFR 425 are counted by enrolment type
(`expenditure_cell`, `risk_cell`), those of a declared method as a whole (`contract_cell`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.settlement import Settlement
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.engine.run import Run
from openvbc.errors import InputError, Problem

PARTICIPANT: Final = "contract_participant"


@dataclass(frozen=True)
class Way:
    """How contracts of one kind of method are counted.

    targets are the tables with their figures; apart, a table that the other kind's people go
    through, which does not change; the SELECTs take the contract and its period, rivals the
    contract: those on whose lists a practice may not stand beside its own.
    """

    targets: tuple[str, ...]
    apart: str
    people: str
    figures: str
    rivals: str


MSSP: Final = Way(
    targets=("assignment_cell", "expenditure_cell", "risk_cell"),
    apart="contract_span",
    people=(
        "SELECT person_id FROM attribution WHERE contract_id = ? AND period_id = ? AND assigned"
    ),
    figures="""
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
""",
    rivals="SELECT DISTINCT contract_id FROM assignment_window WHERE contract_id <> ?",
)

DECLARED: Final = Way(
    targets=("contract_cell",),
    apart="candidate",
    people="SELECT person_id FROM contract_member WHERE contract_id = ? AND period_id = ?",
    figures="""
SELECT
    'all' AS enrolment_type, persons, member_months, claims_cents, counted_cents, score_months_e9,
    score_months
FROM contract_cell
WHERE contract_id = ? AND period_id = ?
""",
    rivals="""
SELECT DISTINCT l.contract_id
FROM contract_analysis AS x
JOIN attribution_list AS l ON l.analysis_id = x.analysis_id AND l.contract_id <> x.contract_id
WHERE x.contract_id = ?
""",
)

PLACES: Final = Decimal("0.0001")
ALL: Final = "all"


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
    """An ACO as the run has it, and as it would be; a side or number that is not told is empty."""

    contract: str
    period: str
    tin: str
    joins: bool
    taken_from: tuple[str, ...]
    before: tuple[Figures, ...]
    after: tuple[Figures, ...]
    people_before: int | None
    people_after: int | None
    gained: int | None
    lost: int | None

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        sides = {"before": self.before, "after": self.after}
        return asdict(self) | {name: [it.to_json() for it in side] for name, side in sides.items()}


def what_if(run: Run, settlement: Settlement, tin: str, *, leaves: bool) -> WhatIf:
    """A contract with a practice more, or with one less.

    A practice that joins leaves the other lists that hold where this one does: on two it would
    count for neither. Raises InputError where it is on the list already, or is not, of a TIN that
    no claim names, and of a contract without a list.
    """
    contract, period = settlement.contract.id, settlement.shape.period
    population = settlement.contract.shape.population
    if population is None or population.participants is None:
        what = f"{contract} has no list of participants whose people are counted from claims"
        raise InputError(Problem("--contract", what))
    asked = _Asked(MSSP if population.is_mssp else DECLARED, contract, period)
    engine = run.open()
    try:
        tin = _known_tin(engine, tin)
        before, people = asked.figures(engine), asked.people(engine)
        others = asked.change_list(engine, run.models, tin, leaves=leaves)
        _only_year(engine, run, settlement.shape.first_day.year)
        for model in asked.dependent(run.models):
            _make_again(engine, model)
        after, then = asked.figures(engine), asked.people(engine)
    finally:
        engine.close()
    return WhatIf(
        contract, period, tin, not leaves, others, before, after,
        len(people), len(then), len(then - people), len(people - then),
    )  # fmt: skip


_NAMED: Final = f"""
SELECT 1 FROM {PARTICIPANT} WHERE tin = ? UNION ALL
SELECT 1 FROM medical_claim WHERE billing_tin = ? LIMIT 1
"""


def _known_tin(engine: DuckDBEngine, tin: str) -> str:
    """A TIN as claims and lists have it, typed with hyphens or without.

    Raises InputError where neither names it: that nobody came with it would be no answer.
    """
    for form in (tin.strip(), re.sub("[-' ]", "", tin)):
        if engine.rows(_NAMED, [form, form]):
            return form
    what = f"{tin}: no claim names this TIN, nor does a list of participants; is it mistyped?"
    raise InputError(Problem("--tin", what))


@dataclass(frozen=True)
class _Asked:
    """The contract and period that are asked about, and how they are counted."""

    way: Way
    contract: str
    period: str

    def people(self, engine: DuckDBEngine) -> set[str]:
        """Whom the contract has."""
        return {str(row[0]) for row in engine.rows(self.way.people, [self.contract, self.period])}

    def figures(self, engine: DuckDBEngine) -> tuple[Figures, ...]:
        """Each enrolment type that is counted apart, and all; who was of two is one person."""
        found = engine.rows(self.way.figures, [self.contract, self.period])
        rows = [Figures(str(kind), *(int(it or 0) for it in cells)) for kind, *cells in found]
        names = [it.name for it in fields(Figures)][2:]
        sums = (sum(getattr(it, name) for it in rows) for name in names)
        typed = [it for it in rows if it.enrolment_type != ALL]
        return (*typed, Figures(ALL, len(self.people(engine)), *sums))

    def change_list(
        self, engine: DuckDBEngine, models: Mapping[str, Model], tin: str, *, leaves: bool
    ) -> tuple[str, ...]:
        """Change the list; the rivals that the practice is taken from."""
        schema = models[PARTICIPANT].stored_schema
        rows = engine.rows(f"SELECT {', '.join(schema)} FROM {PARTICIPANT}")
        named = [dict(zip(schema, row, strict=True)) for row in rows]
        listed = {row["contract_id"] for row in named if row["tin"] == tin}
        if leaves and self.contract not in listed:
            raise InputError(
                Problem("--tin", f"not on the list of {self.contract}; it cannot leave")
            )
        if not leaves and self.contract in listed:
            raise InputError(
                Problem("--tin", f"on the list of {self.contract} already; try --leave")
            )
        rivals = {str(row[0]) for row in engine.rows(self.way.rivals, [self.contract])}
        taken = {self.contract} if leaves else listed & rivals
        kept = [row for row in named if row["tin"] != tin or row["contract_id"] not in taken]
        if not leaves:
            kept.append({"contract_id": self.contract, "tin": tin})
        engine.rows_as_table(PARTICIPANT, schema, [[row.get(it) for it in schema] for row in kept])
        return () if leaves else tuple(sorted(taken))

    def dependent(self, models: Mapping[str, Model]) -> Iterator[Model]:
        """The tables between the list and the figures, each after those it reads."""
        done: dict[str, bool] = {PARTICIPANT: True, self.way.apart: False}
        order: list[str] = []

        def depends(name: str) -> bool:
            if name not in done:
                done[name] = False
                done[name] = True in {depends(it) for it in models[name].reads}
                order.extend([name] if done[name] else [])
            return done[name]

        for target in self.way.targets:
            depends(target)
        return (models[it] for it in order if models[it].kind == "table")


def _only_year(engine: DuckDBEngine, run: Run, year: int) -> None:
    """Keep the rows of one year of every table that is cut by year, as a build of it reads them."""
    for name, model in run.models.items():
        if model.period == "year" and model.kind != "view":
            parts = [it for it in run.partitions(name) if it.slice == str(year)]
            engine.table(name, [run.store.data / it.path for it in parts], model.stored_schema)


def _make_again(engine: DuckDBEngine, model: Model) -> None:
    """Make a table in memory in the place of the stored one, with its declared types."""
    cast = ", ".join(f'CAST("{it}" AS {kind}) AS "{it}"' for it, kind in model.schema.items())
    engine.select_as_table(model.name, f"SELECT {cast} FROM ({model.sql})")
