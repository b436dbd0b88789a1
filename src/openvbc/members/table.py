"""The member table of a settlement: made by one SELECT over a run, kept under what made it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from openvbc.contract.component import Component
from openvbc.contract.contract import Contract
from openvbc.contract.facts import At
from openvbc.contract.members import FAMILIES, Band, Family, Members
from openvbc.contract.settlement import Settlement
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.run import Run
from openvbc.engine.store import digest
from openvbc.errors import InputError, Problem
from openvbc.period import add_months
from openvbc.rules.rule import Leaf
from openvbc.sources.loads import LOADS, loads

TABLE: Final = "member_money"

ELIGIBILITY: Final = "eligibility"

SQL: Final = (Path(__file__).parent / f"{TABLE}.sql").read_text(encoding="utf-8")

GRAIN: Final = ("component", "stratum", "person_id", "month_start")

SCHEMA: Final[Mapping[str, str]] = {
    "contract_id": "VARCHAR",
    "period_id": "VARCHAR",
    "component": "VARCHAR",
    "stratum": "VARCHAR",
    "person_id": "VARCHAR",
    "month_start": "DATE",
    "payer": "VARCHAR",
    "plan": "VARCHAR",
    "line_of_business": "VARCHAR",
    "age": "INTEGER",
    "sex": "VARCHAR",
    "enrolment_type": "VARCHAR",
    "risk_e9": "BIGINT",
    "month_number": "INTEGER",
    "notice_on": "DATE",
    "paid_months": "BIGINT",
    "change_months": "BIGINT",
    "earned_months": "BIGINT",
    "paid_cents": "BIGINT",
    "change_cents": "BIGINT",
    "earned_cents": "BIGINT",
}
"""One row is one month of one member in one component; stratum: empty where no band fits."""

WHOLE: Final = ""
"""The stratum of a component that does not go by stratum."""

E9: Final = Decimal(10) ** 9

Given = dict[str, tuple[dict[str, str], list[list[Any]]]]
"""Table → its schema and its rows."""


@dataclass(frozen=True)
class MemberTable:
    """The member table of one settlement, on disk. unbanded: component → months without a band."""

    path: Path
    address: str
    payments: int
    sums: Mapping[tuple[str, str | None], Mapping[str, int]]
    changes: Mapping[tuple[str, str | None], list[tuple[int, int, int, int]]]

    @cached_property
    def unbanded(self) -> Mapping[str, int]:
        """Component → member months that no band holds."""
        return {
            component: row["months"]
            for (component, stratum), row in self.sums.items()
            if stratum is None
        }


def member_table(settlement: Settlement, engine: DuckDBEngine, run: Run) -> MemberTable:
    """Make the member table of a settlement on a run's tables, or find it where it is made already.

    engine: with the tables of the run under their names. Raises InputError for a rate that is
    finer than a billionth of a cent, or that is no term and no fact.
    """
    given = _given(settlement)
    store = run.store
    made_by = [engine.version, SQL, dict(SCHEMA), run.id]
    address = digest({"table": TABLE, "made_by": made_by, "given": given})
    if store.find(TABLE, None, None, address) is None:
        name_deliveries(engine, run)
        for name, (schema, rows) in given.items():
            engine.rows_as_table(name, schema, rows)
        store.put(address, lambda path: engine.write(SQL, SCHEMA, GRAIN, path))
    return open_table(engine, store.path(address), address, _payments(settlement))


def name_deliveries(engine: DuckDBEngine, run: Run) -> None:
    """Name every delivery of eligibility: a load holds what stands, earlier ones the rest."""
    data, order = run.store.data, list(run.manifest["facts"]["loads"])
    files = [
        data / LOADS / manifest["load_id"] / part["path"]
        for manifest in loads(data)
        if manifest["load_id"] in order
        for part in manifest["partitions"]
        if part["table"] == ELIGIBILITY
    ]
    engine.table("eligibility_delivery", files, run.models[ELIGIBILITY].stored_schema)
    rows = [[load_id, number] for number, load_id in enumerate(order)]
    engine.rows_as_table("load_order", {"load_id": "VARCHAR", "load_number": "BIGINT"}, rows)


def open_table(engine: DuckDBEngine, path: Path, address: str, payments: int) -> MemberTable:
    """Name the table in an engine, and add it up by component and stratum."""
    engine.table(TABLE, [path], SCHEMA)
    columns, rows = engine.columns(SUMS)
    sums = {(row[0], row[1]): dict(zip(columns[2:], row[2:], strict=True)) for row in rows}
    changes: dict[tuple[str, str | None], list[tuple[int, int, int, int]]] = {}
    for component, stratum, *entry in engine.rows(CHANGES):
        first, last, change, members = entry
        changes.setdefault((component, stratum), []).append((first, last, change, members))
    return MemberTable(path, address, payments, sums, changes)


SUMS: Final = f"""
SELECT component, stratum, COUNT(*) AS months, COUNT(DISTINCT person_id) AS persons,
    CAST(SUM(paid_months) AS BIGINT) AS paid_months,
    CAST(SUM(change_months) AS BIGINT) AS change_months,
    CAST(SUM(earned_months) AS BIGINT) AS earned_months,
    CAST(SUM(paid_cents) AS BIGINT) AS paid_cents,
    CAST(SUM(change_cents) AS BIGINT) AS change_cents,
    CAST(SUM(earned_cents) AS BIGINT) AS earned_cents
