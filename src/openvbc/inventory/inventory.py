"""The inventory of a workspace: what arrived, what of it holds, how complete it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from openvbc.engine.connection import connect
from openvbc.inventory.arrival import Delivery, deliveries
from openvbc.inventory.check import Check
from openvbc.inventory.completion import Factors, factors
from openvbc.inventory.control import Control, declared, summarised
from openvbc.inventory.evaluate import Months, Payer, by_payer, checks, evaluate
from openvbc.inventory.expectation import read_expectations
from openvbc.inventory.measure import Measured, figures, measure
from openvbc.inventory.pattern import History, Slot, histories
from openvbc.inventory.result import Result, Status
from openvbc.inventory.small import is_small
from openvbc.inventory.suggest import Suggestion, suggestions
from openvbc.inventory.trail import Came, came, came_again, known_arrivals, refusals
from openvbc.inventory.triangle import triangles
from openvbc.sources.arrivals import Arrival
from openvbc.workspace import Workspace

SCHEMA: Final = "openvbc.inventory/1"

ARRIVAL: Final = (
    "delivery_missing",
    "delivery_late",
    "delivery_repeated",
    "delivery_files",
    "delivery_rows",
)


@dataclass(frozen=True)
class Inventory:
    """Everything that `vbc sources` shows, as known on a day."""

    as_of: date
    histories: tuple[History, ...]
    arrivals: Mapping[str, Sequence[Came]]
    controls: tuple[Control, ...]
    results: tuple[Result, ...]
    factors: tuple[Factors, ...]
    suggestions: tuple[Suggestion, ...]
    months: Mapping[Payer, Months]
    through: Mapping[str, Mapping[str, date]]
    basis: str

    @property
    def fails(self) -> list[Result]:
        """The checks of severity error that failed."""
        return [it for it in self.results if it.fails]

    def to_json(self) -> Mapping[str, Any]:
        """The inventory for other programs; small counts are left out."""
        return {
            "schema": SCHEMA,
            "as_of": self.as_of.isoformat(),
            "sources": [
                _history_json(it, self.through.get(it.source, {})) for it in self.histories
            ],
            "arrivals": {
                source: [it.to_json() for it in found] for source, found in self.arrivals.items()
            },
            "control_totals": [it.to_json() for it in self.controls],
            "checks": [it.to_json() for it in self.results],
            "months": list(_months_json(self.months)),
            "completion": {
                "basis": self.basis,
                "factors": [row for it in self.factors for row in it.rows()],
                "suggestions": [it.to_json() for it in self.suggestions],
            },
        }


def inventory(workspace: Workspace, as_of: date) -> Inventory:
    """Take the inventory of a workspace as of a day.

    Raises InputError where expectations.yaml, a contract or a settlement is wrong.
    """
    expectations = read_expectations(workspace.root)
    how = expectations.shape.completion
    settings = workspace.settings
    memory = f"{settings.memory_mb * 7 // 10}MB"
    with connect(memory, 1, workspace.data / "spill") as connection:
        found = deliveries(workspace.data, expectations, connection)
        records = figures(workspace.data, connection)
    known = [it for it in found if it.received_on <= as_of]
    measured = measure(workspace.data, as_of, how.basis, memory, settings.workers)
    held = checks(expectations.shape.checks)
    trail = known_arrivals(workspace.data, as_of)
    history = histories(known, expectations, as_of, came_again(trail))
    controls = [
        *declared(expectations, known, measured),
        *summarised(workspace.data, known, records),
    ]
    runs = tuple(factors(it, how) for it in triangles(measured.moves, measured.moved, as_of))
    settlements = list(workspace.settlements.values())
    return Inventory(
        as_of=as_of,
        histories=tuple(history),
        arrivals=came(trail, history),
        controls=tuple(controls),
        results=tuple(_results(held, history, controls, measured, known, trail, as_of)),
        factors=runs,
        suggestions=tuple(suggestions(settlements, measured, how, as_of)),
        months=by_payer(measured),
        through=measured.through,
        basis=how.basis,
    )


def _results(
    held: Mapping[str, Check],
    history: Sequence[History],
    controls: Sequence[Control],
    measured: Measured,
    found: Sequence[Delivery],
    trail: Sequence[Arrival],
    as_of: date,
) -> list[Result]:
    """All results, in the order in which the checks are declared."""
    results = [*_arrivals(held, history), *_totals(held["control_total"], controls)]
    results += refusals(held["delivery_refused"], trail)
    results += evaluate(held, measured, found, as_of)
    order = list(held)
    return sorted(results, key=lambda it: (order.index(it.check.id), it.scope))


def _arrivals(held: Mapping[str, Check], history: Sequence[History]) -> Iterator[Result]:
    for source in history:
        for name in ARRIVAL:
            if _applies(name, source):
                yield _arrival(held[name], source)


def _applies(name: str, history: History) -> bool:
    """Whether anything is known of a source that the check could hold it to."""
    if name == "delivery_repeated":
        return True
    if name == "delivery_files":
        return history.declared is not None and bool(history.declared.files)
    if name == "delivery_rows" and history.declared is not None:
        return bool(history.declared.rows)
    return history.declared is not None or history.learned is not None


def _arrival(check: Check, history: History) -> Result:
    learned = history.declared is None and check.learned is not None
    severity = check.learned if learned and check.learned else check.severity
    said = [_faults(slot, check.id) for slot in history.slots]
    details = tuple(line for lines in said for line in lines)
    status: Status = "fail" if details else "pass"
    told = (
        history.pattern if check.id != "delivery_repeated" else "by content of the files and rows"
    )
    return Result(check, history.source, status, severity, told, details=details)


def _faults(slot: Slot, name: str) -> list[str]:
    return [f"{slot.month:%Y-%m}: {what}" for fault, what in slot.faults if fault == name]


def _totals(check: Check, controls: Sequence[Control]) -> Iterator[Result]:
    for source in sorted({it.source for it in controls}):
        mine = [it for it in controls if it.source == source]
        details = tuple(str(it) for it in mine if not it.agrees)
        status: Status = "fail" if details else "pass"
        totals = f"{len(mine)} stated"
        yield Result(check, source, status, check.severity, totals, details=details)


def _history_json(history: History, through: Mapping[str, date]) -> Mapping[str, Any]:
    return {
        "source": history.source,
        "pattern": history.pattern,
        "through": {key: day.isoformat() for key, day in through.items()},
        "months": [_slot_json(it) for it in history.slots],
    }


def _slot_json(slot: Slot) -> Mapping[str, Any]:
    return {
        "month": f"{slot.month:%Y-%m}",
        "due": slot.due.isoformat() if slot.due else None,
        "arrived": slot.arrived,
        "days_late": slot.days_late,
        "faults": [{"check": name, "what": what} for name, what in slot.faults],
        "deliveries": [_delivery_json(it) for it in slot.deliveries],
    }


def _delivery_json(it: Delivery) -> Mapping[str, Any]:
    return {
        "load_id": it.load_id,
        "kind": it.kind,
        "received_on": it.received_on.isoformat(),
        "received_told": it.received_told,
        "loaded_on": it.loaded_on.isoformat(),
        "month_told": it.month_told,
        "files": list(it.files),
        "rows": {name: None if is_small(rows) else rows for name, rows in it.rows.items()},
        "set_aside": None if is_small(it.set_aside) else it.set_aside,
        "redelivered": None if is_small(it.redelivered) else it.redelivered,
        "repeats": dict(it.repeats),
    }


def _months_json(months: Mapping[Payer, Months]) -> Iterator[Mapping[str, Any]]:
    for payer, by_month in months.items():
        for month, it in by_month.items():
            few = is_small(it["persons"]) or is_small(it["member_months"])
            names = ("claims", "member_months", "paid_cents")
            yield {
                "payer": payer[0],
                "line_of_business": payer[1],
                "month": f"{month:%Y-%m}",
                **{name: None if few or is_small(it[name]) else it[name] for name in names},
            }
