"""The main job as a user does it: the demonstration, then the commands on its workspace.

One workspace of 2,000 invented people is made once; every test runs a command on it (or on a copy
of its files) and looks at what it prints and how it ends.
"""

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import make_tour
import pytest

from conftest import Vbc
from openvbc.demo import run_demo
from openvbc.workspace import Workspace

MEMBERS = 2_000

SHARES = (Decimal("0.75"), Decimal("0.50"))
"""The largest shares of savings: ENHANCED, BASIC E."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    run_demo(folder, MEMBERS, seed=1)
    return folder


@pytest.fixture
def copy(workspace: Path, tmp_path: Path) -> Path:
    """The workspace's contracts and settlements with its data, free to be changed."""
    folder = tmp_path / "copy"
    for part in ("contracts", "settlements", "statements", "data"):
        shutil.copytree(workspace / part, folder / part)
    shutil.copyfile(workspace / "vbc.toml", folder / "vbc.toml")
    return folder


def statement(workspace: Path, name: str) -> dict[str, Any]:
    path = workspace / "statements" / f"{name}_PY2025.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def value(document: dict[str, Any], line_id: str) -> Decimal:
    found = next(line["value"] for line in document["lines"] if line["id"] == line_id)
    return Decimal(found)


def test_both_contracts_settle_with_enough_people(workspace: Path) -> None:
    # 40 % and 30 % of at least 1,840 assignable people: both above the scale's 500
    lakeside, hillside = statement(workspace, "lakeside"), statement(workspace, "hillside")
    name = "mssp_settlement/assigned_beneficiaries@performance"
    path = next(
        line["id"]
        for line in lakeside["lines"]
        if line["id"].endswith("/assigned_beneficiaries@performance")
    )
    assert path.split("/")[1] == name.split("/")[1]
    assert value(lakeside, path) > 650
    assert value(hillside, path) > 500


def test_every_statement_says_what_it_is_made_of(workspace: Path) -> None:
    for name in ("lakeside", "hillside"):
        document = statement(workspace, name)
        known = {line["id"] for line in document["lines"]}
        for line in document["lines"]:
            assert line["cite"], line["id"]
            assert set(line["inputs"]) <= known
            assert line["formula"] or line["source"], line["id"]


def test_claims_are_excluded_truncated_or_counted_to_the_cent(workspace: Path) -> None:
    document = statement(workspace, "lakeside")
    for stratum in ("esrd", "disabled", "aged_dual", "aged_nondual"):
        claims, excluded, truncated, counted = (
            value(document, f"mssp_expenditure/{name}_expenditure@performance,{stratum}")
            for name in ("claims", "excluded", "truncated", "counted")
        )
        assert claims == excluded + truncated + counted
        assert claims > counted > 0


def test_the_statement_is_also_a_page(workspace: Path) -> None:
    page = (workspace / "statements" / "lakeside_PY2025.html").read_text()
    assert "<html" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_explain_goes_down_to_one_persons_claims_and_every_level_sums(
    workspace: Path, vbc: Vbc
) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", workspace)
    code, printed, _ = vbc("explain", "claims_expenditure", "--at", "stratum=aged_nondual", *where)
    assert code == 0
    cell = value(
        statement(workspace, "lakeside"),
        "mssp_expenditure/claims_expenditure@performance,aged_nondual",
    )
    assert f"total ${cell:,.2f}" in printed
    _, rows, _ = vbc(
        "sql",
        "SELECT person_id, claims_cents AS cents FROM person_expenditure "
        "WHERE contract_id = 'lakeside' AND period_id = 'PY2025' AND enrolment_type "
        "= 'aged_nondual' ORDER BY claims_cents DESC, person_id LIMIT 1",
        "--json",
        "-w",
        workspace,
    )
    person = json.loads(rows)[0]["person_id"]
    code, printed, _ = vbc(
        "explain", "claims_expenditure", "--at", "stratum=aged_nondual", "--person", person, *where
    )
    assert code == 0
    # the claim lines of the costliest person sum to that person's amount
    assert f"total ${Decimal(int(json.loads(rows)[0]['cents'])) / 100:,.2f}" in printed


