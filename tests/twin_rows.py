"""Two sides' rows of members and claims, as packs, that differ by what a test seeds.

Ten members of type aged_nondual are assigned in the performance year and in each benchmark year.
Each has 12 months, both scores 1.0, and a claim of $12,000.00 in each benchmark year. In the
performance year claims are $9,000.00 each, but M05's is $8,999.60: $89,999.60.

No trend, no completion: the benchmark is 10 person-years × $12,000 = $120,000. Savings of
$30,000.40 are shared by 75 % × quality 0.80 = 60 %, less 2 % sequestration: $17,640.24. A dollar
more of claims takes $0.588 off.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from contract_sample import settlement as aco
from ledger_sample import usd
from openvbc.contract.facts import FirstOf
from openvbc.contract.population import contract_analyses, truncation_cuts
from openvbc.contract.settle import settle
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document
from openvbc.contract.tables import TableFacts
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.ledger.replay import replayed, state_of
from openvbc.money import decimal_text, dollars
from openvbc.reconcile.keys import PROBE, keyed
from openvbc.reconcile.mixture import Mixture
from openvbc.reconcile.pack import TABLES, Pack, write_pack
from twin_sample import resealed

SALT: Final = b"sixteen bytes or more"
YEAR: Final = "PY2025"
BASES: Final = tuple(f"{YEAR}.base_{it}" for it in (1, 2, 3))
TYPE: Final = "aged_nondual"
E9: Final = 10**9

WITHOUT_MONTHS: Final = (
    f"SELECT '{YEAR}', sha256('without months ' || i), TRUE, FALSE FROM range(5000) AS t(i)"
)
"""People assigned without a month: below 5,000 the elected minimum rate would not hold."""

FACTS: Final[Mapping[str, str]] = {
    "completion_factor: {unit: rate, value: 1.013": "completion_factor: {unit: rate, value: 1",
    "acpt_growth: {unit: rate, value: 1.049": "acpt_growth: {unit: rate, value: 1",
    "quality_standard_met: {unit: flag, value: true": (
        "quality_standard_met: {unit: flag, value: false"
    ),
    "  quality_score: {unit: rate, value: 0.86": (
        "  alternative_standard_met: {unit: flag, value: true, source: report, "
        "received_on: 2026-07-15}\n"
        "  quality_score: {unit: rate, value: 0.80"
    ),
}
"""How the sample's settlement is changed for both sides."""


@dataclass
class Claim:
    """A claim as a pack has it, with ids for keys."""

    period: str
    claim: str
    member: str
    cents: int
    version: int = 1
    kind: str = "original"
    effective_on: date = date(2025, 6, 1)
    received_on: date = date(2025, 6, 2)
    sensitive: bool = False
    status: str = "counts"
    enrolment_type: str = TYPE


@dataclass
class Member:
    """A member's months and score in one period."""

    months: int = 12
    hcc_e9: int = E9


@dataclass
class Side:
    """What one side has: who is assigned, who is withheld, months and scores, claims."""

    members: dict[tuple[str, str], Member] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)
    facts: dict[str, str] = field(default_factory=lambda: dict(FACTS))
    parameters: dict[str, str] = field(default_factory=dict)

    def claim(self, name: str) -> Claim:
        """The claim of an id."""
        return next(it for it in self.claims if it.claim == name)


def side() -> Side:
    """A side as both have it before anything is seeded."""
    found = Side()
    for number in range(1, 11):
        name = f"M{number:02}"
        for period in (*BASES, YEAR):
            found.members[period, name] = Member()
            cents = usd("9,000.00") if period == YEAR else usd("12,000.00")
            found.claims.append(Claim(period, f"{name}/{period}", name, cents))
    found.claim(f"M05/{YEAR}").cents = usd("8,999.60")
    return found


def settlement_of(folder: Path, facts: Mapping[str, str]) -> Settlement:
    """The sample's settlement with some words changed."""
    folder.mkdir(parents=True, exist_ok=True)
    return aco(folder, facts)


def pack(folder: Path, one: Side, more: int = 0) -> Pack:
    """A side's pack with the statement that its rows come to; more: cents stated beyond it."""
    settlement = settlement_of(folder / "files", one.facts)
    rows = written(folder / "rows", one, settlement, {})
    statement = _stated(_settled(rows, settlement), one, more)
    return written(folder / "pack", one, settlement, statement)


def written(folder: Path, one: Side, settlement: Settlement, statement: Document) -> Pack:
    """A side's rows as a pack beside a statement; without one, beside its as_of alone."""
    bare = {"statement_id": "", "as_of": settlement.shape.as_of.isoformat()}
    with TemporaryDirectory() as spill:
        engine = DuckDBEngine("200MB", Path(spill))
        try:
            selects = _named(engine, one, settlement)
            return write_pack(folder, engine, selects, statement or bare, keyed(PROBE, SALT))
        finally:
            engine.close()


def _settled(rows: Pack, settlement: Settlement) -> Document:
    """The statement of the cells that some rows come to."""
    mixture = Mixture(rows, rows)
    try:
        counted = TableFacts(mixture.engine, settlement)
        done = settle(settlement, FirstOf([counted, settlement.facts()]), "run")
    finally:
        mixture.close()
    assert done.holds, done.problems
    return done.document


def _stated(document: Document, one: Side, more: int) -> Document:
    """A statement made by other parameters, or that pays more than its lines come to."""
    copy = deepcopy(document)
    for line in copy["lines"]:
        if line["path"] in one.parameters:
            line["value"] = one.parameters[line["path"]]
    cents = replayed(state_of(copy), "mssp") + more
    copy["payments"][0]["amount"] = decimal_text(dollars(cents))
    return resealed(copy)


