"""Two workspaces of one contract: each exports its pack, and the packs are reconciled.

200 invented people are loaded by both sides. Theirs lacks one claim, has a later version of
another, and has heard that one member opted out. The entity gets half of what expenditure stays
below $9,000,000, so a dollar of claims moves fifty cents. Nothing is truncated or completed.
"""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import duckdb
import pytest

import ledger_sample
from conftest import Vbc
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import CheckFailedError, InputError
from openvbc.generate.population import generate
from openvbc.money import parse_decimal, to_cents
from openvbc.publish import settle_and_publish
from openvbc.reconcile.exchange import exchange
from openvbc.reconcile.pack import TABLES, Pack
from openvbc.reconcile.twin import reconcile
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from twin_sample import resealed

CONTRACT: Final = """\
contract: lakeside
title: Lakeside ACO, half of what stays below a given benchmark
program: mssp
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: A1001, name: Lakeside ACO}
line_of_business: medicare
agreement: {start: 2025-01-01, end: 2029-12-31, number: 1}
population:
  method: mssp
  assignment: retrospective
  participants: lakeside_participants.csv
  run_out_months: 3
  cut: national
components:
  - mssp_expenditure
  - shared_savings:
      savings_minimum_rate: 0
      savings_entity_share: 0.50
"""

SETTLEMENT: Final = """\
contract: lakeside
period: PY2025
first_day: 2025-01-01
last_day: 2025-12-31
kind: final
as_of: 2026-08-31
facts:
  truncation_cut: {unit: usd_per_capita, value: 9000000, source: none, received_on: 2026-07-15}
  completion_factor: {unit: rate, value: 1, source: none, received_on: 2026-07-15}
  total_benchmark: {unit: usd, value: 9000000, source: plan, received_on: 2026-07-15}
"""

SALT: Final = b"sixteen bytes or more"

COUNTED: Final = """
SELECT u.claim_key, u.person_id, SUM(u.claims_cents - u.excluded_cents) AS cents
FROM claim_use AS u
JOIN expenditure_window AS w ON w.window_id = u.window_id AND w.period_id = 'PY2025'
JOIN attribution AS a
    ON a.contract_id = w.contract_id AND a.period_id = w.period_id
    AND a.person_id = u.person_id AND a.assigned
JOIN medical_claim AS c ON c.claim_key = u.claim_key
GROUP BY u.claim_key, u.person_id
HAVING MAX(c.version_number) = 1 AND BOOL_AND(u.counts) AND COUNT(*) = 1
    AND MIN(c.claim_type) = 'professional' AND MAX(c.hcpcs_code) NOT LIKE '99%'
    AND SUM(u.excluded_cents) = 0 AND SUM(u.claims_cents) > 0
ORDER BY cents DESC, u.claim_key
LIMIT 2
"""
"""Two claims of one line and one version that count, and no visits: assignment stays."""


class Twin(NamedTuple):
    """Both workspaces, and the two claims: key, person, cents."""

    ours: Workspace
    theirs: Workspace
    missing: tuple[str, str, int]
    adjusted: tuple[str, str, int]


