"""CMS's worked example from the feed's files to built tables (CCLF Information Packet, 5.3.2).

The example's days are moved to 2024, a year that the program's code lists cover. The person is
listed in the feeds of July and August; the claims come with October's. Built as of the end of the
year, expenditure is $967 and claims 2, 4 and 7 of Part A are left; as of a day between, both are
what the postings until then say.
"""

import json
from pathlib import Path

import pytest

from cclf_files import PERSON, archive, record
from conftest import Vbc
from test_cclf import example

CONTRACT = """
contract: example
title: CMS's worked example
program: mssp
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: A1234, name: One person}
line_of_business: medicare
agreement: {start: 2024-01-01, number: 1}
population:
  method: mssp
  participants: participants.csv
components:
  - mssp_expenditure
  - mssp_benchmark
  - mssp_settlement: {track: basic_a}
"""
CUTS = "{esrd: 500000.00, disabled: 200000.00, aged_dual: 200000.00, aged_nondual: 200000.00}"
STANDING = """
    SELECT claim_type, claim_id, sum(paid_cents) AS paid_cents FROM final_claim
    WHERE effective_on <= DATE '{day}' AND coalesce(superseded_on > DATE '{day}', true)
        AND version_type <> 'cancel'
    GROUP BY ALL ORDER BY ALL
"""


def settlement(as_of: str) -> str:
    return f"""
contract: example
period: PY2024
first_day: 2024-01-01
last_day: 2024-12-31
kind: interim
as_of: {as_of}
facts:
  truncation_cut:
    unit: usd_per_capita
    source: assumed
    received_on: {as_of}
    values: {{performance: {CUTS}}}
"""


@pytest.fixture
def workspace(tmp_path: Path, vbc: Vbc) -> Path:
    """A workspace into which three months' feeds were loaded, one after the other."""
    folder = tmp_path / "workspace"
    assert vbc("init", folder)[0] == 0
    listed = {"cclf8": [record("cclf8", PERSON)]}
    moved = {it: [row.replace("2012-", "2024-") for row in rows] for it, rows in example().items()}
    for day, tables in (("240713", listed), ("240813", listed), ("241013", moved)):
        feed = archive(tmp_path / day, tables, day=day, run="Y24")
        code, _, err = vbc("load", feed, "-w", folder)
        assert code == 0, err
    (folder / "contracts" / "example.yaml").write_text(CONTRACT)
    (folder / "contracts" / "participants.csv").write_text(
        "tin,npi,ccn,role,group_id,valid_from,valid_to\n"
    )
    return folder


def built(vbc: Vbc, folder: Path, as_of: str) -> None:
    (folder / "settlements" / "example_PY2024.yaml").write_text(settlement(as_of))
    code, _, err = vbc("build", "-w", folder)
    assert code == 0, err


def asked(vbc: Vbc, folder: Path, sql: str) -> list[tuple[object, ...]]:
    _, printed, err = vbc("sql", sql, "--json", "-w", folder)
    assert not err
    return [tuple(row.values()) for row in json.loads(printed)]


def test_the_worked_example_is_967_dollars_and_leaves_claims_2_4_and_7(
    workspace: Path, vbc: Vbc
) -> None:
    built(vbc, workspace, "2024-12-31")
    # Part A: 200 + 0 - 200 + 210 + 0 - 0 + 50 = 260; Part B: -607 + 707 + 607 = 707
    assert asked(vbc, workspace, "SELECT claims_cents FROM person_cost") == [(260_00 + 707_00,)]
    # of Part B claim 3 and its cancellation 1 have one amount; 2 is left
    assert asked(vbc, workspace, STANDING.format(day="2024-12-31")) == [
        ("institutional", "2", 0),
        ("institutional", "4", 210_00),
        ("institutional", "7", 50_00),
        ("professional", "2", 707_00),
    ]


def test_as_of_a_day_between_only_what_was_posted_by_then_counts(workspace: Path, vbc: Vbc) -> None:
    built(vbc, workspace, "2024-08-31")
    # by the end of August: Part A 200 - 200 + 0, Part B 607
    assert asked(vbc, workspace, "SELECT claims_cents FROM person_cost") == [(607_00,)]
    assert asked(vbc, workspace, STANDING.format(day="2024-08-31")) == [
        ("institutional", "5", 0),
        ("professional", "3", 607_00),
    ]
