"""The episodes of a contract: how many, what they cost by service, why each line is in or out."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from openvbc.confidentiality.release import Release, asked_release
from openvbc.confidentiality.withhold import Withholding, told
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    SensitiveOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.contract.settlement import Settlement
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem, near
from openvbc.explain.descend import EPISODE_LINE
from openvbc.explain.levels import Explanation, Level
from openvbc.workspace import Workspace

HERE = Path()

SERVICES: Final = ("inpatient", "outpatient", "professional", "post_acute", "other_service")

_CELLS: Final = """
SELECT episode_type, episodes, counted_cents, truncated_cents, own_cents, other_cents,
    inpatient_cents, outpatient_cents, professional_cents, post_acute_cents, other_service_cents
FROM episode_cell WHERE contract_id = ? AND period_id = ? ORDER BY episode_type
"""

_NOT_STARTED: Final = """
SELECT episode_type, reason, COUNT(*) AS claims
FROM trigger_claim WHERE contract_id = ? AND period_id = ? AND NOT starts
GROUP BY episode_type, reason ORDER BY episode_type, reason
"""

_EPISODES: Final = """
SELECT claim_key AS episode, episode_type, person_id, trigger_id, anchor_first_day,
    anchor_last_day, first_day, last_day, accountable_npi, accountable_tin, accountable_ccn,
    lines, included_lines, window_cents, excluded_cents, included_cents, truncated_cents,
    counted_cents, paid_cents, own_cents, other_cents, inpatient_cents, outpatient_cents,
    professional_cents, post_acute_cents, other_service_cents
FROM episode WHERE contract_id = ? AND period_id = ? AND {shown}
ORDER BY episode_type, anchor_first_day, claim_key
"""

_LINES: Final = """
SELECT l.episode_claim_key AS episode, l.episode_type, l.person_id, l.day, l.line_date,
    l.claim_key, l.version_number, l.claim_line_number, l.service, l.is_own, l.included,
    l.rule_id, l.says, l.line_cents, l.included_cents, l.excluded_cents, l.paid_cents
FROM episode_line AS l WHERE l.contract_id = ? AND l.period_id = ? AND {shown}
ORDER BY l.episode_type, l.episode_claim_key, l.day, l.claim_key, l.version_number,
    l.claim_line_number