def test_explain_shows_a_rules_formula_citation_and_inputs(workspace: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc(
        "explain", "savings_or_losses", "--settlement", "lakeside_PY2025", "-w", workspace
    )
    assert code == 0
    assert "total_benchmark - total_expenditure" in printed
    assert "425.610(a)" in printed


def test_why_not_says_which_version_counts(workspace: Path, vbc: Vbc) -> None:
    _, rows, _ = vbc(
        "sql",
        "SELECT min(claim_key) AS claim FROM medical_claim AS c "
        "JOIN person_expenditure AS p ON p.person_id = c.person_id "
        "AND p.contract_id = 'lakeside' AND p.period_id = 'PY2025' "
        "WHERE c.version_type = 'cancel' AND c.claim_end_date >= DATE '2025-01-01'",
        "--json",
        "-w",
        workspace,
    )
    claim = json.loads(rows)[0]["claim"]
    code, printed, _ = vbc(
        "explain", "--why-not", claim, "--settlement", "lakeside_PY2025", "-w", workspace
    )
    assert code == 0
    assert "superseded" in printed
    assert "cancel" in printed


def test_a_person_is_explained_in_every_period(workspace: Path, vbc: Vbc) -> None:
    _, rows, _ = vbc(
        "sql",
        "SELECT min(person_id) AS person FROM attribution WHERE assigned "
        "AND contract_id = 'hillside' AND period_id = 'PY2025'",
        "--json",
        "-w",
        workspace,
    )
    person = json.loads(rows)[0]["person"]
    code, printed, _ = vbc(
        "explain", "--person", person, "--settlement", "hillside_PY2025", "-w", workspace
    )
    assert code == 0
    assert "assignment (attribution)" in printed
    assert "candidates (candidate)" in printed


def test_unknown_lines_people_and_claims_are_refused_by_name(workspace: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", workspace)
    for words, expected in (
        (("no_such_line",), "no such line in the statement"),
        (("total_benchmark", "--at", "stratum=esrd"), "no such cell"),
        (("total_benchmark", "--at", "esrd"), "expected period=NAME,stratum=NAME"),
        (("--person", "nobody"), "no such person"),
        (("--why-not", "nothing"), "no such claim"),
        ((), "give a line's path"),
    ):
        code, _, err = vbc("explain", *words, *where)
        assert code == 2
        assert expected in err


def test_sql_answers_as_table_csv_and_json_and_refuses_all_but_one_select(
    workspace: Path, vbc: Vbc
) -> None:
    select = "SELECT count(*) AS people FROM person"
    people = json.loads(vbc("sql", select, "--json", "-w", workspace)[1])[0]["people"]
    assert people > MEMBERS
    assert vbc("sql", select, "--csv", "-w", workspace)[1] == f"people\n{people}\n"
    assert str(people) in vbc("sql", select, "-w", workspace)[1]
    for bad in (
        "DROP TABLE person",
        "SELECT 1; SELECT 2",
        "SELEC",
        "SELECT (",
        "SELECT * FROM nowhere",
        "SELECT * FROM read_csv('/etc/passwd')",
    ):
        code, _, err = vbc("sql", bad, "-w", workspace)
        assert code == 2, bad
        assert err.startswith("sql: "), bad


def test_runs_lists_the_run_in_force(workspace: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc("runs", "-w", workspace)
    assert code == 0
    assert Workspace(workspace).store.current() in printed
    assert "in force" in printed


def test_check_resolves_every_contract_without_data(workspace: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc("check", "-w", workspace)
    assert (code, printed) == (0, "10 contracts and 10 settlements resolve.\n")


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


def test_the_demonstration_does_not_overwrite(workspace: Path, vbc: Vbc) -> None:
    code, _, err = vbc("demo", workspace, "--members", MEMBERS)
    assert code == 2
    assert "is not empty" in err


def test_an_explanation_can_be_read_by_other_programs(workspace: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", workspace, "--json")
    code, printed, _ = vbc("explain", "counted_expenditure", "--at", "stratum=esrd", *where)
    assert code == 0
    found = json.loads(printed)
    assert found["line"] == "mssp_expenditure/counted_expenditure@performance,esrd"
    types, people = found["levels"]
    cell = value(statement(workspace, "lakeside"), found["line"])
    assert Decimal(people["total"]) / 100 == cell
    mine = next(row for row in types["rows"] if row["enrolment_type"] == "esrd")
    assert mine["counted_cents"] == people["total"]
    # the id that an explanation shows is a way to ask for it
    again = vbc("explain", found["line"], *where)
    assert json.loads(again[1]) == found


def test_a_cut_is_explained_by_enrolment_type_and_is_no_sum(workspace: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", workspace, "--json")
    for name, column in (("cut_in_force", "cut_cents"), ("cut", "cut")):
        code, printed, _ = vbc("explain", name, "--at", "stratum=esrd", *where)
        assert code == 0
        (types,) = json.loads(printed)["levels"]
        assert types["total"] is None
        assert len(types["rows"]) == 4
        assert all(row[column] for row in types["rows"])


def test_people_who_are_assigned_are_counted_one_by_one(workspace: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", workspace, "--json")
    _, printed, _ = vbc("explain", "assigned_beneficiaries", "--rows", 3, *where)
    (people,) = json.loads(printed)["levels"]
    assert people["count"] == people["total"] > 500
    ids = [row["person_id"] for row in people["rows"]]
    assert ids == sorted(ids)
    assert people["note"].startswith("--person ID goes on")


def test_a_person_where_none_is_counted_is_refused(workspace: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", workspace)
    for words, expected in (
        (("counted_expenditure", "--at", "stratum=esrd"), "is not among those of this cell"),
        (("savings_or_losses",), "mssp_settlement/savings_or_losses counts no persons"),
        (("savings_or_loses",), "did you mean savings_or_losses?"),
        (("total_benchmark", "--at", "colour=red"), "expected period=NAME,stratum=NAME"),
        (("per_capita_expenditure",), "give one with --at: period=performance,stratum=esrd"),
    ):
        person = ("--person", "nobody at all") if "--at" in words or len(words) == 1 else ()
        code, _, err = vbc("explain", *words, *person, *where)
        assert code == 2
        assert expected in err
        # an id on the command line may be a patient's: it is not repeated
        assert "nobody" not in err


def test_names_and_values_are_printed_as_they_are(workspace: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc("sql", "SELECT '[/b] :100: [red]x' AS words", "-w", workspace)
    assert code == 0
    assert "[/b] :100: [red]x" in printed
    code, _, err = vbc("sql", "SELECT 1 AS a, 2 AS a", "-w", workspace)
    assert (code, err) == (2, "sql: several columns are called a; name them with AS\n")
    code, _, err = vbc("sql", "SHOW TABLES", "-w", workspace)
    assert code == 2
    assert "`SELECT * FROM tables` lists the tables" in err


def test_commands_work_in_the_workspace_itself(
    workspace: Path, vbc: Vbc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace)
    assert vbc("check")[0] == 0
    assert vbc("sql", "SELECT count(*) FROM person")[0] == 0
    code, printed, _ = vbc("runs", "--json")
    assert code == 0
    (run,) = json.loads(printed)
    assert run["in_force"]
    assert run["rows"]["person"] > MEMBERS
    assert len(run["loads"]) == 1


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


def test_the_tour_tells_the_truth(workspace: Path) -> None:
    """Every block of docs/tour.md is what its command prints on this very workspace.

    Another version of the engine may draw other people, so then only the commands are run.
    """
    text = make_tour.TOUR.read_text(encoding="utf-8")
    printed = make_tour.filled(text, workspace)
    if f"DuckDB {duckdb.__version__}" in text:
        assert printed == text, "run: python tools/make_tour.py WORKSPACE"
