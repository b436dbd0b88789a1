"""Episodes from claim lines: which lines belong to a knee replacement, by which rule, to the cent.

The acceptance fixture stands in episode_sample.py: a pre-operative visit 20 days before admission,
the stay, the surgeon, anaesthesia, a nursing facility on day 5, physical therapy on day 24, an
unrelated fracture on day 40, and a line that the payer refused. Contract, definition and settlement
are those of docs/episodes.md.
"""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Vbc
from episode_sample import (
    CODES,
    CONTRACT,
    DEFINITION,
    FILES,
    KNEE,
    PROCEDURES,
    STAY,
    SURGEON,
    line,
    procedure,
    workspace,
    write_files,
)
from openvbc.contract.settle import Settled
from openvbc.episodes.definition import read_definition
from openvbc.publish import settle_and_publish
from openvbc.workspace import Workspace


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = workspace(tmp_path_factory.mktemp("episodes"))
    assert settle_and_publish(made, None).holds
    return made


def asked(space: Workspace, select: str) -> list[tuple[Any, ...]]:
    engine = space.run().open("300MB", 1)
    try:
        return engine.rows(select)
    finally:
        engine.close()


def values(settled: Settled) -> dict[str, Decimal]:
    """The amounts of a statement by name: those of the knee, and those of all types together."""
    assert settled.problems == ()
    lines = [it for it in settled.document["lines"] if it["at"]["stratum"] in {None, "knee"}]
    amounts = [it for it in lines if it["unit"] in {"usd", "count"} and it["value"] is not None]
    return {it["path"].split("/")[-1]: Decimal(it["value"]) for it in amounts}


def test_every_line_in_the_window_is_in_or_out_by_one_rule(space: Workspace) -> None:
    found = asked(
        space,
        "SELECT day, claim_key, claim_line_number, included, rule_id, line_cents "
        "FROM episode_line ORDER BY day, claim_key, claim_line_number",
    )
    assert found == [
        (-20, "PREOP", 1, True, "I3", 14_000),
        (0, "ANAESTHESIA", 1, True, "I2", 35_000),
        (0, "STAY", 1, True, "I1", 1_200_000),
        (0, "STAY", 2, True, "I1", 150_000),
        (0, "SURGERY", 1, True, "I2", 140_000),
        (5, "SNF", 1, True, "I4", 560_000),
        (9, "REFUSED", 1, False, "denied", 7_700),
        (24, "THERAPY", 1, True, "I5", 12_000),
        (40, "FRACTURE", 1, False, "X1", 90_000),
    ]


def test_an_episode_says_who_is_accountable_and_what_it_cost(space: Workspace) -> None:
    """In: 140 + 350 + 12,000 + 1,500 + 1,400 + 5,600 + 120 = 21,110. Own: 140 + 1,400 = 1,540.

    Out: 77 + 900 = 977. The window is 30 days before 1 March to 90 days after 4 March.
    """
    found = asked(
        space,
        "SELECT claim_key, trigger_id, CAST(first_day AS VARCHAR), CAST(last_day AS VARCHAR), "
        "accountable_npi, accountable_tin, lines, included_lines, included_cents, excluded_cents, "
        "own_cents, other_cents FROM episode",
    )
    who = ("1000000001", "111111111")
    days = ("2025-01-30", "2025-06-02")
    assert found == [("STAY", "K1", *days, *who, 9, 7, 2_111_000, 97_700, 154_000, 1_957_000)]


def test_the_bundle_settles_from_claims(space: Workspace) -> None:
    """25,000 − 21,110 = 3,890; by service 13,500 + 2,010 + 5,600 = 21,110."""
    found = values(space.settle(space.settlements["summit_PY2025"]))
    assert found["bundle_episodes"] == 1
    assert found["bundle_payment"] == Decimal("3890.00")
    assert found["bundle_inpatient_per_episode"] == 13_500
    assert found["bundle_professional_per_episode"] == 140 + 350 + 1_400 + 120
    assert found["bundle_post_acute_per_episode"] == 5_600


def test_both_ways_of_payment_come_to_the_same_total_on_the_same_claims(tmp_path: Path) -> None:
    """Retrospective: 1,540 in the year and 3,890 after it. Prospective: 25,000 − 19,570 = 5,430 in
    the year, nothing after it.
    """
    text = FILES[CONTRACT].replace("retrospective", "prospective")
    after = values(settled_with(workspace(tmp_path / "a")))
    ahead = values(settled_with(workspace(tmp_path / "b", changes={CONTRACT: text})))
    flow = ("bundle_paid_in_year", "bundle_settled_after_year")
    assert [after[it] for it in flow] == [1_540, 3_890]
    assert [ahead[it] for it in flow] == [5_430, 0]
    assert after["bundle_entity_total"] == ahead["bundle_entity_total"] == 5_430


