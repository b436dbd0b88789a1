"""The main job as a user does it: the demonstration, then the commands on its workspace.

One workspace of 2,000 invented people is made once; every test runs a command on it and looks at
what it prints and how it ends.
"""

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import make_tour
import pytest

from conftest import DEMO_MEMBERS, Vbc
from demo_sample import statement, value
from openvbc.workspace import Workspace


def test_both_contracts_settle_with_enough_people(demo: Path) -> None:
    # 40 % and 30 % of at least 1,840 assignable people: both above the scale's 500
    lakeside, hillside = statement(demo, "lakeside"), statement(demo, "hillside")
    name = "mssp_settlement/assigned_beneficiaries@performance"
    path = next(
        line["id"]
        for line in lakeside["lines"]
        if line["id"].endswith("/assigned_beneficiaries@performance")
    )
    assert path.split("/")[1] == name.split("/")[1]
    assert value(lakeside, path) > 650
    assert value(hillside, path) > 500


def test_every_statement_says_what_it_is_made_of(demo: Path) -> None:
    for name in ("lakeside", "hillside"):
        document = statement(demo, name)
        known = {line["id"] for line in document["lines"]}
        for line in document["lines"]:
            assert line["cite"], line["id"]
            assert set(line["inputs"]) <= known
            assert line["formula"] or line["source"], line["id"]


def test_claims_are_excluded_truncated_or_counted_to_the_cent(demo: Path) -> None:
    document = statement(demo, "lakeside")
    for stratum in ("esrd", "disabled", "aged_dual", "aged_nondual"):
        claims, excluded, truncated, counted = (
            value(document, f"mssp_expenditure/{name}_expenditure@performance,{stratum}")
            for name in ("claims", "excluded", "truncated", "counted")
        )
        assert claims == excluded + truncated + counted
        assert claims > counted > 0


