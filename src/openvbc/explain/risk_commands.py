"""The commands `risk score` and `risk summary`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc import console
from openvbc.confidentiality.release import asked_release
from openvbc.confidentiality.withhold import Withholding
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    SensitiveOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem
from openvbc.explain.levels import Explanation, Level
from openvbc.explain.pack_commands import add_pack_commands
from openvbc.explain.risk import PersonScores, score
from openvbc.explain.risk_summary import PEOPLE, summary_levels
from openvbc.workspace import Workspace

HERE: Final = Path()

risk_app = typer.Typer(
    cls=console.Commands, no_args_is_help=True, help="Risk scores: of a person, of everyone."
)

OutOption = Annotated[
    Path | None, typer.Option("--out", help="Write all rows to this file: .csv or .parquet.")
]

SCORES: Final = """
SELECT s.risk_model, q.year, q.line_of_business, q.paid_through, s.* EXCLUDE (risk_model)
FROM member_score AS s
JOIN risk_request AS q ON q.request_id = s.request_id
ORDER BY s.risk_model, q.year, q.line_of_business, q.paid_through, s.person_id
"""
OWNER_ONLY: Final = 0o600


@risk_app.command("score", epilog="Example: `vbc risk score --person P0000017`")
def risk_score(
    person: Annotated[
        str | None, typer.Option(help="Explain one person's scores.", show_default="all people's")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="Rows to show on each level.")] = 20,
    file: OutOption = None,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show risk scores: of a person down to the claims, or one row for each person and model.

    Which diagnosis on which claim gave which category, and what the hierarchy dropped.
    """
    release = asked_release(purpose, recipient, with_sensitive=with_sensitive)
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    run = space.run()
    engine = run.open()
    try:
        if person:
            _must_be_loaded(engine, person)
            withholding = Withholding(engine, run, space.root, release)
            scores = PersonScores(engine, person, withholding)
            found = Explanation([("person", person)], tuple(scores.levels(rows)))
            written = scores.evidence_select
        else:
            found, written = (
                Explanation([], [_everyone(engine, rows)]),
                SCORES,
            )
        _write(engine, written, file)
    finally:
        engine.close()
    space.record("risk score", release, found.counts)
    _show(found, as_json=as_json)


def _must_be_loaded(engine: DuckDBEngine, person: str) -> None:
    """Raises InputError for a person that no loaded table knows; the person is not named again."""
    known = "SELECT 1 FROM person WHERE person_id = ? UNION ALL "
    covered = "SELECT 1 FROM eligibility WHERE person_id = ? LIMIT 1"
    if not engine.rows(known + covered, [person, person]):
        raise InputError(Problem("--person", "no such person in the loaded data"))


def _everyone(engine: DuckDBEngine, rows: int) -> Level:
    """One row for each person and request, the first of them shown."""
    names, found = engine.columns(f"{SCORES} LIMIT {rows}")
    count = int(engine.rows("SELECT count(*) FROM member_score")[0][0])
    cells = [
        [score(it) if name.endswith("_e9") else it for name, it in zip(names, row, strict=True)]
        for row in found
    ]
    shown = [name.removesuffix("_e9") for name in names]
    return Level("scores (member_score)", shown, cells, count)


@risk_app.command("summary", epilog="Example: `vbc risk summary --out risk.csv`")
def risk_summary(
    file: OutOption = None,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show scores by model and segment, who has none and why, and what became of diagnoses.

    Counts of 1 to 10 are not told.
    """
    release = asked_release(purpose, recipient, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    engine = space.run().open()
    try:
        found = Explanation([], tuple(summary_levels(engine)))
        _write(engine, PEOPLE, file)
    finally:
        engine.close()
    space.record("risk summary", release, found.counts)
    _show(found, as_json=as_json)


def _write(engine: DuckDBEngine, select: str, file: Path | None) -> None:
    """Write a SELECT's rows for their owner alone; raises InputError for another kind of file."""
    if file is None:
        return
    kinds = {".csv": "FORMAT csv, HEADER", ".parquet": "FORMAT parquet, COMPRESSION zstd"}
    if file.suffix not in kinds:
        raise InputError(
            Problem("--out", f"found {file.suffix or file}, expected .csv or .parquet")
        )
    file.touch(OWNER_ONLY)
    quoted = str(file).replace("'", "''")
    engine.rows(f"COPY ({select}) TO '{quoted}' ({kinds[file.suffix]}, USE_TMP_FILE false)")


def _show(found: Explanation, *, as_json: bool) -> None:
    if as_json:
        print_json(found.to_json())
    else:
        out.print(found)


add_pack_commands(risk_app)