def settled_with(space: Workspace) -> Settled:
    return space.settle(space.settlements["summit_PY2025"])


def test_120_knees_at_23_100_leave_228_000_of_a_target_of_25_000(tmp_path: Path) -> None:
    """120 × (25,000 − 23,100) = 228,000. Each knee: stay 16,000, surgeon 1,500, SNF 5,600."""
    lines: list[Any] = []
    codes: list[Any] = []
    for number in range(120):
        person = f"P{number}"
        mine = {"person_id": person}
        lines += [
            line(f"{person}-STAY", "2025-03-01", 1_600_000, **STAY, **mine),
            line(f"{person}-OP", "2025-03-01", 150_000, hcpcs_code="27447", **SURGEON, **mine),
            line(f"{person}-SNF", "2025-03-06", 560_000, claim_type="institutional",
                 bill_type_code="211", **mine),
        ]  # fmt: skip
        codes.append(procedure(f"{person}-STAY", "0SRC0J9", "2025-03-04", person))
    found = values(settled_with(workspace(tmp_path, lines, CODES, codes)))
    assert found["bundle_episodes"] == 120
    assert found["bundle_claims_per_episode"] == 23_100
    assert found["bundle_inpatient_per_episode"] == 16_000
    assert found["bundle_surplus"] == found["bundle_payment"] == 228_000


def test_an_outlier_is_cut_and_its_parts_still_add_up(tmp_path: Path) -> None:
    """Cut at 10,000.00 of 21,110.00. Own: 1,540 × 10,000 ÷ 21,110 = 729.51, others the rest.

    Stays: 13,500 × 10,000 ÷ 21,110 = 6,395.07 (6,395.073…). With clinicians: 15,510 × 10,000 ÷
    21,110 = 7,347.228…, 7,347.23 − 6,395.07 = 952.16. With post-acute care: 10,000 − 7,347.23.
    """
    cut = FILES[DEFINITION].replace(
        "    before_days: 30\n", "    before_days: 30\n    outlier_cut: 10000\n", 1
    )
    space = workspace(tmp_path, changes={DEFINITION: cut})
    found = asked(
        space,
        "SELECT truncated_cents, counted_cents, own_cents, other_cents, inpatient_cents, "
        "professional_cents, post_acute_cents FROM episode",
    )
    assert found == [(1_111_000, 1_000_000, 72_951, 927_049, 639_507, 95_216, 265_277)]


def second_knee(day: str) -> list[Any]:
    """Another knee of the same person, admitted on a day for two days."""
    last = day[:-2] + f"{int(day[-2:]) + 2:02}"
    stay = {**STAY, "admission_date": day, "discharge_date": last, "claim_end_date": last}
    return [
        line("AGAIN", day, 1_300_000, **stay),
        line("AGAIN-OP", day, 140_000, hcpcs_code="27447", **SURGEON),
    ]


@pytest.mark.parametrize(
    ("day", "starts", "reason"),
    [
        # 4 March to 2 July are 120 days: not more than the clean period of 120
        ("2025-07-02", False, "in_clean_period"),
        ("2025-07-03", True, None),
        # 90 days after 10 October are 8 January of the next year
        ("2025-10-08", False, "ends_outside_period"),
    ],
)
def test_a_second_trigger_starts_an_episode_only_after_the_clean_period(
    tmp_path: Path, day: str, starts: bool, reason: str | None
) -> None:
    codes = [*PROCEDURES, procedure("AGAIN", "0SRD0J9", day)]
    space = workspace(tmp_path, [*KNEE, *second_knee(day)], CODES, codes)
    found = asked(space, "SELECT starts, reason FROM trigger_claim WHERE claim_key = 'AGAIN'")
    assert found == [(starts, reason)]
    assert asked(space, "SELECT COUNT(*) FROM episode") == [(1 + starts,)]


def test_the_trigger_of_another_practice_is_kept_and_not_counted(tmp_path: Path) -> None:
    lines = [{**it, "billing_tin": "999999999"} for it in KNEE]
    space = workspace(tmp_path, lines)
    select = "SELECT accountable_tin, is_participant, starts, reason FROM trigger_claim"
    assert asked(space, select) == [("999999999", False, False, "not_accountable")]
    assert values(settled_with(space))["bundle_payment"] == 0