def settled(folder: Path, source: Path) -> Workspace:
    workspace = Workspace.init(folder, Settings(buckets=1))
    contracts = folder / "contracts"
    (contracts / "lakeside.yaml").write_text(CONTRACT)
    (folder / "settlements" / "lakeside_PY2025.yaml").write_text(SETTLEMENT)
    with (source / "participants.csv").open(newline="") as given:
        rows = [row for row in csv.DictReader(given) if row.pop("aco_id") == "A1001"]
    with (contracts / "lakeside_participants.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    load(workspace.data, source, kind="own", buckets=1, data_source=folder.name)
    workspace.build()
    done = settle_and_publish(workspace, None)
    assert done.holds, done.problems
    return workspace


def without_and_with(source: Path, missing: str, adjusted: str) -> None:
    """Take a claim out of the files, and pay another one twice in a second version."""
    path = source / "medical_claim" / "part-00000.parquet"
    connection = duckdb.connect(config={"memory_limit": "200MB"})
    connection.execute(f"CREATE TABLE given AS SELECT * FROM read_parquet('{path}')")
    connection.execute("DELETE FROM given WHERE claim_key = ?", [missing])
    connection.execute(
        "INSERT INTO given SELECT * REPLACE (2 AS version_number, 'adjust' AS version_type, "
        "paid_cents * 2 AS paid_cents, allowed_cents * 2 AS allowed_cents, "
        "charge_cents * 2 AS charge_cents, effective_on + 1 AS effective_on) "
        "FROM given WHERE claim_key = ?",
        [adjusted],
    )
    connection.execute(f"COPY given TO '{path}' (FORMAT parquet)")
    connection.close()


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    folder = tmp_path_factory.mktemp("twin")
    generate(folder / "source", members=200, seed=3, first_year=2025, years=1)
    ours = settled(folder / "ours", folder / "source")
    engine = ours.run().open("200MB", 1)
    missing, adjusted = ((str(a), str(b), int(c)) for a, b, c in engine.rows(COUNTED))
    engine.close()
    shutil.copytree(folder / "source", folder / "other")
    without_and_with(folder / "other", missing[0], adjusted[0])
    return Twin(ours, settled(folder / "theirs", folder / "other"), missing, adjusted)


@pytest.fixture(scope="module")
def packs(twin: Twin) -> tuple[Pack, Pack]:
    folder = twin.ours.root.parent
    return (
        exchange(twin.ours, None, folder / "our_pack", SALT),
        exchange(twin.theirs, "lakeside_PY2025", folder / "their_pack", SALT),
    )


def half(cents: int) -> int:
    """Fifty cents of the dollar, half a cent either way."""
    return cents // 2


def test_two_workspaces_differ_by_a_missing_claim_and_a_later_adjustment(
    twin: Twin, packs: tuple[Pack, Pack]
) -> None:
    """Half of the claim that they lack is more savings; half of what they paid again is less."""
    found = reconcile(*(it.folder for it in packs))
    assert [it.kind for it in found.causes] == ["missing claim", "later adjustment"]
    missing, adjusted = (it.cents for it in found.causes)
    assert abs(missing - half(twin.missing[2])) <= 1
    assert abs(adjusted + half(twin.adjusted[2])) <= 1
    assert missing + adjusted == found.difference
    assert abs(2 * found.difference - twin.missing[2] + twin.adjusted[2]) <= 2
    assert found.explained


def cells(pack: Pack) -> Iterator[Any]:
    """Every value that stands in a pack's tables."""
    engine = DuckDBEngine("200MB", pack.folder.parent)
    pack.name_tables(engine, "")
    for name in TABLES:
        for row in engine.rows(f"SELECT * FROM {name}"):
            yield from row
    engine.close()


def test_no_id_of_a_member_or_claim_is_in_a_pack(twin: Twin, packs: tuple[Pack, Pack]) -> None:
    engine = twin.ours.run().open("200MB", 1)
    names = {it for (it,) in engine.rows("SELECT person_id FROM person")}
    names |= {it for (it,) in engine.rows("SELECT claim_key FROM medical_claim")}
    engine.close()
    assert len(names) > 1_000
    assert names.isdisjoint({str(it) for it in cells(packs[0])})
    text = (packs[0].folder / "statement.json").read_text()
    assert not any(it in text for it in (twin.missing[0], twin.missing[1]))


def test_a_pack_holds_every_assigned_member_and_their_expenditure(packs: tuple[Pack, Pack]) -> None:
    engine = DuckDBEngine("200MB", packs[0].folder.parent)
    packs[0].name_tables(engine, "")
    ((members, months, cents),) = engine.rows(
        "SELECT COUNT(DISTINCT member), SUM(months), SUM(counted_cents) FROM member"
    )
    ((claims,),) = engine.rows("SELECT SUM(claims_cents - excluded_cents) FROM claim")
    engine.close()
    lines = {it["id"]: it["value"] for it in packs[0].statement["lines"]}
    assert members > 20
    total = parse_decimal(lines["mssp_expenditure/total_expenditure@performance"])
    assert total is not None
    assert cents == claims == to_cents(total)
    told = [it for name, it in lines.items() if name.startswith("mssp_expenditure/member_months@p")]
    assert months == sum(map(int, told))


def test_a_member_who_opted_out_is_flagged_on_the_side_that_says_so(twin: Twin) -> None:
    pack = exchange(
        twin.theirs, None, twin.ours.root.parent / "flagged", SALT, [twin.missing[1], "nobody"]
    )
    flags = DuckDBEngine("200MB", pack.folder.parent)
    pack.name_tables(flags, "")
    found = flags.rows(
        "SELECT assigned, COUNT(*) FROM attribution WHERE withheld AND period_id = 'PY2025' "
        "GROUP BY assigned ORDER BY assigned"
    )
    flags.close()
    assert found == [(False, 1), (True, 1)]
    kinds = {it.kind for it in reconcile(_ours(twin), pack.folder).causes}
    assert kinds == {"withheld data", "later adjustment"}


def _ours(twin: Twin) -> Path:
    return twin.ours.root.parent / "our_pack"


def test_the_commands(twin: Twin, packs: tuple[Pack, Pack], tmp_path: Path, vbc: Vbc) -> None:
    salt, people = tmp_path / "salt", tmp_path / "opted_out.csv"
    salt.write_bytes(SALT + b"\n")
    people.write_text("person_id\nnobody\n")
    words = ("exchange", "lakeside_PY2025", "--workspace", twin.ours.root, "--salt-file", salt)
    code, _, said = vbc(*words, "--out", tmp_path / "pack", "--withheld", people)
    assert (code, "none of 1 ids is of anybody in the run" in said) == (2, True)
    code, printed, _ = vbc(*words, "--out", tmp_path / "pack")
    assert code == 0
    assert "claim" in printed
    code, printed, _ = vbc("reconcile", tmp_path / "pack", packs[1].folder)
    assert code == 0
    assert "later adjustment" in printed
    code, _, said = vbc(*words, "--out", tmp_path / "pack")
    assert code == 2
    assert "is not empty; name a new folder" in said


def test_a_statement_that_is_not_its_run_s_is_refused(twin: Twin, tmp_path: Path) -> None:
    """The statement in the workspace says the run of the tables, but other claims."""
    path = twin.theirs.statement_path("lakeside_PY2025")
    kept = path.read_text()
    other = json.loads(twin.ours.statement_path("lakeside_PY2025").read_text())
    try:
        path.write_text(json.dumps(resealed({**other, "run_id": twin.theirs.run().id})))
        with pytest.raises(CheckFailedError, match=r"in the statement, .* in the pack's rows"):
            exchange(twin.theirs, None, tmp_path / "pack", SALT)
        assert not (tmp_path / "pack").exists()
    finally:
        path.write_text(kept)


def test_a_contract_without_population_has_nothing_to_exchange(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "w", Settings(buckets=1))
    (workspace.root / "contracts" / "valley.yaml").write_text(ledger_sample.CONTRACT)
    (workspace.root / "settlements" / "valley_PY2025.yaml").write_text(ledger_sample.SETTLEMENT)
    with pytest.raises(InputError, match="has no population for a pack; exchange its statement"):
        exchange(workspace, None, tmp_path / "pack", SALT)
