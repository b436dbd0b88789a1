"""An exchange pack: a statement with the hashed rows of members and claims that its cells sum.

A pack is a folder: `statement.json`, a Parquet file for each table of TABLES, and `manifest.json`,
written last, with the SHA-256 of every file. No id, no name and no birth date is in it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from openvbc.contract.statement import Document
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import MODELS_FOLDER, read_models
from openvbc.engine.store import file_digest, read_json
from openvbc.errors import InputError, Problem
from openvbc.reconcile.exchanged import read_exchanged

PACK: Final = "openvbc.exchange/2"
MANIFEST: Final = "manifest.json"
STATEMENT: Final = "statement.json"
MANIFEST_KEYS: Final = ("schema", "statement_id", "salt_check", "files", "rows")

_INPUTS: Final = read_models(MODELS_FOLDER / "inputs")

TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    **{
        name: _INPUTS[name].schema
        for name in ("contract_period", "contract_analysis", "truncation_cut")
    },
    "attribution": {
        "period_id": "VARCHAR",
        "member": "VARCHAR",
        "assigned": "BOOLEAN",
        "withheld": "BOOLEAN",
    },
    "member": {
        "period_id": "VARCHAR",
        "member": "VARCHAR",
        "enrolment_type": "VARCHAR",
        "months": "BIGINT",
        "hcc_score_e9": "BIGINT",
        "demographic_score_e9": "BIGINT",
        "claims_cents": "BIGINT",
        "excluded_cents": "BIGINT",
        "counted_cents": "BIGINT",
    },
    "claim": {
        "period_id": "VARCHAR",
        "claim": "VARCHAR",
        "member": "VARCHAR",
        "enrolment_type": "VARCHAR",
        "version_number": "INTEGER",
        "version_type": "VARCHAR",
        "effective_on": "DATE",
        "paid_date": "DATE",
        "received_on": "DATE",
        "sensitive": "BOOLEAN",
        "status": "VARCHAR",
        "claims_cents": "BIGINT",
        "excluded_cents": "BIGINT",
    },
}
"""Table → column → type. docs/reconcile.md says what each column is."""

ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "contract_period": ("period_id",),
    "contract_analysis": ("period_id",),
    "truncation_cut": ("period_id", "enrolment_type"),
    "attribution": ("period_id", "member"),
    "member": ("period_id", "member", "enrolment_type"),
    "claim": ("period_id", "claim", "member", "enrolment_type", "version_number"),
}
"""How the rows of a file are sorted: by keys, which tell nothing of the order of people."""

CHECKS: Final[Mapping[str, str]] = {
    "attribution: a key that is no SHA-256 of 64 hex digits; never send an id": (
        "SELECT COUNT(*) FROM attribution WHERE NOT regexp_full_match(member, '[0-9a-f]{64}')"
    ),
    "claim: a key that is no SHA-256 of 64 hex digits; never send an id": (
        "SELECT COUNT(*) FROM claim WHERE NOT regexp_full_match(claim || member, '[0-9a-f]{128}')"
    ),
    "attribution: a member stands twice in a period": (
        "SELECT COUNT(*) - COUNT(DISTINCT period_id || ' ' || member) FROM attribution"
    ),
    "member: a member stands twice in a period and enrolment type": (
        "SELECT COUNT(*) - COUNT(DISTINCT period_id || ' ' || member || ' ' || enrolment_type) "
        "FROM member"
    ),
    "member: months or scores of somebody whom attribution does not assign": (
        "SELECT COUNT(*) FROM member AS m LEFT JOIN attribution AS a ON a.period_id = m.period_id "
        "AND a.member = m.member AND a.assigned WHERE a.member IS NULL"
    ),
    "member: expenditure that is not the sum of the member's claims": (
        "WITH summed AS (SELECT period_id, member, enrolment_type, SUM(claims_cents) AS claims, "
        "SUM(excluded_cents) AS excluded FROM claim WHERE status = 'counts' GROUP BY ALL) "
        "SELECT COUNT(*) FROM member AS m FULL JOIN summed AS s ON s.period_id = m.period_id "
        "AND s.member = m.member AND s.enrolment_type = m.enrolment_type "
        "WHERE m.member IS NULL OR m.claims_cents <> COALESCE(s.claims, 0) "
        "OR m.excluded_cents <> COALESCE(s.excluded, 0)"
    ),
}
"""What is wrong with a pack → how many rows of it are; each must be none."""


@dataclass(frozen=True)
class Pack:
    """A pack that was read and holds together: its folder, its manifest, its statement."""

    folder: Path
    manifest: Mapping[str, Any]
    statement: Document

    def name_tables(self, engine: DuckDBEngine, prefix: str) -> None:
        """Name its tables in an engine, each with a prefix."""
        for name, schema in TABLES.items():
            engine.table(f"{prefix}{name}", [self.folder / f"{name}.parquet"], schema)


def write_pack(
    folder: Path,
    engine: DuckDBEngine,
    selects: Mapping[str, str],
    statement: Document,
    salt_check: str,
) -> Pack:
    """Write a pack from one SELECT for each table; raises InputError where the folder is taken."""
    if folder.exists() and any(folder.iterdir()):
        raise InputError(Problem(str(folder), "is not empty; name a new folder for the pack"))
    folder.mkdir(parents=True, exist_ok=True)
    rows = {
        name: engine.write(selects[name], schema, ORDER[name], folder / f"{name}.parquet")
        for name, schema in TABLES.items()
    }
    _write_json(folder / STATEMENT, statement)
    manifest = {
        "schema": PACK,
        "statement_id": statement["statement_id"],
        "salt_check": salt_check,
        "files": {it.name: file_digest(it) for it in sorted(folder.iterdir())},
        "rows": rows,
    }
    _write_json(folder / MANIFEST, manifest)
    return Pack(folder, manifest, statement)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def read_pack(folder: Path) -> Pack:
    """A pack as it was sent.

    Raises InputError where a file is missing, is another than the manifest says, or has rows that
    do not fit together: all that is wrong, never with a value.
    """
    manifest = read_json(folder / MANIFEST, "expected the manifest of an exchange pack")
    problems = list(_manifest_problems(folder, manifest))
    if problems:
        raise InputError(problems)
    pack = Pack(folder, manifest, read_exchanged(folder / STATEMENT))
    if pack.statement["statement_id"] != manifest["statement_id"]:
        problems.append(Problem(str(folder / MANIFEST), "names another statement than the pack's"))
    problems += _table_problems(pack)
    if problems:
        raise InputError(problems)
    return pack


def _manifest_problems(folder: Path, manifest: Any) -> Iterator[Problem]:
    """A manifest of another kind, and files that it does not describe."""
    place = str(folder / MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("schema") != PACK:
        yield Problem(place, f"is no manifest of an exchange pack, expected schema {PACK}")
        return
    missing = [key for key in MANIFEST_KEYS if key not in manifest]
    if missing:
        yield Problem(place, f"{', '.join(missing)} missing")
        return
    for name in (STATEMENT, *(f"{table}.parquet" for table in TABLES)):
        path = folder / name
        if not path.is_file():
            yield Problem(str(path), "is missing from the pack; ask for it again")
        elif file_digest(path) != manifest["files"].get(name):
            yield Problem(str(path), "is not what the manifest says: it was changed; ask again")


def _table_problems(pack: Pack) -> Iterator[Problem]:
    """Columns that are not those of TABLES; else rows that do not fit together."""
    with TemporaryDirectory() as spill:
        engine = DuckDBEngine("400MB", Path(spill))
        try:
            yield from _rows_that_do_not_fit(pack, engine)
        finally:
            engine.close()


def _rows_that_do_not_fit(pack: Pack, engine: DuckDBEngine) -> Iterator[Problem]:
    pack.name_tables(engine, "")
    wrong = [
        Problem(str(pack.folder / f"{name}.parquet"), f"expected the columns {_said(schema)}")
        for name, schema in TABLES.items()
        if engine.describe(f"SELECT * FROM {name}") != dict(schema)
    ]
    yield from wrong
    for what, select in () if wrong else CHECKS.items():
        count = engine.rows(select)[0][0]
        if count:
            yield Problem(str(pack.folder), f"{what}: {count} rows")


def _said(schema: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in schema.items())
