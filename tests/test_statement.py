"""From a settlement to its statement: every line, its order, its identity, and what stops it.

The tables are given: 1,000 person-years of each enrolment type in every period, $10.0M counted.
"""

import importlib
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

import openvbc.contract.statement
from contract_sample import CUT_OF, SETTLEMENT, said, settlement, tables
from openvbc.contract.facts import At, FirstOf
from openvbc.contract.formula import formula
from openvbc.contract.settle import Settled, settle
from openvbc.contract.settlement import read_settlement
from openvbc.contract.statement import Document, value_text, waterfall
from openvbc.errors import InputError, Problem
from openvbc.rules.rule import Unknown, Value

CELLS = ("base_1", "base_2", "base_3", "performance")


def settled(
    folder: Path,
    changes: Mapping[str, str] | None = None,
    contract_changes: Mapping[str, str] | None = None,
    **given: Value | Mapping[At, Value],
) -> Settled:
    one = settlement(folder, changes, contract_changes)
    return settle(one, FirstOf([tables(**given), one.facts()]), "run")


def line(document: Document, identity: str) -> Document:
    return next(it for it in document["lines"] if it["id"] == identity)


def asserting(*lines: str) -> dict[str, str]:
    """The sample's settlement with assertions at its end."""
    last = SETTLEMENT.splitlines()[-1]
    return {last: "\n".join([last, "assert:", *(f"  {it}" for it in lines)])}


# Values as text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1.50"), "1.5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00"), "0"),
        (Decimal(1) / 3, "0." + "3" * 28),
        (True, "true"),
        (False, "false"),
        (None, None),
        (Unknown("nobody said"), None),
        ("basic_a", "basic_a"),
        ((Decimal("0.005"), Decimal("0.010")), "0.005 | 0.01"),
        (({"from": Decimal(500), "to": None},), "from 500; to None"),
    ],
)
def test_a_value_is_written_exactly(value: object, text: str | None) -> None:
    assert value_text(value) == text


def test_all_digits_of_the_rules_arithmetic_are_kept(tmp_path: Path) -> None:
    """34 significant digits: 10,130,000 ÷ (12,001 ÷ 12) goes on without end."""
    months = {At(role, it): Decimal(12_001) for role in CELLS for it in CUT_OF}
    document = settled(tmp_path, member_months=months).document
    found = line(document, "mssp_expenditure/per_capita_expenditure@performance,esrd")
    assert len(found["value"].replace(".", "")) == 34
    assert found["value"].startswith("10129.15")


# The document


def test_a_statement_holds_every_result_and_all_they_are_made_of(tmp_path: Path) -> None:
    done = settled(tmp_path)
    assert (done.problems, done.failed_assertions, done.holds) == ((), (), True)
    document = done.document
    ids = [it["id"] for it in document["lines"]]
    assert len(ids) == len(set(ids))
    assert set(document["results"]) <= set(ids)
    for it in document["lines"]:
        assert set(it["inputs"]) <= set(ids)
        assert it["formula"] or it["source"], it["id"]
    head = {name: document[name] for name in ("schema", "run_id", "as_of", "kind", "supersedes")}
    assert head == {
        "schema": "openvbc.statement/1",
        "run_id": "run",
        "as_of": "2026-08-31",
        "kind": "final",
        "supersedes": None,
    }
    assert document["periods"]["base_1"] == {"first_day": "2022-01-01", "last_day": "2022-12-31"}


def test_a_result_stands_before_its_inputs_and_results_in_the_contracts_order(
    tmp_path: Path,
) -> None:
    document = settled(tmp_path).document
    place = {it["id"]: number for number, it in enumerate(document["lines"])}
    first = line(document, document["lines"][0]["id"])
    assert first["id"] == document["results"][0]
    assert all(place[it] > place[first["id"]] for it in first["inputs"])
    components = [it.split("/")[0] for it in document["results"]]
    assert list(dict.fromkeys(components)) == [
        "mssp_expenditure",
        "mssp_benchmark",
        "mssp_settlement",
    ]


