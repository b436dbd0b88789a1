"""The workspace of docs/distribution.md and docs/governance.md, free to be changed."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from contract_sample import changed
from openvbc.contract.contract import read_contract
from openvbc.distribute.run import Distributed, distribute
from openvbc.engine.store import file_digest
from openvbc.governance.determination import clause_hash
from openvbc.publish import settle_and_publish
from openvbc.workspace import Workspace

DOCS: Final = Path(__file__).parents[1] / "docs"
FENCE: Final = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DAY: Final = date(2026, 9, 20)


def shown(page: str) -> dict[str, str]:
    """The files that a page shows, by name."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return {name: body for _, name, body in FENCE.findall(text)}


PAGE: Final = shown("distribution.md")
CONTRACT: Final = PAGE["contracts/pinewood.yaml"]
MEASURES: Final = PAGE["settlements/pinewood_PY2025_shares.csv"]
SETTLEMENT: Final = PAGE["settlements/pinewood_PY2025.yaml"]


def write_space(
    root: Path,
    contract: Mapping[str, str] | None = None,
    measures: Mapping[str, str] | None = None,
    settlement: Mapping[str, str] | None = None,
) -> Path:
    """The workspace without a minute book, words replaced."""
    for name in ("contracts", "settlements", "data"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "vbc.toml").write_text("buckets = 2\n")
    texts = {
        "contracts/pinewood.yaml": changed(CONTRACT, contract or {}),
        "settlements/pinewood_PY2025_shares.csv": changed(MEASURES, measures or {}),
        "settlements/pinewood_PY2025.yaml": changed(SETTLEMENT, settlement or {}),
    }
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def settled(root: Path) -> Workspace:
    """The workspace, read anew and settled."""
    space = Workspace(root)
    outcome = settle_and_publish(space, None)
    assert outcome.holds, outcome.problems
    return Workspace(root)


def distributed(root: Path, *, dry_run: bool = False, day: date = DAY) -> Distributed:
    """The settlement's distribution, of the files as they are."""
    return distribute(settled(root), None, day=day, dry_run=dry_run)


def clause(root: Path) -> str:
    """The hash of the contract's clauses as they are."""
    return clause_hash(read_contract(root / "contracts" / "pinewood.yaml"))


def add_record(root: Path, kind: str, day: str, body: str) -> Path:
    """A further record of the minute book, with the hash of the one before."""
    folder = root / "governance"
    folder.mkdir(exist_ok=True)
    before = sorted(folder.glob("*.yaml"))
    previous = file_digest(before[-1]) if before else "none"
    head = f"record: {len(before) + 1}\nkind: {kind}\ncontract: pinewood\ndate: {day}\n"
    path = folder / f"{len(before) + 1:04}.yaml"
    path.write_text(f"{head}previous: {previous}\n{body}\n", encoding="utf-8")
    return path


VOTES: Final = "{primary_care_1: for, primary_care_2: for, specialty_1: for, consumer_1: against}"


def decide(root: Path, name: str = "rules", votes: str = VOTES, **dates: str) -> None:
    """A proposal of the clauses as they are, and the votes on it."""
    proposed, voted = dates.get("proposed", "2024-11-01"), dates.get("voted", "2024-11-15")
    add_record(
        root,
        "proposal",
        proposed,
        f"proposal: {name}\nsubject: distribution_rules\ntext: rules of 2025\n"
        f"purpose: care coordination\nclause: {clause(root)}",
    )
    effective = dates.get("effective", voted)
    until = f"\nuntil: {dates['until']}" if "until" in dates else ""
    add_record(
        root,
        "determination",
        voted,
        f"proposal: {name}\nvotes: {votes}\nbasis: it pays for coordination\n"
        f"effective: {effective}{until}",
    )


DOCUMENTS: Final = (
    ("governing_document", "2024-10-01"),
    ("signed_writing", "2024-12-01"),
    ("methodology_record", "2024-12-01"),
    ("outcome_measures", "2024-12-01"),
    ("annual_monitoring", "2025-12-10"),
    ("substantial_risk_contract", "2024-12-15"),
    ("state_downstream_risk", "2024-12-20"),
)
"""What the clause's protections and the state need, each with its day."""


def file_documents(root: Path, *, but: str = "", dated: str = "") -> None:
    """A record for each document that is needed, one left out, or one dated otherwise."""
    for kind, day in DOCUMENTS:
        if kind != but:
            when = dated.partition("=")[2] if dated.startswith(f"{kind}=") else day
            body = f"document: {kind}\ndocument_date: {when}\nreference: file {kind}"
            add_record(root, "document", "2026-01-10", body)


def said(found: Distributed | Any) -> list[str]:
    """What stands against a distribution."""
    return [it.what for it in found.against]
