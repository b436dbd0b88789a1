"""The figures of an analysis' panels, read from the run in force."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem, near
from openvbc.panel.figures import Figure, Row, access, continuity, count, flow, leakage, risk
from openvbc.workspace import Workspace

MEASURES: Final = ("panel", "continuity", "access", "leakage")
"""What an analysis may ask for, in the order in which it is shown."""

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "panel_continuity": ("unit_id", "level", "care"),
    "panel_access": ("unit_id",),
    "panel_leakage": ("unit_id", "claim_type", "service_code", "facility_ccn"),
    "panel_risk": ("unit_id", "risk_model"),
    "panel_flow": ("unit_id",),
}


@dataclass(frozen=True)
class Panels:
    """The panels of one year of an analysis, by practice (tin) or clinician (npi)."""

    analysis_id: str
    by: str
    run_id: str
    figures: tuple[Figure, ...]

    def of(self, measure: str) -> list[Figure]:
        """The figures of one measure."""
        return [it for it in self.figures if it.measure == measure]


def find_analysis(workspace: Workspace, name: str | None) -> str:
    """The analysis and year that asks for a measure of panels: by name, or the latest year.

    Raises InputError naming those there are.
    """
    asked = {
        (int(row["year"]), str(row["analysis_id"]))
        for rows in workspace.analyses.chosen().values()
        for row in rows
        if row["kind"] == "measure" and row["name"] in MEASURES
    }
    known = [label for _, label in sorted(asked)]
    if not known:
        what = "asks for none of the measures continuity, access, leakage, panel (docs/panel.md)"
        raise InputError(Problem("analyses.yaml", what))
    found = [it for it in known if name in {None, it, it.rpartition("/")[0]}]
    if not found:
        what = f"no analysis with measures of panels is called so{near(name or '', known)}"
        raise InputError(Problem("--analysis", what))
    if len({it.rpartition("/")[0] for it in found}) > 1:
        raise InputError(Problem("--analysis", f"which? there are: {', '.join(found)}"))
    return found[-1]


def read_panels(
    workspace: Workspace, name: str | None = None, by: str = "tin", unit: str | None = None
) -> Panels:
    """Every figure of the panels of an analysis; unit: one TIN (CCN of a clinic) or NPI only.

    Raises InputError where the run is out of date, or no panel is called so.
    """
    analysis = find_analysis(workspace, name)
    run = workspace.fresh_run()
    engine = run.open()
    try:
        units = [str(it) for (it,) in engine.rows(_UNITS, [analysis, by])]
        if unit is not None and unit not in units:
            raise InputError(Problem("--unit", f"no panel is called so in {analysis}, by {by}"))
        figures = tuple(_figures(engine, analysis, by, unit))
    finally:
        engine.close()
    return Panels(analysis, by, run.id, figures)


_UNITS: Final = "SELECT DISTINCT unit_id FROM panel_member WHERE analysis_id = ? AND unit_type = ?"
_SIZE: Final = """
SELECT unit_id, count(*) FROM panel_member WHERE analysis_id = ? AND unit_type = ?
GROUP BY unit_id ORDER BY unit_id
"""


def _figures(engine: DuckDBEngine, analysis: str, by: str, unit: str | None) -> Iterator[Figure]:
    for panel, persons in engine.rows(_SIZE, [analysis, by]):
        if unit in {None, panel}:
            yield count(panel, "panel", "people", "persons", persons)

    def groups(table: str) -> Iterator[list[Row]]:
        return _groups(engine, table, analysis, by, unit)

    for rows in groups("panel_risk"):
        yield from risk(rows[0])
    for rows in groups("panel_flow"):
        yield from flow(rows)
    for rows in groups("panel_continuity"):
        yield from continuity(rows)
    for rows in groups("panel_access"):
        yield from access(rows[0])
    for rows in groups("panel_leakage"):
        yield from leakage(rows)


def _groups(
    engine: DuckDBEngine, table: str, analysis: str, by: str, unit: str | None
) -> Iterator[list[Row]]:
    """The rows of a table that belong together, in the order of their keys."""
    keys = _KEYS[table]
    order = ", ".join(keys)
    given: list[Any] = [analysis, by]
    where = "analysis_id = ? AND unit_type = ?"
    if unit is not None:
        where, given = f"{where} AND unit_id = ?", [*given, unit]
    names, rows = engine.columns(f"SELECT * FROM {table} WHERE {where} ORDER BY {order}", given)
    dicts: Iterable[Row] = (dict(zip(names, row, strict=True)) for row in rows)
    for _, found in groupby(dicts, key=lambda row: [row[it] for it in keys]):
        yield [*found]