def test_a_statement_fits_its_schema(tmp_path: Path) -> None:
    schema = json.loads(
        (Path(openvbc.contract.statement.__file__).parent / "statement.schema.json").read_text()
    )
    validator = importlib.import_module("jsonschema").Draft202012Validator(schema)
    assert list(validator.iter_errors(settled(tmp_path).document)) == []


def test_the_same_files_and_tables_give_the_same_statement(tmp_path: Path) -> None:
    assert settled(tmp_path).document == settled(tmp_path).document


@pytest.mark.parametrize(
    ("changes", "contract_changes", "given"),
    [
        ({"value: 0.86": "value: 0.87"}, {}, {}),  # a fact
        ({"source: actuary": "source: Office of the Actuary"}, {}, {}),  # where it comes from
        ({"as_of: 2026-08-31": "as_of: 2026-09-30"}, {}, {}),
        ({}, {"elected_minimum_rate: 0.01": "elected_minimum_rate: 0.005"}, {}),  # a term
        ({}, {"title: Lakeside ACO\n": "title: Lakeside ACO # renamed\n"}, {}),  # the file itself
        ({}, {}, {"assigned_beneficiaries": Decimal(6_001)}),  # a table
    ],
)
def test_the_id_changes_with_everything_that_a_statement_says(
    tmp_path: Path,
    changes: dict[str, str],
    contract_changes: dict[str, str],
    given: dict[str, Value],
) -> None:
    before = settled(tmp_path).document["statement_id"]
    after = settled(tmp_path, changes, contract_changes, **given).document["statement_id"]
    assert before != after
    assert len(after) == 64


def test_more_lines_than_a_statement_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvbc.contract.statement, "MOST_LINES", 100)
    with pytest.raises(InputError, match="lines; a statement holds at most 100"):
        settled(tmp_path)


def test_the_waterfall_turns_with_who_pays() -> None:
    whole = {"period": "performance", "stratum": None}

    def one(name: str, value: str) -> Document:
        return {"id": f"a/{name}@performance", "path": f"a/{name}", "at": whole, "value": value}

    ways = {"payer_pays": ("start", "less cost", "due"), "entity_pays": ("start", "owed due")}
    lines = [one("start", "5"), one("cost", "7"), one("due", "2")]
    assert [it["step"] for it in waterfall(ways, lines)] == ["reached", "less", "reached"]
    lines[2] = one("due", "-2")
    assert [it["step"] for it in waterfall(ways, lines)] == ["reached", "owed"]
    assert waterfall(ways, lines[:2]) == []
    assert waterfall({}, lines) == []


# The truncation cut


def test_a_national_cut_is_said_with_the_fact_it_is(tmp_path: Path) -> None:
    document = settled(tmp_path).document
    at = "performance,esrd"
    assert line(document, f"mssp_expenditure/cut_origin@{at}")["value"] == "national"
    assert line(document, f"mssp_expenditure/cut_in_force@{at}")["value"] == "412000"
    fact = line(document, f"mssp_expenditure/truncation_cut@{at}")
    assert fact["source"]["kind"] == "fact"
    # 412,000 × 1,000 person-years − 10,000,000 counted
    assert line(document, f"mssp_expenditure/room_under_cut@{at}")["value"] == "402000000"


def test_a_computed_cut_is_said_even_where_a_national_one_was_given(tmp_path: Path) -> None:
    """The fact is there and is not what truncated: the statement shows both and says which."""
    own = {At(role, it): Decimal(50_000) for role in CELLS for it in CUT_OF}
    done = settled(
        tmp_path, {}, {"cut: national": "cut: computed"}, cut="computed", cut_in_force=own
    )
    at = "performance,esrd"
    assert done.holds
    assert line(done.document, f"mssp_expenditure/cut_origin@{at}")["value"] == "computed"
    assert line(done.document, f"mssp_expenditure/cut_in_force@{at}")["value"] == "50000"
    assert line(done.document, f"mssp_expenditure/truncation_cut@{at}")["value"] == "412000"
    # 50,000 × 1,000 − 10,000,000: measured by the cut that truncated
    assert line(done.document, f"mssp_expenditure/room_under_cut@{at}")["value"] == "40000000"


