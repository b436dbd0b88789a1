"""The commands `match propose`, `match show`, `match apply` and `person`."""

import os
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from openvbc import console
from openvbc.confidentiality.release import Release, asked_release
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    SensitiveOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.errors import InputError, Problem
from openvbc.identity.compare import pair_of, person_digest, side_by_side
from openvbc.identity.decisions import write_review
from openvbc.identity.joining import apply
from openvbc.identity.proposal import Proposal, propose
from openvbc.identity.show import (
    joined_text,
    proposals_text,
    sides_text,
    timeline_page,
    timeline_text,
)
from openvbc.identity.timeline import person_timeline
from openvbc.workspace import Workspace

HERE: Final = Path()
_OWNER_ONLY: Final = 0o600

match_app = typer.Typer(
    cls=console.Commands,
    no_args_is_help=True,
    help="Find people who are one person in two sources.",
)


def _today() -> date:
    return datetime.now().astimezone().date()


def _memory(space: Workspace) -> str:
    return f"{space.settings.memory_mb}MB"


@match_app.command("propose", epilog="Example: `vbc match propose --accept 0.99`")
def match_propose(
    file: Annotated[
        Path | None,
        typer.Option("--out", help="The review file.", show_default="matches/DAY.csv"),
    ] = None,
    certain: Annotated[
        bool, typer.Option("--certain", help="Only what shared numbers make certain.")
    ] = False,
    accept: Annotated[
        str | None,
        typer.Option(
            help="Decide clear pairs from this score on; doubtful ones stay open.",
            show_default="none is decided",
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Propose pairs of people who are one: certain, to be reviewed, rejected.

    Writes a review file with scores and reasons, and no names; nothing is joined before
    `match apply`.
    """
    space = Workspace(workspace)
    path = file or space.root / "matches" / f"{_today().isoformat()}.csv"
    space.check_use(Release().purpose)
    found = propose(
        space.data,
        memory=_memory(space),
        only_certain=certain,
        accept_from=_score(accept),
    )
    write_review(path, map(_row, found.proposals))
    out.print(proposals_text(found, path))


def _score(accept: str | None) -> Decimal | None:
    """A probability above one half; raises InputError for anything else."""
    try:
        score = None if accept is None else Decimal(accept)
    except InvalidOperation:
        score = Decimal(0)
    if score is not None and not Decimal("0.5") <= score <= 1:
        raise InputError(Problem("--accept", "expected a score from 0.5 to 1, such as 0.99"))
    return score


def _row(it: Proposal) -> dict[str, Any]:
    return {
        "person_id": it.person_id,
        "other_person_id": it.other_person_id,
        "group": it.group,
        "score": "" if it.score is None else it.score,
        "reasons": it.reasons,
        "decision": it.decision,
        "decided_by": it.decided_by,
        "decided_on": _today().isoformat() if it.decision else "",
    }


@match_app.command("show", epilog="Example: `vbc match show matches/2026-04-01.csv 17`")
def match_show(
    file: Annotated[Path, typer.Argument(help="The review file.")],
    line: Annotated[int, typer.Argument(help="Its line.")],
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what the records of both people of a line say; that you looked is noted."""
    space, release = Workspace(workspace), Release()
    space.check_use(release.purpose)
    people = pair_of(file, line)
    sides = side_by_side(space.data, people, memory=_memory(space))
    seen = " ".join(map(person_digest, people))
    space.record("match show", release, {"shown": sum(map(len, sides))}, people=seen)
    out.print(sides_text(sides))


@match_app.command("apply", epilog="Example: `vbc match apply matches/2026-04-01.csv`")
def match_apply(
    file: Annotated[Path, typer.Argument(help="The review file, with decisions.")],
    workspace: WorkspaceOption = HERE,
) -> None:
    """Carry out the decisions of a review file, wholly or not at all.

    The rows of both stand under one person from then on; run `vbc build` again after it.
    """
    space = Workspace(workspace)
    space.check_use(Release().purpose)
    out.print(joined_text(apply(space.data, file, memory=_memory(space))))


def person(
    person_id: Annotated[
        str, typer.Argument(help="A person_id, or any one number that the person is known by.")
    ],
    html: Annotated[Path | None, typer.Option("--html", help="Write a page here.")] = None,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    with_sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show one person's timeline over all sources, and where sources differ.

    That you looked is noted in data/audit.jsonl. What is loaded is shown; nothing need be built.
    """
    release = asked_release(purpose, recipient, with_sensitive=with_sensitive)
    space = Workspace(workspace)
    buckets, memory = space.settings.buckets, _memory(space)
    space.check_use(release.purpose, recipient=recipient)
    found = person_timeline(space.root, person_id, release, memory=memory, buckets=buckets)
    seen = person_digest(found.person_id)
    space.record("person", release, {"shown": len(found.events)}, people=seen)
    if html is not None:
        _write_page(html, timeline_page(found, _today()))
    if as_json:
        print_json(found.to_json())
    elif html is None:
        out.print(timeline_text(found))


def _write_page(path: Path, page: str) -> None:
    """Write a page that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(page)
