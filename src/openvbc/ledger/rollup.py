"""The contracts of one entity together: each settled by itself, each member's month in one of them.

An entity that serves many payers (nine Medicaid plans over one network of practices) has as many
contracts and statements. Nothing is settled here: the statements' amounts are added up, and the
months of their members are held against each other. A member may be in several contracts one after
the other; a month that two contracts of one line of business both count would be paid twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openvbc.console import JsonOption, WorkspaceOption, out, print_json, print_problems
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.store import read_json
from openvbc.errors import ExitCode, InputError, Problem, near
from openvbc.members.table import SCHEMA, TABLE
from openvbc.workspace import Workspace

HERE: Final = Path()


@dataclass(frozen=True)
class Share:
    """One settlement's part: amount in dollars (above zero the payer pays), members and months.

    amount: None where the statement does not determine it, or there is none yet. members, months:
    None where no members' months were counted.
    """

    settlement: str
    payer: str
    line_of_business: str
    statement_id: str | None
    amount: Decimal | None
    members: int | None
    months: int | None


@dataclass(frozen=True)
class Doubled:
    """Months of members that two contracts of one line of business both count."""

    one: str
    other: str
    members: int
    months: int


@dataclass(frozen=True)
class Rollup:
    """An entity's contracts of one period id. members, months: each counted once.

    shared_members: those with months in more than one contract.
    """

    entity: str
    period: str
    shares: tuple[Share, ...]
    members: int
    months: int
    shared_members: int
    doubled: tuple[Doubled, ...]

    @property
    def amount(self) -> Decimal | None:
        """What all contracts come to; None where one of them has no amount."""
        known = [it.amount for it in self.shares if it.amount is not None]
        return None if self.without_amount else sum(known, Decimal(0))

    @property
    def without_amount(self) -> list[str]:
        """The settlements that are not settled yet, or do not determine their amount."""
        return [it.settlement for it in self.shares if it.amount is None]

    @property
    def problems(self) -> list[Problem]:
        """What keeps the sum from being right: months counted twice."""
        return [
            Problem(
                f"{self.entity} {self.period}",
                f"{it.months:,} months of {it.members:,} members are counted by {it.one} and by "
                f"{it.other}; a month belongs to one contract: say payer, plan or attributed under "
                "members:",
            )
            for it in self.doubled
        ]

    def to_json(self) -> dict[str, Any]:
        """For other programs; amounts as plain decimals."""
        return {
            "entity": self.entity,
            "period": self.period,
            "amount": None if self.amount is None else str(self.amount),
            "without_amount": self.without_amount,
            "members": self.members,
            "months": self.months,
            "shared_members": self.shared_members,
            "contracts": [
                {**vars(it), "amount": None if it.amount is None else str(it.amount)}
                for it in self.shares
            ],
            "doubled": [vars(it) for it in self.doubled],
        }


def rollups(
    workspace: Workspace, entity: str | None = None, period: str | None = None
) -> list[Rollup]:
    """Each entity's contracts together, by period.

    Raises InputError for an entity or period that no settlement has, and where the table of a
    statement's members is gone.
    """
    groups: dict[tuple[str, str], list[Settlement]] = {}
    for one in workspace.settlements.values():
        key = (one.contract.shape.parties.entity.id, one.shape.period)
        groups.setdefault(key, []).append(one)
    _hold("--entity", entity, {key[0] for key in groups})
    _hold("--period", period, {key[1] for key in groups})
    return [
        _rollup(workspace, key, found)
        for key, found in sorted(groups.items())
        if entity in {None, key[0]} and period in {None, key[1]}
    ]


def _hold(option: str, name: str | None, known: set[str]) -> None:
    if name is not None and name not in known:
        raise InputError(Problem(option, f"no settlement of {name}{near(name, known)}"))


def _rollup(workspace: Workspace, key: tuple[str, str], found: Sequence[Settlement]) -> Rollup:
    documents = {one.id: _document(workspace, one) for one in found}
    engine = DuckDBEngine("400MB", workspace.data / "spill", 2)
    try:
        _name_months(engine, workspace, documents)
        counts = {row[0]: row[1:] for row in engine.rows(BY_SETTLEMENT)}
        members, months, shared = engine.rows(TOGETHER)[0]
        doubled = tuple(Doubled(*row) for row in engine.rows(DOUBLED))
    finally:
        engine.close()
    shares = tuple(_share(one, documents[one.id], counts.get(one.id)) for one in found)
    return Rollup(*key, shares, members, months, shared, doubled)


def _document(workspace: Workspace, settlement: Settlement) -> Document | None:
    path = workspace.statement_path(settlement.id)
    return read_json(path, "settle again") if path.is_file() else None


def _share(
    settlement: Settlement, document: Document | None, counts: Sequence[int] | None
) -> Share:
    shape = settlement.contract.shape
    amounts = [it["amount"] for it in document["payments"]] if document else []
    known = bool(amounts) and None not in amounts
    members, months = counts or (None, None)
    return Share(
        settlement.id,
        shape.parties.payer.id,
        shape.line_of_business,
        document["statement_id"] if document else None,
        sum(map(Decimal, amounts), Decimal(0)) if known else None,
        members,
        months,
    )


BY_SETTLEMENT: Final = """
SELECT settlement, COUNT(DISTINCT person_id), COUNT(*) FROM rollup_month GROUP BY settlement
"""

TOGETHER: Final = """
WITH person AS (
    SELECT person_id, COUNT(DISTINCT settlement) AS contracts FROM rollup_month GROUP BY person_id
),
month AS (SELECT DISTINCT line_of_business, person_id, month_start FROM rollup_month)
SELECT (SELECT COUNT(*) FROM person), (SELECT COUNT(*) FROM month),
    (SELECT COUNT(*) FROM person WHERE contracts > 1)