def test_nobody_of_a_type_has_no_cut(tmp_path: Path) -> None:
    own = {At(role, it): Decimal(50_000) for role in CELLS for it in CUT_OF if it != "esrd"}
    done = settled(
        tmp_path, {}, {"cut: national": "cut: computed"}, cut="computed", cut_in_force=own
    )
    room = line(done.document, "mssp_expenditure/room_under_cut@performance,esrd")
    assert (room["value"], room["unknown"]) == (None, "no cut: nobody is of this enrolment type")


def test_tables_truncated_at_another_cut_than_the_fact_are_refused(tmp_path: Path) -> None:
    other = {At(role, it): Decimal(1) for role in CELLS for it in CUT_OF}
    done = settled(tmp_path, cut_in_force=other)
    assert (
        Problem(
            "mssp_expenditure/cut_origin [performance, esrd]",
            "truncated at 1, but the national cut is 412000",
        )
        in done.problems
    )


# What stops a statement


def without(folder: Path, *facts: str) -> Settled:
    """The sample settled with facts left out of its file."""
    one = settlement(folder)
    lines = [it for it in SETTLEMENT.splitlines() if not it.strip().startswith(facts)]
    one.path.write_text("\n".join(lines) + "\n")
    less = read_settlement(one.path, {"lakeside": one.contract})
    return settle(less, FirstOf([tables(), less.facts()]), "run")


def test_everything_missing_is_named_at_once_and_the_rest_is_there(tmp_path: Path) -> None:
    done = without(tmp_path, "quality_standard_met", "market_share", "base_2")
    types = ("esrd", "disabled", "aged_dual", "aged_nondual")
    file = "lakeside_PY2025.yaml: "

    def cells(*roles: str) -> str:
        return "; ".join(f"{role}, {it}" for role in roles for it in types)

    found = said(InputError(done.problems), tmp_path)
    assert [it.rpartition(": ")[0] for it in found[:3]] == [
        f"{file}mssp_benchmark needs the fact market_share (rate) for "
        + cells("base_3", "performance"),
        f"{file}mssp_settlement needs the fact quality_standard_met (flag) for performance",
        f"{file}mssp_expenditure needs the fact truncation_cut (usd_per_capita) for "
        + cells("base_2"),
    ]
    assert not done.holds
    results = done.document["results"]
    assert "mssp_expenditure/total_expenditure@performance" in results
    assert "mssp_settlement/amount_due@performance" not in results
    assert done.document["waterfall"] == []


def test_a_table_without_the_cell_is_named_once_for_each_cell(tmp_path: Path) -> None:
    one = settlement(tmp_path)
    done = settle(one, one.facts(), "run")
    found = [str(it) for it in done.problems if it.where.startswith("table ")]
    nothing = "missing fact: no row, or an empty cell in it, for"
    assert f"table expenditure_cell: {nothing} base_1, esrd" in found
    assert f"table assignment_cell: {nothing} performance" in found
    assert len(found) == len(set(found))


def test_a_key_that_the_law_does_not_know_stands_once_with_its_line(tmp_path: Path) -> None:
    done = settled(tmp_path, {}, {"track: enhanced": "track: enhancd"})
    problems = said(InputError(done.problems), tmp_path)
    known = "known: track_1, track_1_plus, track_2, track_3, basic_a"
    assert problems[0].startswith(
        f"lakeside.yaml:19: two_sided has no value for track = enhancd; {known}"
    )
    assert {it.split(":")[0] for it in problems} == {"lakeside.yaml"}
    assert len(set(problems)) == len(problems)


def test_the_scale_has_no_formula_below_500_lives(tmp_path: Path) -> None:
    terms = "      track: enhanced\n      elected_minimum_rate: 0.01\n"
    scale = {terms: "      track: basic_a\n"}
    done = settled(tmp_path, {}, scale, assigned_beneficiaries=Decimal(499))
    (problem,) = done.problems
    assert problem.where == "mssp_settlement/minimum_savings_rate [performance]"
    assert "no published formula for 499 assigned beneficiaries; it begins at 500" in problem.what
    assert "mssp_expenditure/total_person_years@performance" in done.document["results"]


