"""What a change of the demonstration's files or terms does, and how a mistake in them is told.

The workspace of the demonstration is made once; every test changes a copy of its files and runs the
commands on it.
"""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from conftest import Vbc
from demo_sample import statement, value
from openvbc.workspace import Workspace

SHARES = (Decimal("0.75"), Decimal("0.50"))
"""The largest shares of savings: ENHANCED, BASIC E."""


@pytest.fixture
def copy(demo: Path, tmp_path: Path) -> Path:
    """The workspace's contracts and settlements with its data, free to be changed."""
    folder = tmp_path / "copy"
    for part in ("contracts", "settlements", "statements", "data"):
        shutil.copytree(demo / part, folder / part)
    shutil.copyfile(demo / "vbc.toml", folder / "vbc.toml")
    return folder


def test_check_reports_every_mistake_at_once_with_file_and_line(copy: Path, vbc: Vbc) -> None:
    contract = copy / "contracts" / "lakeside.yaml"
    contract.write_text(
        contract.read_text()
        .replace("run_out_months", "runout_months")
        .replace("business: medicare", "business: medicare\ncolour: blue")
    )
    other = copy / "contracts" / "hillside.yaml"
    other.write_text(other.read_text().replace("track: basic_a", "trak: basic_a"))
    code, _, err = vbc("check", "-w", copy)
    assert code == 2
    assert "unknown key population.runout_months; did you mean run_out_months?" in err
    assert "unknown key colour" in err
    assert "unknown term trak; did you mean track?" in err
    assert all(":" in line.split(" ")[0] for line in err.splitlines())


def test_a_missing_fact_and_an_uncovered_date_are_named(copy: Path, vbc: Vbc) -> None:
    settlement = copy / "settlements" / "lakeside_PY2025.yaml"
    text = settlement.read_text()
    start = text.index("  quality_standard_met:")
    settlement.write_text(text[:start] + text[text.index("  quality_score:") :])
    code, _, err = vbc("check", "-w", copy)
    assert code == 2
    assert "needs the fact quality_standard_met (flag)" in err

    contract = copy / "contracts" / "lakeside.yaml"
    contract.write_text(contract.read_text().replace("start: 2025-01-01", "start: 2001-01-01"))
    code, _, err = vbc("check", "-w", copy)
    assert code == 2
    assert "covered" in err


def test_two_tracks_are_compared_in_dollars_on_the_same_people(copy: Path, vbc: Vbc) -> None:
    """A growth factor so large that savings pass the minimum rate of so few people (10.39 %).

    ENHANCED shares 75 % and BASIC E 50 % of the same savings (42 CFR 425.605(d), 425.610(d)), less
    2 % sequestration, at a quality share of 100 %; both below their payment limits.
    """
    settlement = copy / "settlements" / "lakeside_PY2025.yaml"
    text = settlement.read_text()
    start, end = text.index("  acpt_growth:"), text.index("  regional_adjustment_count:")
    settlement.write_text(text[:start] + text[start:end].replace(": 1.0016", ": 1.5") + text[end:])
    assert vbc("settle", "lakeside_PY2025", "-w", copy)[0] == 0
    document = statement(copy, "lakeside")
    saved = value(document, "mssp_settlement/savings_or_losses@performance")
    enhanced, basic = (round(saved * share * Decimal("0.98"), 2) for share in SHARES)
    other = copy / "lakeside_basic.yaml"
    terms = (copy / "contracts" / "lakeside.yaml").read_text()
    other.write_text(terms.replace("track: enhanced", "track: basic_e"))
    shutil.copy(copy / "contracts" / "lakeside_participants.csv", copy)
    before = (copy / "statements" / "lakeside_PY2025.json").read_bytes()
    wanted = ("--settlement", "lakeside_PY2025", "-w", copy, "--json")
    code, printed, _ = vbc("contract", "diff", "lakeside", other, *wanted)
    assert code == 0
    found = json.loads(printed)
    assert [(it["name"], it["a"], it["b"]) for it in found["changes"]] == [
        ("mssp_settlement/track", "enhanced", "basic_e")
    ]
    total = next(it for it in found["amounts"] if it["component"] == "total")
    assert enhanced > basic > 0
    assert (Decimal(total["a"]), Decimal(total["b"])) == (enhanced, basic)
    assert Decimal(total["difference"]) == basic - enhanced
    assert (copy / "statements" / "lakeside_PY2025.json").read_bytes() == before