"""

DOUBLED: Final = """
SELECT a.settlement, b.settlement, COUNT(DISTINCT a.person_id), COUNT(*)
FROM rollup_month AS a
JOIN rollup_month AS b
    ON b.person_id = a.person_id AND b.month_start = a.month_start
    AND b.line_of_business = a.line_of_business AND b.settlement > a.settlement
GROUP BY a.settlement, b.settlement
ORDER BY a.settlement, b.settlement
"""


def _name_months(
    engine: DuckDBEngine, workspace: Workspace, documents: Mapping[str, Document | None]
) -> None:
    """Name rollup_month: settlement, line of business, person and month, each once."""
    engine.table("none", [], SCHEMA)
    selects = [_months("none", "")]
    for number, (settlement, address) in enumerate(_tables(documents)):
        path = workspace.store.path(address)
        if not path.is_file():
            what = "the table of its members is gone; `vbc settle` makes it again"
            raise InputError(Problem(settlement, what))
        engine.table(f"{TABLE}_{number}", [path], SCHEMA)
        selects.append(_months(f"{TABLE}_{number}", settlement))
    engine.view("rollup_month", " UNION ALL ".join(selects))


def _months(table: str, settlement: str) -> str:
    """A settlement's id holds letters, digits, _ and - only (`document.ID`)."""
    return (
        f"SELECT DISTINCT '{settlement}' AS settlement, line_of_business, person_id, month_start "
        f'FROM "{table}" WHERE earned_months > 0'
    )


def _tables(documents: Mapping[str, Document | None]) -> Iterator[tuple[str, str]]:
    for settlement, document in documents.items():
        sources = ((line["source"] or {}) for line in document["lines"]) if document else ()
        found = {it["address"] for it in sources if it.get("table") == TABLE}
        yield from ((settlement, address) for address in sorted(found))


def rollup_text(found: Sequence[Rollup]) -> RenderableType:
    """One table for each entity and period."""
    if not found:
        return Text("there is no settlement here yet")
    return Group(*(_table(it) for it in found))


def _table(found: Rollup) -> RenderableType:
    table = Table(title=f"{found.entity}, {found.period}", title_justify="left")
    for name in ("settlement", "payer", "line of business"):
        table.add_column(name)
    for name in ("members", "months", "amount"):
        table.add_column(name, justify="right")
    for it in found.shares:
        amount = _dollars(it.amount) if it.statement_id else "not settled"
        counts = (_count(it.members), _count(it.months))
        table.add_row(it.settlement, it.payer, it.line_of_business, *counts, amount)
    table.add_section()
    counts = (_count(found.members), _count(found.months))
    table.add_row("together", "", "", *counts, _dollars(found.amount))
    return Group(table, Text(_shared(found)))


def _shared(found: Rollup) -> str:
    twice = sum(it.months for it in found.doubled)
    months = f"{twice:,} months are counted twice" if twice else "no month is counted twice"
    months = months if found.months else "no members' months were counted"
    said = f"{found.shared_members:,} members are in more than one contract; {months}."
    lacking = ", ".join(found.without_amount)
    return f"{said}\nwithout an amount, so that there is no sum: {lacking}" if lacking else said


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _dollars(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"


def rollup(
    entity: Annotated[
        str | None, typer.Option(help="One entity, by its id.", show_default="all")
    ] = None,
    period: Annotated[str | None, typer.Option(help="One period.", show_default="all")] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Add up an entity's contracts; no member's month may be counted by two of them."""
    space = Workspace(workspace)
    _ = space.settings
    space.check_use("payment")
    found = rollups(space, entity, period)
    if as_json:
        print_json([it.to_json() for it in found])
    else:
        out.print(rollup_text(found))
    problems = [problem for it in found for problem in it.problems]
    print_problems(problems)
    raise typer.Exit(ExitCode.CHECK_FAILED if problems else ExitCode.DONE)