def test_the_facility_of_the_trigger_claim_can_be_accountable(tmp_path: Path) -> None:
    text = FILES[DEFINITION].replace("accountable: operating\n    ", "accountable: facility\n    #")
    listed = "tin,npi,ccn,role,group_id,valid_from,valid_to\n,,390001,hospital,,,\n"
    changes = {DEFINITION: text, "contracts/summit_participants.csv": listed}
    space = workspace(tmp_path, changes=changes)
    select = "SELECT accountable_ccn, accountable_tin, own_cents FROM episode"
    assert asked(space, select) == [("390001", "222222222", 1_350_000)]


def test_claims_count_as_they_stood_at_the_end_of_the_run_out(tmp_path: Path) -> None:
    """The SNF claim is adjusted to 4,000 in time and to 9,000 too late; a visit comes too late.

    21,110 − 5,600 + 4,000 = 19,510.
    """
    snf = next(it for it in KNEE if it["claim_key"] == "SNF")
    again = {**snf, "version_number": 2, "version_type": "adjust", "allowed_cents": 400_000}
    late = [
        {**again, "effective_on": "2026-03-31"},
        {**again, "version_number": 3, "effective_on": "2026-04-01", "allowed_cents": 900_000},
        line("LATE", "2025-03-01", 5_000, **{**SURGEON, "effective_on": "2026-04-01"}),
    ]
    space = workspace(tmp_path, [*KNEE, *late])
    assert asked(space, "SELECT included_cents FROM episode") == [(1_951_000,)]


def test_the_diagnosis_of_another_version_decides_nothing(tmp_path: Path) -> None:
    """The pre-operative visit is a visit for the joint in the version that was replaced only."""
    visit = next(it for it in KNEE if it["claim_key"] == "PREOP")
    again = {**visit, "version_number": 2, "version_type": "adjust", "effective_on": "2025-05-01"}
    space = workspace(tmp_path, [*KNEE, again])
    select = "SELECT version_number, rule_id FROM episode_line WHERE claim_key = 'PREOP'"
    assert asked(space, select) == [(2, "Z9")]


def test_a_counted_leaf_is_explained_down_to_the_lines(space: Workspace, vbc: Vbc) -> None:
    where = ("--at", "stratum=knee", "--json", "-w", space.root)
    code, out, _ = vbc("explain", "bundle_other_claims", "--person", "P1", "--rows", 9, *where)
    assert code == 0
    cell, lines = json.loads(out)["levels"]
    assert (cell["count"], cell["total"]) == (1, 1_957_000)
    assert (lines["count"], lines["total"]) == (9, 2_111_000)
    rules = [it["rule_id"] for it in lines["rows"]]
    assert rules == ["I3", "I2", "I1", "I1", "I2", "I4", "denied", "I5", "X1"]
    said = "window $22,087.00 − excluded $977.00 − truncated $0.00 = counted $21,110.00"
    assert lines["note"] == said


def test_the_command_shows_types_episodes_and_lines(
    space: Workspace, vbc: Vbc, tmp_path: Path
) -> None:
    code, out, _ = vbc("episodes", "summit", "--lines", "-w", space.root)
    assert code == 0
    assert "the first" not in out
    assert all(word in out for word in ("$21,110.00", "injury of another place", "FRACTURE"))
    found = json.loads(vbc("episodes", "--lines", "--json", "-w", space.root)[1])
    knee = next(it for it in found["types"] if it["episode_type"] == "knee")
    assert knee["per_episode"]["professional_cents"] == 201_000
    assert sum(it["included_cents"] for it in found["lines"]) == 2_111_000
    for name in ("lines.csv", "lines.parquet"):
        assert vbc("episodes", "--lines", "--out", tmp_path / name, "-w", space.root)[0] == 0
    with (tmp_path / "lines.csv").open(encoding="utf-8") as file:
        assert [it["rule_id"] for it in csv.DictReader(file)][-1] == "X1"
    with duckdb.connect(config={"threads": 1, "memory_limit": "200MB"}) as connection:
        select = f"SELECT SUM(included_cents) FROM read_parquet('{tmp_path / 'lines.parquet'}')"
        assert connection.execute(select).fetchall() == [(2_111_000,)]


