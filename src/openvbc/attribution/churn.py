"""Churn: who stayed, joined and left between two periods, and why; counts that add up to both."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import CheckFailedError, InputError, Problem, near

ASSIGNED: Final = "assigned_state.sql"
ATTRIBUTED: Final = "attributed_state.sql"
OF_CONTRACT: Final = "contract_state.sql"

PERIODS: Final = """
SELECT attribution_id, method, analysis_id, period FROM attribution_period ORDER BY first_day, 1
"""

NAMES: Final = ("unit", "change", "cause", "reason", "other", "persons")


@dataclass(frozen=True)
class Change:
    """People of one unit who stayed, left or joined for one cause.

    cause: stayed, died, eligibility, another_aco, another_practice, another_unit, tie or no_visit.
    reason is that of the attribution table; other: to or from whom, empty where nobody.
    """

    unit: str
    change: str
    cause: str
    reason: str
    other: str
    persons: int


@dataclass(frozen=True)
class Churn:
    """What became of the people of each unit from one period to another."""

    name: str
    from_period: str
    to_period: str
    changes: tuple[Change, ...]

    def total(self, unit: str, *kinds: str) -> int:
        """People of a unit who stayed, left or joined."""
        return sum(it.persons for it in self.changes if it.unit == unit and it.change in kinds)

    @property
    def units(self) -> tuple[str, ...]:
        """The units, in order."""
        return tuple(dict.fromkeys(it.unit for it in self.changes))

    def totals(self) -> list[dict[str, Any]]:
        """One row for each unit: before = stayed + left, after = stayed + joined."""
        return [
            {
                "unit": unit,
                "before": self.total(unit, "stayed", "left"),
                "stayed": self.total(unit, "stayed"),
                "left": self.total(unit, "left"),
                "joined": self.total(unit, "joined"),
                "after": self.total(unit, "stayed", "joined"),
            }
            for unit in self.units
        ]

    def only(self, unit: str | None) -> "Churn":
        """The same of one unit; raises InputError where nobody is or was attributed to it."""
        if unit is None:
            return self
        if unit not in self.units:
            raise InputError(Problem("--unit", f"nobody came to or went from {unit}"))
        kept = tuple(it for it in self.changes if it.unit == unit)
        return Churn(self.name, self.from_period, self.to_period, kept)

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "name": self.name,
            "from": self.from_period,
            "to": self.to_period,
            "totals": self.totals(),
            "changes": [asdict(it) for it in self.changes],
        }


def contract_churn(engine: DuckDBEngine, contract: str, periods: tuple[str | None, str]) -> Churn:
    """Churn of a contract between two of its periods, by id; without the first, the one before.

    Raises InputError for a period that the run does not have, and where they are the other way
    round.
    """
    sql = "SELECT period_id, first_day FROM contract_period WHERE contract_id = ? ORDER BY 2, 1"
    found = {str(name): day for name, day in engine.rows(sql, [contract])}
    before, after = periods
    _known(after, found, "--to")
    if before is None:
        earlier = [name for name, day in found.items() if day < found[after]]
        if not earlier:
            what = f"no period of {contract} is before {after}; name one with --from"
            raise InputError(Problem("--from", what))
        before = earlier[-1]
    _known(before, found, "--from")
    _must_be_earlier(before, after, earlier=found[before] < found[after])
    declared = engine.rows("SELECT 1 FROM contract_analysis WHERE contract_id = ?", [contract])
    return _churn(engine, OF_CONTRACT if declared else ASSIGNED, contract, (before, after))


def analysis_churn(
    engine: DuckDBEngine, name: str, method: str | None, periods: tuple[str | None, str | None]
) -> Churn:
    """Churn of a method of an analysis between two periods: 2024, 2025Q1; else the last two.

    Raises InputError for an analysis, a method or a period that the run does not have.
    """
    rows = [it for it in engine.rows(PERIODS) if str(it[2]).rpartition("/")[0] == name]
    methods = {str(it[1]) for it in rows}
    if not rows:
        raise InputError(
            Problem(name, "no such settlement, nor an analysis that attributes people")
        )
    if method is None and len(methods) > 1:
        raise InputError(Problem("--method", f"which? there are: {', '.join(sorted(methods))}"))
    method = method or next(iter(methods))
    _known(method, methods, "--method")
    found = {_label(it): str(it[0]) for it in rows if it[1] == method}
    before, after = _last_two(found, periods)
    return _churn(engine, ATTRIBUTED, f"{name} {method}", (before, after), found)


def _label(row: Sequence[Any]) -> str:
    """2025 for a year's attribution, 2025Q1 for a quarter's."""
    year = str(row[2]).rpartition("/")[2]
    return year if row[3] == "year" else f"{year}{row[3]}"


def _last_two(found: dict[str, str], periods: tuple[str | None, str | None]) -> tuple[str, str]:
    labels = list(found)
    after = periods[1] or labels[-1]
    _known(after, found, "--to")
    at = labels.index(after)
    if periods[0] is None and at == 0:
        raise InputError(Problem("--from", f"no period is before {after}; name one"))
    before = periods[0] or labels[at - 1]
    _known(before, found, "--from")
    _must_be_earlier(before, after, earlier=labels.index(before) < at)
    return before, after


def _must_be_earlier(before: str, after: str, *, earlier: bool) -> None:
    if not earlier:
        what = f"{before} is not before {after}; say the earlier period here, the later with --to"
        raise InputError(Problem("--from", what))


def _known(name: str, known: Any, option: str) -> None:
    if name not in known:
        raise InputError(Problem(option, f"no {name}{near(name, known)}"))


def _churn(
    engine: DuckDBEngine,
    state: str,
    name: str,
    periods: tuple[str, str],
    ids: dict[str, str] | None = None,
) -> Churn:
    sides = [("from", periods[0]), ("to", periods[1])]
    rows = [(side, ids[period] if ids else period) for side, period in sides]
    engine.rows_as_table("asked_side", {"side": "VARCHAR", "period": "VARCHAR"}, rows)
    asked = _sql(state).replace("$name", "'" + name.replace("'", "''") + "'")
    engine.rows(f"CREATE OR REPLACE TEMP TABLE state AS {asked}")
    found = Churn(name, *periods, tuple(Change(*row) for row in engine.rows(_sql("churn.sql"))))
    _adds_up(engine, found)
    return found


def _adds_up(engine: DuckDBEngine, found: Churn) -> None:
    """Stayed and left are all people of the first period, stayed and joined all of the second."""
    sql = "SELECT side, unit, COUNT(*) FROM state WHERE unit IS NOT NULL GROUP BY side, unit"
    counted = {(side, unit): persons for side, unit, persons in engine.rows(sql)}
    for row in found.totals():
        for side, name in (("from", "before"), ("to", "after")):
            expected = counted.get((side, row["unit"]), 0)
            if row[name] != expected:
                what = f"{row[name]} people {name}, but {expected} are attributed"
                raise CheckFailedError([Problem(f"churn of {row['unit']}", what)])


def _sql(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