def test_changing_a_payment_term_rebuilds_nothing_and_a_population_term_asks_for_a_build(
    copy: Path, vbc: Vbc
) -> None:
    contract = copy / "contracts" / "lakeside.yaml"
    text = contract.read_text()
    contract.write_text(text.replace("elected_minimum_rate: 0.01", "elected_minimum_rate: 0.02"))
    assert vbc("settle", "lakeside_PY2025", "-w", copy)[0] == 0
    contract.write_text(text.replace("run_out_months: 3", "run_out_months: 4"))
    code, _, err = vbc("settle", "lakeside_PY2025", "-w", copy)
    assert code == 2
    assert "run `vbc build` again" in err


def test_an_assertion_that_fails_says_the_difference(copy: Path, vbc: Vbc) -> None:
    settlement = copy / "settlements" / "lakeside_PY2025.yaml"
    right = value(statement(copy, "lakeside"), "mssp_expenditure/total_expenditure@performance")
    settlement.write_text(
        settlement.read_text() + f"assert:\n  mssp_expenditure/total_expenditure: {right:.2f}\n"
    )
    assert vbc("settle", "lakeside_PY2025", "-w", copy)[0] == 0
    settlement.write_text(settlement.read_text().replace(f"{right:.2f}", f"{right - 5:.2f}"))
    code, _, err = vbc("settle", "lakeside_PY2025", "-w", copy)
    assert code == 1
    assert "difference 5.00" in err


def test_a_term_or_fact_that_is_wrong_stops_before_any_arithmetic(copy: Path, vbc: Vbc) -> None:
    settlement = copy / "settlements" / "lakeside_PY2025.yaml"
    text = settlement.read_text()
    for found, wrong, expected in (
        ("quality_score:", "qualty_score:", "did you mean quality_score?"),
        ("contract: lakeside", "contract: seaside", "no contract seaside"),
        ("kind: final", "kind: finished", "kind: found 'finished'"),
    ):
        settlement.write_text(text.replace(found, wrong, 1))
        code, _, err = vbc("check", "-w", copy)
        assert code == 2
        assert expected in err


def test_a_rehearsal_of_a_build_says_what_a_change_would_cost(copy: Path, vbc: Vbc) -> None:
    assert "0 partitions to build" in vbc("build", "--dry-run", "-w", copy)[1]
    before = sorted(copy.rglob("*"))
    contract = copy / "contracts" / "hillside.yaml"
    contract.write_text(contract.read_text().replace("cut: national", "cut: computed"))
    code, printed, _ = vbc("build", "--dry-run", "-w", copy)
    assert code == 0
    assert "person_expenditure" in printed
    assert "at most" in printed
    assert "what comes out as it was saves what reads it; nothing done" in printed
    assert sorted(copy.rglob("*")) == before


def test_a_computed_cut_is_built_settled_and_said(copy: Path, vbc: Vbc) -> None:
    """hillside's own 99th percentile truncates, though its settlement has the national cut."""
    contract = copy / "contracts" / "hillside.yaml"
    contract.write_text(contract.read_text().replace("cut: national", "cut: computed"))
    code, _, err = vbc("settle", "hillside_PY2025", "-w", copy)
    assert code == 2
    changed = "the periods, population terms or truncation cuts of settlement hillside_PY2025"
    assert f"{changed} changed; run `vbc build` again" in err
    assert vbc("build", "-w", copy)[0] == 0
    assert vbc("settle", "hillside_PY2025", "-w", copy)[0] == 0
    document = statement(copy, "hillside")
    lines = {line["id"]: line["value"] for line in document["lines"]}
    at = "performance,aged_nondual"
    assert lines[f"mssp_expenditure/cut_origin@{at}"] == "computed"
    own = Decimal(lines[f"mssp_expenditure/cut_in_force@{at}"])
    _, rows, _ = vbc(
        "sql",
        "SELECT max(cut_cents) AS cents FROM cut WHERE contract_id = 'hillside' "
        "AND period_id = 'PY2025' AND enrolment_type = 'aged_nondual'",
        "--json", "-w", copy,
    )  # fmt: skip
    assert own == Decimal(int(json.loads(rows)[0]["cents"])) / 100
    assert own != Decimal(lines[f"mssp_expenditure/truncation_cut@{at}"])