FROM {TABLE} GROUP BY component, stratum ORDER BY component, stratum
"""

CHANGES: Final = f"""
WITH run AS (
    SELECT component, stratum, person_id, change_months, month_number,
        month_number - ROW_NUMBER() OVER (
            PARTITION BY component, stratum, person_id, change_months ORDER BY month_number
        ) AS run_number
    FROM {TABLE} WHERE change_months <> 0
),
span AS (
    SELECT component, stratum, change_months, MIN(month_number) AS first_month,
        MAX(month_number) AS last_month
    FROM run GROUP BY component, stratum, person_id, change_months, run_number
)
SELECT component, stratum, first_month, last_month, change_months, COUNT(*) AS members
FROM span GROUP BY component, stratum, first_month, last_month, change_months ORDER BY ALL
"""
"""Months on end that changed, for how many members: first, last, -1 left or +1 joined, members."""


def _given(settlement: Settlement) -> Given:
    """The small tables that the contract and the settlement give to the SELECT."""
    contract, clause = settlement.contract, clause_of(settlement.contract)
    parts = [it for it in contract.components if it.name in FAMILIES]
    text, day, number = "VARCHAR", "DATE", "BIGINT"
    row = [
        contract.id,
        settlement.shape.period,
        contract.shape.line_of_business,
        clause.payer,
        clause.plan,
        clause.attributed,
        clause.payment_day is not None,
        clause.risk_model,
    ]
    names = ("contract_id", "period_id", "line_of_business", "payer", "plan", "attributed")
    head = {**dict.fromkeys(names, text), "by_roster": "BOOLEAN", "risk_model": text}
    days = {"roster": text, "month_number": number, "month_start": day, "known_on": day}
    bands = {
        "component": text,
        "place": number,
        "stratum": text,
        "amount_e9": number,
        "age_from": number,
        "age_to": number,
        "sex": text,
        "enrolment_type": text,
        "plan": text,
        "risk_from_e9": number,
        "risk_to_e9": number,
    }
    back = [[part.name, _months_back(settlement, part)] for part in parts]
    return {
        "member_clause": (head, [row]),
        "roster_day": (days, [*_roster_days(settlement)]),
        "member_component": ({"component": text, "months_back": number}, back),
        "member_band": (bands, [it for part in parts for it in _bands(settlement, part)]),
    }


def clause_of(contract: Contract) -> Members:
    """The members clause of a contract that has one."""
    clause = contract.shape.members
    if clause is None:
        raise InputError(Problem(contract.id, "has no members: clause"))
    return clause


def _roster_days(settlement: Settlement) -> Iterator[list[Any]]:
    """Each month that was paid by as_of, with the day on which its roster was known."""
    shape, clause = settlement.shape, clause_of(settlement.contract)
    month, number = shape.first_day, 1
    while month <= shape.last_day:
        paid_on = month.replace(day=clause.payment_day or 1)
        if paid_on <= shape.as_of:
            yield ["earned", number, month, shape.as_of]
            if clause.payment_day is not None:
                yield ["paid", number, month, paid_on]
        month, number = add_months(month, 1), number + 1


def _payments(settlement: Settlement) -> int:
    return sum(row[0] == "earned" for row in _roster_days(settlement))


def _months_back(settlement: Settlement, part: Component) -> int | None:
    name = FAMILIES[part.name].months_back
    value = _value(settlement, part.leaves[name], None) if name else None
    return None if value is None else int(value)


def _bands(settlement: Settlement, part: Component) -> Iterator[list[Any]]:
    """The bands of a component in order, each with the amount of one month."""
    family, clause = FAMILIES[part.name], clause_of(settlement.contract)
    strata = settlement.coordinates.strata_of(part.name)
    if not family.by_stratum:
        amount = sum((_amount(settlement, part, family, it) for it in strata), Decimal(0))
        yield _band(settlement, part.name, 1, Band(stratum=WHOLE), amount)
        return
    bands = clause.bands.get(part.name) or [Band(stratum=it) for it in strata]
    for place, band in enumerate(bands, 1):
        amount = _amount(settlement, part, family, band.stratum)
        yield _band(settlement, part.name, place, band, amount)


def _band(
    settlement: Settlement, component: str, place: int, band: Band, amount: Decimal
) -> list[Any]:
    cents = _whole(amount * 100 * E9)
    if cents is None:
        what = (
            f"{component} [{band.stratum}]: {amount:f} for one member and month is finer than a "
            "billionth of a cent"
        )
        raise InputError(Problem(str(settlement.path), what))
    return [
        component,
        place,
        band.stratum,
        cents,
        band.age_from,
        band.age_to,
        band.sex,
        band.enrolment_type,
        band.plan,
        None if band.risk_from is None else int(band.risk_from * E9),
        None if band.risk_to is None else int(band.risk_to * E9),
    ]


def _whole(value: Decimal) -> int | None:
    return int(value) if value == value.to_integral_value() else None


def _amount(settlement: Settlement, part: Component, family: Family, stratum: str) -> Decimal:
    """Dollars of one member and month; 0 where a rate is missing, which settling then says."""
    product = Decimal(1)
    for name in family.rates:
        product *= _value(settlement, part.leaves[name], stratum) or Decimal(0)
    return product


def _value(settlement: Settlement, leaf: Leaf, stratum: str | None) -> Decimal | None:
    """A term or fact of the contract, or its default; None where there is none."""
    contract = settlement.contract
    makers = [it.name for it in contract.components if leaf.name in it.rules]
    if leaf.name in contract.same or makers:
        what = "is computed; members' cents need it as a term or a fact"
        raise InputError(Problem(leaf.name, what))
    at = At(stratum=stratum if "stratum" in leaf.per else None)
    found = settlement.facts().get(leaf, at)
    value = found.value if found else leaf.default
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    return value if isinstance(value, Decimal) else None