def _named(engine: DuckDBEngine, one: Side, settlement: Settlement) -> dict[str, str]:
    """The side's rows as tables of an engine, and a SELECT of each."""
    rows: dict[str, list[list[Any]]] = {
        "contract_period": _listed("contract_period", settlement.contract_periods()),
        "contract_analysis": _listed("contract_analysis", contract_analyses([settlement])),
        "truncation_cut": _listed("truncation_cut", truncation_cuts([settlement])),
        "attribution": _attribution(one),
        "member": [_member(one, period, name, it) for (period, name), it in one.members.items()],
        "claim": [_claim(it) for it in one.claims],
    }
    for name, found in rows.items():
        engine.rows_as_table(f"given_{name}", TABLES[name], found)
    selects = {name: f"SELECT * FROM given_{name}" for name in TABLES}
    return {**selects, "attribution": f"{selects['attribution']} UNION ALL {WITHOUT_MONTHS}"}


def _listed(table: str, rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    return [[row[name] for name in TABLES[table]] for row in rows]


def _attribution(one: Side) -> list[list[Any]]:
    periods = (*BASES, YEAR)
    known = {*one.members, *((period, name) for period in periods for name in one.withheld)}
    return [
        [period, keyed(name, SALT), (period, name) in one.members, name in one.withheld]
        for period, name in known
    ]


def _member(one: Side, period: str, name: str, it: Member) -> list[Any]:
    counted = [c.cents for c in one.claims if (c.period, c.member) == (period, name)]
    cents = sum(counted)
    scores = [it.hcc_e9, E9]
    return [period, keyed(name, SALT), TYPE, it.months, *scores, cents, 0, cents]


def _claim(it: Claim) -> list[Any]:
    keys = [it.period, keyed(it.claim, SALT), keyed(it.member, SALT), it.enrolment_type]
    days = [it.effective_on, it.effective_on, it.received_on]
    return [*keys, it.version, it.kind, *days, it.sensitive, it.status, it.cents, 0]


class RowSeed(NamedTuple):
    """A cause: its class, what changes on their side, and its dollars."""

    kind: str
    change: Callable[[Side], None]
    dollars: str


def _new(name: str, member: str, amount: str, **other: Any) -> Callable[[Side], None]:
    return lambda it: it.claims.append(Claim(YEAR, name, member, usd(amount), **other))


def _adjusted(it: Side) -> None:
    claim = it.claim(f"M02/{YEAR}")
    claim.version, claim.kind, claim.effective_on = 2, "adjust", date(2025, 11, 1)
    claim.cents += usd("400.50")


def _later(it: Side) -> None:
    it.facts["as_of: 2026-08-31"] = "as_of: 2026-09-30"
    _new("late", "M08", "2,000.00", received_on=date(2026, 9, 20))(it)


def _assigned(it: Side) -> None:
    it.members[YEAR, "M11"] = Member()
    _new("of M11", "M11", "9,500.00")(it)


def _months(it: Side) -> None:
    it.members[YEAR, "M03"].months = 11


def _score(it: Side) -> None:
    it.members[YEAR, "M04"].hcc_e9 = E9 + E9 // 10


def _quality(it: Side) -> None:
    name = "  quality_score: {unit: rate, value: 0.86"
    it.facts[name] = it.facts[name].replace("0.80", "0.70")


def _parameter(it: Side) -> None:
    it.parameters["parameters/sequestration_rate"] = "0.03"


def _rounded(it: Side) -> None:
    it.claim(f"M05/{YEAR}").cents = usd("9,000.00")


ROW_SEEDS: Final = (
    # $30,000.40 × 60 % × 97 % = $17,460.23.
    RowSeed("parameter version", _parameter, "-180.01"),
    # Benchmark $12,000 and claims of $9,500 more: $2,500 × 0.588.
    RowSeed("attribution", _assigned, "1,470.00"),
    # A twelfth of a person-year less: $1,000 of benchmark × 0.588.
    RowSeed("enrolment months", _months, "-588.00"),
    # $1,000 × 0.588.
    RowSeed("missing claim", _new("new", "M01", "1,000.00"), "-588.00"),
    # $400.50 × 0.588 = $235.494: $17,640.2352 − $235.494 = $17,404.74.
    RowSeed("later adjustment", _adjusted, "-235.50"),
    # $2,000 × 0.588.
    RowSeed("run-out or completion", _later, "-1,176.00"),
    # One of ten scores 1.1: the benchmark grows by 1 %, $1,200 × 0.588.
    RowSeed("risk score", _score, "705.60"),
    # $30,000.40 × 75 % × 0.70 × 98 % = $15,435.21.
    RowSeed("quality", _quality, "-2,205.03"),
    # $0.40 × 0.588: $17,640.2352 − $0.2352 = $17,640.00.
    RowSeed("rounding", _rounded, "-0.24"),
    # $500 × 0.588.
    RowSeed("withheld data", _new("quiet", "M06", "500.00", sensitive=True), "-294.00"),
)


def other_amount(it: Side) -> None:
    """One claim and version with $12.34 more: nothing in the rows says why."""
    it.claim(f"M07/{YEAR}").cents += usd("12.34")


def opted_out(it: Side) -> None:
    """M11 opted out: they say so, and still assign and count M11."""
    it.withheld.add("M11")
    _assigned(it)


def seeded(folder: Path, *changes: Callable[[Side], None], more: int = 0) -> Pack:
    """The pack of a side in which some causes are seeded."""
    found = side()
    for change in changes:
        change(found)
    return pack(folder, found, more)