def test_a_file_of_the_run_that_is_gone_is_named_and_built_again(copy: Path, vbc: Vbc) -> None:
    part = Workspace(copy).run().partitions("person_expenditure")[0]
    (copy / "data" / part.path).unlink()
    for words in (("sql", "SELECT 1"), ("settle",), ("explain", "member_months", "--at",
                  "stratum=esrd", "--settlement", "lakeside_PY2025")):  # fmt: skip
        code, _, err = vbc(*words, "-w", copy)
        assert code == 2
        assert err.startswith(f"{copy}/data/{part.path}: 1 of ")
    assert "1 partitions built" in vbc("build", "-w", copy)[1]
    assert vbc("settle", "-w", copy)[0] == 0


def test_statements_are_kept_and_a_restated_one_names_the_one_it_replaces(
    copy: Path, vbc: Vbc
) -> None:
    settlement = copy / "settlements" / "lakeside_PY2025.yaml"
    first = statement(copy, "lakeside")
    final = settlement.read_text()
    kept = copy / "data" / "statements"
    # the same again is the same statement
    assert vbc("settle", "lakeside_PY2025", "-w", copy)[0] == 0
    assert len(list(kept.iterdir())) == 10
    # another one without a word: it is noted
    settlement.write_text(final.replace("value: 0.86", "value: 0.80"))
    code, printed, _ = vbc("settle", "lakeside_PY2025", "-w", copy)
    assert code == 0
    assert f"it replaces the final statement {first['statement_id']}" in " ".join(printed.split())
    # restated, with the id
    restated = f"kind: restated\nsupersedes: {first['statement_id']}"
    settlement.write_text(final.replace("kind: final", restated).replace("0.86", "0.81"))
    assert vbc("check", "-w", copy)[0] == 0
    code, printed, _ = vbc("settle", "lakeside_PY2025", "--json", "-w", copy)
    assert code == 0
    (done,) = json.loads(printed)
    assert done["holds"]
    assert done["statement"]["supersedes"] == first["statement_id"]
    assert json.loads((kept / f"{first['statement_id']}.json").read_text()) == first
    assert len(list(kept.iterdir())) == 12
    # of another settlement, or later than this one: refused
    other = statement(copy, "hillside")["statement_id"]
    settlement.write_text(final.replace("kind: final", f"kind: restated\nsupersedes: {other}"))
    code, printed, err = vbc("settle", "lakeside_PY2025", "-w", copy)
    assert code == 2
    assert "that is a statement of hillside_PY2025" in err
    later = final.replace("as_of: 2026-08-31", "as_of: 2026-09-30").replace("0.86", "0.79")
    settlement.write_text(later)
    assert vbc("settle", "lakeside_PY2025", "-w", copy)[0] == 0
    replaced = statement(copy, "lakeside")["statement_id"]
    settlement.write_text(final.replace("kind: final", f"kind: restated\nsupersedes: {replaced}"))
    code, _, err = vbc("settle", "lakeside_PY2025", "-w", copy)
    assert code == 2
    assert "its as_of 2026-09-30 is later than 2026-08-31" in err


def test_a_refused_settlement_is_printed_as_far_as_it_came_and_not_written(
    copy: Path, vbc: Vbc
) -> None:
    contract = copy / "contracts" / "lakeside.yaml"
    contract.write_text(contract.read_text().replace("track: enhanced", "track: enhancd"))
    before = (copy / "statements" / "lakeside_PY2025.json").read_bytes()
    code, printed, err = vbc("settle", "lakeside_PY2025", "-w", copy)
    assert code == 2
    assert "total expenditure" in printed
    assert "Not everything could be computed" in printed
    assert f"{contract}:" in err
    assert (copy / "statements" / "lakeside_PY2025.json").read_bytes() == before


def test_an_explanation_says_that_its_contract_changed_since(copy: Path, vbc: Vbc) -> None:
    contract = copy / "contracts" / "lakeside.yaml"
    contract.write_text(contract.read_text() + "# a remark\n")
    where = ("--settlement", "lakeside_PY2025", "-w", copy)
    printed = vbc("explain", "total_benchmark", *where)[1]
    assert "the contract changed since this statement was made" in printed
    (copy / "statements" / "lakeside_PY2025.json").write_text("{")
    code, _, err = vbc("explain", "total_benchmark", *where)
    assert code == 2
    assert "is damaged" in err