def test_a_name_that_is_none_is_refused(space: Workspace, vbc: Vbc, tmp_path: Path) -> None:
    assert vbc("episodes", "sumit", "-w", space.root)[0] == 2
    assert "did you mean summit" in vbc("episodes", "sumit", "-w", space.root)[2]
    assert vbc("episodes", "--episode", "NONE", "-w", space.root)[0] == 2
    assert vbc("episodes", "--out", tmp_path / "x.xls", "-w", space.root)[0] == 2


def test_a_changed_definition_wants_a_build(tmp_path: Path, vbc: Vbc) -> None:
    space = workspace(tmp_path)
    write_files(space.root, {DEFINITION: FILES[DEFINITION].replace("S52*", "S62*")})
    code, _, said = vbc("settle", "-w", space.root)
    assert code == 2
    assert "the episodes of settlement summit_PY2025 changed; run `vbc build` again" in said


def test_a_total_that_is_counted_cannot_be_given(tmp_path: Path, vbc: Vbc) -> None:
    fact = (
        "facts:\n  bundle_episodes: {unit: count, source: x, received_on: 2026-03-01, value: 7}\n"
    )
    name = "settlements/summit_PY2025.yaml"
    write_files(tmp_path, {name: FILES[name] + fact})
    (tmp_path / "vbc.toml").write_text("buckets = 2\n")
    said = vbc("check", "-w", tmp_path)[2]
    assert f"{tmp_path / name}:8: bundle_episodes is counted from table episode_cell" in said


def test_everything_wrong_with_a_definition_is_told_at_once(tmp_path: Path, vbc: Vbc) -> None:
    text = FILES[DEFINITION]
    for old, new in (
        ("clean_days: 120", "clean_days: 90"),
        ("id: I2, include", "id: X1, include"),
        ("{service: [post_acute]}", "{}"),
        ("include: physical therapy", "exclude: x, include: y"),
        ('["S52*"]', '["S*2"]'),
        ("{from: 0, to: 0}", "{from: 3, to: 0}"),
    ):
        assert old in text
        text = text.replace(old, new)
    contract = FILES[CONTRACT].replace("strata: [knee, hip]", "strata: [knee, hips]")
    contract = contract.replace("hip: 26500", "hips: 26500")
    write_files(tmp_path, {DEFINITION: text, CONTRACT: contract})
    (tmp_path / "vbc.toml").write_text("buckets = 2\n")
    code, _, said = vbc("check", "-w", tmp_path)
    assert code == 2
    place = f"{tmp_path / DEFINITION}"
    days = "the days before and after a trigger; else a line would stand in two episodes"
    reach = "says nothing, so no later rule could be reached; write it as otherwise:"
    assert [it.removeprefix(f"{place}:") for it in said.splitlines() if it.startswith(place)] == [
        f"3: clean_days: found 90, expected at least 120, {days}",
        "22: rule X1: diagnosis: found 'S*2', expected a code, or its beginning and a *",
        "24: rule X1: days: from 3 to 0 holds no day",
        f"28: rule I4: when: {reach}",
        "29: rule I5: say one of include: and exclude:, with the reason",
        "24: rule id X1 stands in line 22 too; give each rule an id of its own",
    ]


def test_a_code_that_yaml_reads_as_a_number_keeps_its_leading_zeros(tmp_path: Path) -> None:
    """Anaesthesia 00402, specialty 08, procedure 0016070: without zeros they would fit no line."""
    kinds = "{hcpcs: [00402], specialty: [08], icd_10_pcs: [0016070], revenue_center: [0450]}"
    write_files(tmp_path, {DEFINITION: FILES[DEFINITION].replace("{service: [post_acute]}", kinds)})
    rule = read_definition(tmp_path / DEFINITION).shape.rules[4]
    assert rule.when.kinds() == {
        "hcpcs": ["00402"],
        "icd_10_pcs": ["0016070"],
        "revenue_center": ["0450"],
        "specialty": ["08"],
    }


def test_the_types_of_the_definition_are_the_strata_of_the_bundle(tmp_path: Path, vbc: Vbc) -> None:
    contract = FILES[CONTRACT].replace("strata: [knee, hip]", "strata: [knee, hips]")
    write_files(tmp_path, {CONTRACT: contract.replace("hip: 26500", "hips: 26500")})
    (tmp_path / "vbc.toml").write_text("buckets = 2\n")
    said = vbc("check", "-w", tmp_path)[2]
    what = "episode_bundle settles the strata knee, hips, the definition has the types knee, hip"
    assert f"{tmp_path / CONTRACT}:8: {what}" in said