def test_the_statement_is_also_a_page(demo: Path) -> None:
    page = (demo / "statements" / "lakeside_PY2025.html").read_text()
    assert "<html" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_explain_goes_down_to_one_persons_claims_and_every_level_sums(demo: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", demo)
    code, printed, _ = vbc("explain", "claims_expenditure", "--at", "stratum=aged_nondual", *where)
    assert code == 0
    cell = value(
        statement(demo, "lakeside"),
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
        demo,
    )
    person = json.loads(rows)[0]["person_id"]
    code, printed, _ = vbc(
        "explain", "claims_expenditure", "--at", "stratum=aged_nondual", "--person", person, *where
    )
    assert code == 0
    # the claim lines of the costliest person sum to that person's amount
    assert f"total ${Decimal(int(json.loads(rows)[0]['cents'])) / 100:,.2f}" in printed


def test_explain_shows_a_rules_formula_citation_and_inputs(demo: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc(
        "explain", "savings_or_losses", "--settlement", "lakeside_PY2025", "-w", demo
    )
    assert code == 0
    assert "total_benchmark - total_expenditure" in printed
    assert "425.610(a)" in printed


def test_why_not_says_which_version_counts(demo: Path, vbc: Vbc) -> None:
    _, rows, _ = vbc(
        "sql",
        "SELECT min(claim_key) AS claim FROM medical_claim AS c "
        "JOIN person_expenditure AS p ON p.person_id = c.person_id "
        "AND p.contract_id = 'lakeside' AND p.period_id = 'PY2025' "
        "WHERE c.version_type = 'cancel' AND c.claim_end_date >= DATE '2025-01-01'",
        "--json",
        "-w",
        demo,
    )
    claim = json.loads(rows)[0]["claim"]
    code, printed, _ = vbc(
        "explain", "--why-not", claim, "--settlement", "lakeside_PY2025", "-w", demo
    )
    assert code == 0
    assert "superseded" in printed
    assert "cancel" in printed


def test_a_person_is_explained_in_every_period(demo: Path, vbc: Vbc) -> None:
    _, rows, _ = vbc(
        "sql",
        "SELECT min(person_id) AS person FROM attribution WHERE assigned "
        "AND contract_id = 'hillside' AND period_id = 'PY2025'",
        "--json",
        "-w",
        demo,
    )
    person = json.loads(rows)[0]["person"]
    code, printed, _ = vbc(
        "explain", "--person", person, "--settlement", "hillside_PY2025", "-w", demo
    )
    assert code == 0
    assert "assignment (attribution)" in printed
    assert "candidates (candidate)" in printed


def test_unknown_lines_people_and_claims_are_refused_by_name(demo: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", demo)
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
    demo: Path, vbc: Vbc
) -> None:
    select = "SELECT count(*) AS people FROM person"
    people = json.loads(vbc("sql", select, "--json", "-w", demo)[1])[0]["people"]
    assert people > DEMO_MEMBERS
    assert vbc("sql", select, "--csv", "-w", demo)[1] == f"people\n{people}\n"
    assert str(people) in vbc("sql", select, "-w", demo)[1]
    for bad in (
        "DROP TABLE person",
        "SELECT 1; SELECT 2",
        "SELEC",
        "SELECT (",
        "SELECT * FROM nowhere",
        "SELECT * FROM read_csv('/etc/passwd')",
    ):
        code, _, err = vbc("sql", bad, "-w", demo)
        assert code == 2, bad
        assert err.startswith("sql: "), bad


def test_runs_lists_the_run_in_force(demo: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc("runs", "-w", demo)
    assert code == 0
    assert Workspace(demo).store.current() in printed
    assert "in force" in printed


def test_check_resolves_every_contract_without_data(demo: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc("check", "-w", demo)
    assert (code, printed) == (0, "10 contracts and 10 settlements resolve.\n")


def test_the_demonstration_does_not_overwrite(demo: Path, vbc: Vbc) -> None:
    code, _, err = vbc("demo", demo, "--members", DEMO_MEMBERS)
    assert code == 2
    assert "is not empty" in err


def test_an_explanation_can_be_read_by_other_programs(demo: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", demo, "--json")
    code, printed, _ = vbc("explain", "counted_expenditure", "--at", "stratum=esrd", *where)
    assert code == 0
    found = json.loads(printed)
    assert found["line"] == "mssp_expenditure/counted_expenditure@performance,esrd"
    types, people = found["levels"]
    cell = value(statement(demo, "lakeside"), found["line"])
    assert Decimal(people["total"]) / 100 == cell
    mine = next(row for row in types["rows"] if row["enrolment_type"] == "esrd")
    assert mine["counted_cents"] == people["total"]
    # the id that an explanation shows is a way to ask for it
    again = vbc("explain", found["line"], *where)
    assert json.loads(again[1]) == found


def test_a_cut_is_explained_by_enrolment_type_and_is_no_sum(demo: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", demo, "--json")
    for name, column in (("cut_in_force", "cut_cents"), ("cut", "cut")):
        code, printed, _ = vbc("explain", name, "--at", "stratum=esrd", *where)
        assert code == 0
        (types,) = json.loads(printed)["levels"]
        assert types["total"] is None
        assert len(types["rows"]) == 4
        assert all(row[column] for row in types["rows"])


def test_people_who_are_assigned_are_counted_one_by_one(demo: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", demo, "--json")
    _, printed, _ = vbc("explain", "assigned_beneficiaries", "--rows", 3, *where)
    (people,) = json.loads(printed)["levels"]
    assert people["count"] == people["total"] > 500
    ids = [row["person_id"] for row in people["rows"]]
    assert ids == sorted(ids)
    assert people["note"].startswith("--person ID goes on")


def test_a_person_where_none_is_counted_is_refused(demo: Path, vbc: Vbc) -> None:
    where = ("--settlement", "lakeside_PY2025", "-w", demo)
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


def test_names_and_values_are_printed_as_they_are(demo: Path, vbc: Vbc) -> None:
    code, printed, _ = vbc("sql", "SELECT '[/b] :100: [red]x' AS words", "-w", demo)
    assert code == 0
    assert "[/b] :100: [red]x" in printed
    code, _, err = vbc("sql", "SELECT 1 AS a, 2 AS a", "-w", demo)
    assert (code, err) == (2, "sql: several columns are called a; name them with AS\n")
    code, _, err = vbc("sql", "SHOW TABLES", "-w", demo)
    assert code == 2
    assert "`SELECT * FROM tables` lists the tables" in err


def test_commands_work_in_the_workspace_itself(
    demo: Path, vbc: Vbc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(demo)
    assert vbc("check")[0] == 0
    assert vbc("sql", "SELECT count(*) FROM person")[0] == 0
    code, printed, _ = vbc("runs", "--json")
    assert code == 0
    (run,) = json.loads(printed)
    assert run["in_force"]
    assert run["rows"]["person"] > DEMO_MEMBERS
    assert len(run["loads"]) == 1


def test_the_tour_tells_the_truth(demo: Path) -> None:
    """Every block of docs/tour.md is what its command prints on this very workspace.

    Another version of the engine may draw other people, so then only the commands are run.
    """
    text = make_tour.TOUR.read_text(encoding="utf-8")
    printed = make_tour.filled(text, demo)
    if f"DuckDB {duckdb.__version__}" in text:
        assert printed == text, "run: python tools/make_tour.py WORKSPACE"