"""

_SHOWN: Final = ("episode", "episode_type", "person_id", "anchor_first_day", "anchor_last_day",
                 "accountable_npi", "included_lines", "lines", "included_cents", "truncated_cents",
                 "counted_cents", "own_cents", "other_cents")  # fmt: skip
_SHOWN_LINE: Final = ("episode", *EPISODE_LINE[1:])

Rows = tuple[list[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Episodes:
    """What a settlement counts: totals by type, episodes, their lines, and triggers without one."""

    settlement: Settlement
    run_id: str
    cells: Rows
    not_started: Rows
    episodes: Rows
    lines: Rows
    withheld: int = 0
    withheld_lines: int = 0

    def counts(self, *, lines: bool) -> dict[str, int]:
        """Rows that may be shown, and rows that are left out."""
        shown = len((self.lines if lines else self.episodes)[1])
        return {"shown": shown, "withheld": self.withheld_lines if lines else self.withheld}

    def to_json(self, *, lines: bool) -> dict[str, Any]:
        """For other programs; amounts in whole cents, means as whole cents rounded half up."""
        found = {
            "settlement": self.settlement.id,
            "run_id": self.run_id,
            "types": [{**it, "per_episode": _means(it)} for it in _dicts(self.cells)],
            "triggers_without_episode": _dicts(self.not_started),
            "episodes": _dicts(self.episodes),
            "withheld": {"episodes": told(self.withheld), "lines": told(self.withheld_lines)},
        }
        return {**found, "lines": _dicts(self.lines)} if lines else found

    def shown(self, *, lines: bool, rows: int) -> Explanation:
        """For people: totals and means by service, then the episodes, or their lines."""
        head = [("settlement", self.settlement.id), ("run", self.run_id)]
        levels = [_by_type(self.cells), _by_service(self.cells), _plain(self.not_started)]
        if lines:
            what = "claim lines in the windows (episode_line)"
            found, hidden = self.lines, self.withheld_lines
            level = _level(what, found, _SHOWN_LINE, "included_cents", rows)
        else:
            found, hidden = self.episodes, self.withheld
            level = _level("episodes (episode)", found, _SHOWN, "included_cents", rows)
        levels.append(replace(level, withheld=hidden))
        return Explanation(head, tuple(levels))


def _dicts(rows: Rows) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1]]


def _each(cents: int, episodes: int) -> int | None:
    """Whole cents of one episode, rounded half up; None without episodes."""
    return (2 * cents + episodes) // (2 * episodes) if episodes else None


def _means(cell: dict[str, Any]) -> dict[str, int | None]:
    names = ("counted_cents", *(f"{it}_cents" for it in SERVICES))
    return {name: _each(cell[name], cell["episodes"]) for name in names}


def _by_type(cells: Rows) -> Level:
    columns = ("episode_type", "episodes", "counted_cents", "truncated_cents", "own_cents",
               "other_cents")  # fmt: skip
    return _level("types of episode (episode_cell)", cells, columns, "counted_cents", len(cells[1]))


def _by_service(cells: Rows) -> Level:
    """Mean claims of an episode, by service."""
    names = ("counted_cents", *(f"{it}_cents" for it in SERVICES))
    rows = [(it["episode_type"], *_means(it).values()) for it in _dicts(cells)]
    return Level("mean of one episode, by service", ("episode_type", *names), rows, len(rows))


def _plain(rows: Rows) -> Level:
    return Level("trigger claims without an episode (trigger_claim)", *rows, len(rows[1]))


def _level(title: str, found: Rows, columns: Sequence[str], summed: str, rows: int) -> Level:
    dicts = _dicts(found)
    shown = [tuple(it[name] for name in columns) for it in dicts[:rows]]
    total = sum(it[summed] for it in dicts)
    return Level(title, columns, shown, len(dicts), total, "cents")


def find_counted(workspace: Workspace, name: str | None) -> Settlement:
    """The settlement of a contract or settlement name that counts episodes, or the only one.

    Raises InputError naming those there are.
    """
    counted = {it.id: it for it in workspace.settlements.values() if it.contract.shape.episodes}
    if not counted:
        what = "no contract counts episodes from claims; add episodes: to one (docs/episodes.md)"
        raise InputError(Problem(str(workspace.root), what))
    found = [it for it in counted.values() if name in {None, it.id, it.contract.id}]
    if len(found) == 1:
        return found[0]
    if name is None or found:
        which = ", ".join(it.id for it in found)
        raise InputError(Problem(name or "episodes", f"which settlement? there are: {which}"))
    known = [*counted, *(it.contract.id for it in counted.values())]
    raise InputError(Problem(name, f"no contract that counts episodes{near(name, known)}"))


def read_episodes(
    workspace: Workspace,
    name: str | None,
    episode: str | None = None,
    release: Release | None = None,
) -> Episodes:
    """The episodes of a settlement in the run in force; episode: the trigger claim of only one.

    Totals are of all; episodes and lines of claims that are withheld are left out.

    Raises InputError where the run is out of date, or there is no such episode.
    """
    settlement = find_counted(workspace, name)
    run = workspace.fresh_run()
    engine = run.open()
    try:
        withholding = Withholding(engine, run, workspace.root, release or Release())
        cells, none, episodes, lines = _read(engine, settlement, withholding)
        hidden = tuple(_hidden(engine, settlement, withholding))
    finally:
        engine.close()
    if episode is not None:
        episodes, lines = (
            (it[0], [row for row in it[1] if row[0] == episode]) for it in (episodes, lines)
        )
        if not episodes[1]:
            what = "no episode is called so; its id is its trigger claim's claim_key"
            raise InputError(Problem("--episode", what))
    return Episodes(settlement, run.id, cells, none, episodes, lines, *hidden)


def _read(engine: DuckDBEngine, settlement: Settlement, withholding: Withholding) -> Iterator[Rows]:
    keys = [settlement.contract.id, settlement.shape.period]
    episodes = _EPISODES.format(shown=withholding.shown_claim)
    lines = _LINES.format(shown=withholding.shown_episode_line)
    return iter([engine.columns(it, keys) for it in (_CELLS, _NOT_STARTED, episodes, lines)])


def _hidden(
    engine: DuckDBEngine, settlement: Settlement, withholding: Withholding
) -> Iterator[int]:
    """How many episodes, and how many lines, are withheld."""
    keys = [settlement.contract.id, settlement.shape.period]
    for table, shown in (
        ("episode", withholding.shown_claim),
        ("episode_line", withholding.shown_episode_line),
    ):
        select = f"SELECT count(*) FROM {table} WHERE contract_id = ? AND period_id = ?"
        yield int(engine.rows(f"{select} AND NOT ({shown})", keys)[0][0])


def _write(rows: Rows, path: Path) -> None:
    """Write rows as CSV, or as Parquet where the file is called so."""
    if path.suffix not in {".csv", ".parquet"}:
        raise InputError(Problem(str(path), "expected a file called .csv or .parquet"))
    if not path.parent.is_dir():
        raise InputError(Problem(str(path), f"there is no folder {path.parent}; make it"))
    if path.suffix == ".parquet":
        _write_parquet(rows, path)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows(rows[1])


def _write_parquet(rows: Rows, path: Path) -> None:
    engine = DuckDBEngine("200MB", path.parent)
    try:
        schema = {name: _type(name) for name in rows[0]}
        engine.rows_as_table("found", schema, rows[1])
        engine.write("SELECT * FROM found", schema, rows[0], path)
    finally:
        engine.close()


def _type(name: str) -> str:
    """The Parquet type of a column, by its name: dates, flags, numbers, and text for the rest."""
    if name in {"is_own", "included"}:
        return "BOOLEAN"
    if name.endswith(("_date", "_day")):
        return "DATE"
    numbers = {"day", "lines", "included_lines", "version_number", "claim_line_number"}
    return "BIGINT" if name.endswith("_cents") or name in numbers else "VARCHAR"


def episodes(
    contract: Annotated[
        str | None,
        typer.Argument(help="A contract, or a settlement (contract_period).", show_default="only"),
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Every claim line in the windows, with its rule.")
    ] = False,
    episode: Annotated[
        str | None, typer.Option(help="One episode, by its trigger claim's key.")
    ] = None,
    write_to: Annotated[
        Path | None,
        typer.Option("--out", help="Write the episodes (or lines) here: .csv or .parquet."),
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show.")] = 20,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show the episodes that a contract counts from claims, and why each line is in or out."""
    release = asked_release(purpose, recipient, with_sensitive=with_sensitive)
    space = Workspace(workspace)
    _ = space.settings
    space.check_use(release.purpose, recipient=recipient)
    found = read_episodes(space, contract, episode, release)
    space.record("episodes", release, found.counts(lines=lines), settlement=found.settlement.id)
    if write_to is not None:
        _write(found.lines if lines else found.episodes, write_to)
    if as_json:
        print_json(found.to_json(lines=lines))
    else:
        out.print(found.shown(lines=lines, rows=rows))