def test_a_name_that_two_supply_is_refused(tmp_path: Path) -> None:
    done = settled(tmp_path, quality_score=Decimal(1))
    (problem,) = done.problems
    assert str(problem) == "quality_score [performance]: is supplied twice: as given and fact"


# Assertions


def test_an_assertion_is_held_at_the_precision_it_is_written_in(tmp_path: Path) -> None:
    # 4 types × 10,000,000 × 1.013 = 40,520,000; 10,130,000 ÷ 1,000 person-years = 10,130
    done = settled(
        tmp_path,
        asserting(
            "mssp_expenditure/total_expenditure: 40520000.00",
            "mssp_expenditure/per_capita_expenditure@base_3,esrd: 10130",
            "mssp_settlement/savings_rate: 0.05",  # 0.0549 to two places
            "mssp_settlement/track: enhanced",
            "mssp_settlement/quality_standard_met: true",
        ),
    )
    assert (done.problems, done.failed_assertions) == ((), ())


def test_an_assertion_that_fails_says_the_difference_and_its_line(tmp_path: Path) -> None:
    done = settled(
        tmp_path,
        asserting(
            "mssp_expenditure/total_expenditure: 40520000.01",
            "mssp_settlement/track: basic_a",
            "mssp_expenditure/person_years@base_9,esrd: 1",
        ),
    )
    first = len(SETTLEMENT.splitlines()) + 2
    assert said(InputError(done.failed_assertions), tmp_path) == [
        (
            f"lakeside_PY2025.yaml:{first}: mssp_expenditure/total_expenditure: found "
            "40,520,000.00, asserted 40,520,000.01, difference -0.01"
        ),
        (
            f"lakeside_PY2025.yaml:{first + 1}: mssp_settlement/track: found enhanced, "
            "asserted basic_a"
        ),
        (
            f"lakeside_PY2025.yaml:{first + 2}: mssp_expenditure/person_years@base_9,esrd is no "
            "line of this statement; did you mean mssp_expenditure/person_years@base_3,esrd?"
        ),
    ]


def test_an_assertion_about_what_is_not_known_fails_with_the_reason(tmp_path: Path) -> None:
    own = {At(role, it): Decimal(50_000) for role in CELLS for it in CUT_OF if it != "esrd"}
    changes = asserting("mssp_expenditure/room_under_cut@base_1,esrd: 1")
    computed = {"cut: national": "cut: computed"}
    done = settled(tmp_path, changes, computed, cut="computed", cut_in_force=own)
    (failed,) = done.failed_assertions
    assert failed.what.endswith("unknown (no cut: nobody is of this enrolment type), asserted 1")


def test_an_assertion_about_no_line_at_all_is_refused(tmp_path: Path) -> None:
    done = settled(tmp_path, asserting("mssp_expenditure/total_expenditur: 1"))
    (problem,) = done.problems
    assert problem.what == "mssp_expenditure/total_expenditur is no line of this statement"


def test_assertions_are_held_as_far_as_a_stopped_statement_came(tmp_path: Path) -> None:
    changes = asserting("mssp_expenditure/total_expenditure: 1", "mssp_settlement/amount_due: 1")
    done = settled(tmp_path, changes, {"track: enhanced": "track: enhancd"})
    assert [it.what.split(":")[0] for it in done.failed_assertions] == [
        "mssp_expenditure/total_expenditure"
    ]


# Formulas


def test_a_formula_is_the_rules_own_text() -> None:
    def product(price: Decimal, count: Decimal) -> Decimal:
        """A product."""
        return (
            price
            * count
        )  # fmt: skip

    def bounded(price: Decimal, limit: Decimal) -> Decimal:
        if price > limit:
            return limit
        return price

    assert formula(product) == "price * count"
    assert formula(bounded) == "if price > limit:\n    return limit\nreturn price"
    assert formula(lambda: 1) == ""
