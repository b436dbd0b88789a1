"""Who came and went, and what a practice's coming or going would change.

One workspace (attribution_sample) is built once. In 2024 (PY2025.base_3) lakeside has everybody but
NEW, who is not covered yet, and BACK, who sees X1.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attribution_sample import A1, B1, METHOD, SPAN, STEP, X1, delivery, write_files, write_lists
from conftest import Vbc
from model_case import CASES, build, expected, read_case
from model_case import found as found_rows
from openvbc.attribution.churn import Change, Churn
from openvbc.attribution.few import told_changes, told_totals
from openvbc.attribution.what_if import WhatIf, what_if
from openvbc.attribution_methods import TABLES, attribution_tables, method_names
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.parameters import code_lists
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("attribution")
    made = Workspace.init(root / "space", Settings(buckets=1))
    write_files(made.root)
    load(made.data, delivery(root / "source"), buckets=1, data_source="test", memory_limit="300MB")
    made.build()
    return made


def asked(vbc: Vbc, space: Workspace, *words: object) -> Any:
    code, printed, wrong = vbc(*words, "--json", "--workspace", space.root)
    assert code == 0, wrong
    return json.loads(printed)


def causes(found: Any) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for it in found["changes"]:
        key = (it["change"], it["cause"])
        counts[key] = counts.get(key, 0) + it["persons"]
    return counts


def test_a_contract_s_people_stay_leave_and_join_each_for_one_cause(
    space: Workspace, vbc: Vbc
) -> None:
    found = asked(vbc, space, "churn", "lakeside_PY2025", "--unit", "lakeside")
    assert (found["from"], found["to"]) == ("PY2025.base_3", "PY2025")
    assert causes(found) == {
        ("stayed", "stayed"): 1,  # STAY
        ("left", "another_aco"): 1,  # MOVE, whom hillside has now
        ("left", "another_practice"): 1,  # OUT: $100 here, $300 with X1
        ("left", "died"): 1,
        ("left", "eligibility"): 1,  # PLAN, in Medicare Advantage since March
        ("left", "no_visit"): 1,  # GONE
        ("left", "tie"): 1,  # TIE: $100 with both, X1's visit is later
        ("joined", "eligibility"): 1,  # NEW
        ("joined", "no_visit"): 1,  # BACK, who saw nobody of lakeside in 2024
    }


def test_the_counts_add_up_to_both_periods(space: Workspace, vbc: Vbc) -> None:
    own = ("churn", "lakeside_PY2025", "--unit", "lakeside")
    (row,) = asked(vbc, space, *own)["totals"]
    assert row == {
        "unit": "lakeside", "before": 7, "stayed": 1, "left": 6, "joined": 2, "after": 3
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(
        vbc(*own, "--csv", "--workspace", space.root)[1]
    )))  # fmt: skip
    assert sum(int(it["persons"]) for it in rows) == 1 + 6 + 2
    assert {it["other"] for it in rows if it["cause"] == "another_aco"} == {"hillside"}


def test_churn_of_an_analysis_goes_by_unit(space: Workspace, vbc: Vbc) -> None:
    """Twenty-four months are looked back on, so that GONE and PLAN stay with A1."""
    commercial = ("churn", "plan", "--method", "commercial", "--unit")
    found = {it: asked(vbc, space, *commercial, it) for it in (A1, B1, X1)}
    assert (found[A1]["from"], found[A1]["to"]) == ("2024", "2025")
    totals = {unit: it["totals"][0] for unit, it in found.items()}
    # A1 2024: STAY MOVE GONE DIED PLAN OUT TIE; 2025: STAY GONE PLAN OUT, and NEW BACK
    assert [totals[A1][it] for it in ("before", "stayed", "left", "joined", "after")] == [
        7, 4, 3, 2, 6
    ]  # fmt: skip
    assert totals[B1]["after"] == 1  # MOVE
    assert [totals[X1][it] for it in ("before", "after")] == [1, 1]  # BACK goes, TIE comes
    left = {it["cause"] for it in found[A1]["changes"] if it["change"] == "left"}
    assert left == {"died", "another_unit", "tie"}
    assert [it["unit"] for it in found[B1]["totals"]] == [B1]


def test_a_list_of_units_tells_no_count_of_few_people(space: Workspace, vbc: Vbc) -> None:
    """Nine people: no count may be told, in a list or to another recipient."""
    plan = ("churn", "plan", "--method", "commercial")
    for words in (plan, (*plan, "--unit", A1, "--recipient", "Harbor")):
        found = asked(vbc, space, *words)
        assert found["masked"]
        counts = [it[name] for it in found["totals"] for name in it if name != "unit"]
        assert set(counts) <= {0, None}
        assert {it["persons"] for it in found["changes"]} == {None}
    printed = vbc(*plan, "--workspace", space.root)[1]
    assert "fewer than 11 people" in printed


def change(unit: str, what: str, cause: str, persons: int) -> Change:
    return Change(unit, what, cause, "reason", "", persons)


def test_what_is_told_of_many_does_not_tell_of_few() -> None:
    """At A nobody's part is few, and of 25 who left 5 died: they stand with the next fewest, 8 who
    lost cover, 13 together; those of a tie are 12. At B 4 left: 100 - 96 would tell it, so that
    none of stayed, left and joined is told."""
    found = Churn(
        "plan", "2024", "2025",
        (
            change("A", "stayed", "stayed", 200),
            change("A", "left", "died", 5),
            change("A", "left", "eligibility", 8),
            change("A", "left", "tie", 12),
            change("B", "stayed", "stayed", 96),
            change("B", "left", "died", 4),
            change("B", "joined", "no_visit", 30),
        ),
    )  # fmt: skip
    assert told_totals(found) == [
        {"unit": "A", "before": 225, "stayed": 200, "left": 25, "joined": 0, "after": 200},
        {"unit": "B", "before": 100, "stayed": None, "left": None, "joined": None, "after": 126},
    ]
    assert told_changes(found) == [
        ("A", "stayed", "stayed", 200),
        ("A", "left", "tie", 12),
        ("A", "left", "others, each of few people (2)", 13),
        ("B", "stayed", "not told", None),
        ("B", "left", "not told", None),
        ("B", "joined", "not told", None),
    ]


def test_declared_ties_decide(space: Workspace) -> None:
    """OUT has one visit each in 2025: to A1 in May for $100, to X1 in March for $300.

    The shipped method asks for the later visit next, the plan's own for the most allowed.
    """
    engine = space.run().open()
    found = {
        method: (unit, reason)
        for method, unit, reason in engine.rows(
            "SELECT method, candidate_id, reason FROM person_attribution "
            "WHERE analysis_id = 'plan/2025' AND person_id = 'OUT'"
        )
    }
    engine.close()
    assert found == {"commercial": (A1, "tie_most_latest"), "acme": (X1, "tie_most_allowed")}


def counted(found: WhatIf) -> list[tuple[int, int, int]]:
    return [(it.persons, it.months, it.claims_cents) for it in (found.before[-1], found.after[-1])]


def test_a_practice_that_joins_brings_its_people_their_months_and_dollars(
    space: Workspace,
) -> None:
    """With X1 in lakeside OUT and TIE are lakeside's: $80 for each of their two visits."""
    found = what_if(space.fresh_run(), space.settlements["lakeside_PY2025"], X1, leaves=False)
    # before STAY, NEW, BACK: three years of 12 months, 3 × $80; after also 2 × 12 and 4 × $80
    assert counted(found) == [(3, 36, 24_000), (5, 60, 56_000)]
    assert (found.people_before, found.people_after, found.gained, found.lost) == (3, 5, 2, 0)


def test_a_practice_of_another_aco_leaves_it_first(space: Workspace) -> None:
    """On both lists B1 would count for neither."""
    found = what_if(space.fresh_run(), space.settlements["lakeside_PY2025"], B1, leaves=False)
    assert found.taken_from == ("hillside",)
    assert found.gained == 1  # MOVE


def test_a_practice_that_leaves_takes_its_people_along(space: Workspace, vbc: Vbc) -> None:
    found = asked(vbc, space, "what-if", "--tin", A1, "--contract", "lakeside", "--leave")
    assert (found["people_before"], found["people_after"], found["lost"]) == (3, 0, 3)
    assert found["after"][-1]["person_years"] == "0.0000"


def test_what_if_says_what_a_build_would_and_leaves_the_run_alone(
    space: Workspace, tmp_path: Path
) -> None:
    """The list is changed indeed, and the workspace built again."""
    run = space.run().id
    expected = what_if(space.fresh_run(), space.settlements["lakeside_PY2025"], X1, leaves=False)
    assert space.run().id == run
    try:
        write_lists(space.root, A1, X1)
        other = Workspace(space.root)
        other.build()
        engine = other.run().open()
        built = engine.rows(
            "SELECT SUM(member_months), SUM(claims_cents), SUM(counted_cents) "
            "FROM expenditure_cell WHERE contract_id = 'lakeside' AND period_id = 'PY2025'"
        )
        engine.close()
    finally:
        write_lists(space.root, A1)
        space.build()
    last = expected.after[-1]
    assert built == [(last.months, last.claims_cents, last.counted_cents)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("churn", "lakeside_PY2025", "--from", "PY2024"), "--from: no PY2024"),
        (("churn", "plan"), "--method: which? there are: acme, commercial"),
        (("churn", "plan", "--method", "acme", "--to", "2026"), "--to: no 2026"),
        (("churn", "plan", "--method", "acme", "--unit", "9"), "--unit: nobody came to"),
        (("what-if", "--tin", A1, "--contract", "lakeside"), "on the list of lakeside already"),
        (("what-if", "--tin", X1, "--contract", "lakeside", "--leave"), "it cannot leave"),
        (("what-if", "--tin", X1, "--contract", "seaside"), "seaside has no settlement"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    space: Workspace, vbc: Vbc, words: tuple[str, ...], says: str
) -> None:
    code, _, wrong = vbc(*words, "--workspace", space.root)
    assert code != 0
    assert says in wrong


def test_a_method_s_look_back_decides_how_many_years_are_read() -> None:
    """PCF in the first quarter: months 25 to 30 before its end are two years before; and so on."""
    years = {name: it["years_before"] for name, it in method_names(Path("none")).items()}
    # reach: 18 + 24 - 12 months before January, 2.5 years; pcf in Q1: 6 + 24 - 3, 2.25 years
    assert (years["reach"], years["pcf"], years["commercial"], years["payer_list"]) == (3, 3, 1, 0)


def test_what_resolves_to_nothing_is_refused_all_at_once(tmp_path: Path) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    wrong = STEP.replace("office_visit", "ofice_visit").replace("latest\n", "newest\n")
    (own / "attribution_step.csv").write_text(wrong.replace("acme,visits,1", "pcf,plurality,x"))
    with pytest.raises(InputError) as refused:
        attribution_tables(tmp_path)
    place = f"{own}/attribution_step.csv:2"
    assert [str(it) for it in refused.value.problems] == [
        f"{place}: order_3: found 'newest', expected nothing, allowed, visits, latest",
        f"{place}: place: found 'x', expected 1 to 99",
        f"{place}: unknown code_list ofice_visit; did you mean office_visit?",
    ]


def refused(folder: Path, **files: str) -> list[str]:
    """What is said of a workspace's own files, which stand for the sample's by their names."""
    own = folder / "attribution"
    own.mkdir()
    for name, text in ({"method": METHOD, "step": STEP, "span": SPAN} | files).items():
        (own / f"attribution_{name}.csv").write_text(text)
    with pytest.raises(InputError) as found:
        attribution_tables(folder)
    return [str(it).removeprefix(f"{own}/attribution_") for it in found.value.problems]


SPECIALISTS = "list,specialty_code,provider_class,first_day,last_day\nreach,01,primary,,\n"


@pytest.mark.parametrize(
    ("why", "files", "said"),
    [
        (
            "no month is looked at, for the months are those of another step",
            {"span": SPAN.replace("visits", "vists")},
            [
                "span.csv:2: unknown step of acme vists; did you mean visits?",
                (
                    "step.csv:2: step visits of acme compares services of no month; "
                    "expected its months: add attribution_span.csv rows"
                ),
            ],
        ),
        (
            "own months stand for all of a shipped method's, whose other step has none",
            {"span": f"{SPAN}reach,primary_care,1,12,1\n"},
            [
                (
                    "span.csv:3: step specialist of reach compares services of no month; "
                    "expected its months: add attribution_span.csv rows"
                ),
            ],
        ),
        (
            "months that count back from the last are given forwards",
            {"span": SPAN.replace("1,12,1", "12,1,1")},
            [
                (
                    "span.csv:2: months_from,months_to: found 12,1, expected the lower first: "
                    "months count back from the last, which is 1"
                ),
            ],
        ),
        (
            "a period ends before it begins",
            {"method": METHOD.replace("1,12,0", "11,2,0")},
            [
                (
                    "method.csv:2: first_month,last_month: found 11,2, expected the earlier month "
                    "first: a period ends in its own year"
                ),
            ],
        ),
        (
            "a step opens by a share that nobody says",
            {"step": STEP.replace("primary,,,", "primary,at_least,,")},
            [
                (
                    "step.csv:2: step visits of acme: opens is at_least, and the method has no "
                    "share_percent; give it in attribution_method.csv, or leave opens empty"
                ),
            ],
        ),
        (
            "a step counts what is related to no condition",
            {"step": STEP.replace("primary,,,", "primary,,condition,")},
            [
                (
                    "step.csv:2: step visits of acme: related is condition, and the method has no "
                    "condition; give it in attribution_method.csv, or leave related empty"
                ),
            ],
        ),
        (
            "a share is no percentage",
            {"method": METHOD.replace("any,any,,,", "any,any,,0.1,")},
            ["method.csv:2: share_percent: found '0.1', expected nothing, or 1 to 100"],
        ),
        (
            "the list has no specialist",
            {"step": STEP.replace(",primary,,,", ",specialist,,,")},
            [
                (
                    "step.csv:2: step visits of acme: found no specialist in specialty_list "
                    "primary_care, expected one at least; add attribution_specialty.csv rows, or "
                    "change provider_class"
                ),
            ],
        ),
        (
            "an own list takes a shipped method's specialists away",
            {"specialty": SPECIALISTS},
            [
                (
                    "specialty.csv:2: step specialist of reach: found no specialist in "
                    "specialty_list reach, expected one at least; add attribution_specialty.csv "
                    "rows, or change provider_class"
                ),
            ],
        ),
        (
            "a condition is looked for in no month, since a list of the payer needs none",
            {
                "method": METHOD.replace("any,any,,", "any,any,copd,"),
                "step": STEP.replace("service,office_visit,primary_care,primary", "payer_list,,,"),
                "span": "",
            },
            [
                (
                    "method.csv:2: condition: acme looks at no month for it; expected its months: "
                    "add attribution_span.csv rows"
                ),
            ],
        ),
        (
            "a diagnosis has a dot, and would begin none",
            {"condition": "condition,code_prefix\nasthma,J45.9\n"},
            [
                (
                    "condition.csv:2: code_prefix: found 'J45.9', expected three or more capitals "
                    "and digits without a dot, such as I50"
                ),
            ],
        ),
    ],
)
def test_a_method_that_could_attribute_nobody_is_refused(
    why: str, files: dict[str, str], said: list[str], tmp_path: Path
) -> None:
    assert refused(tmp_path, **files) == said, why


def test_a_step_by_a_list_or_a_choice_looks_at_no_months(tmp_path: Path) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    chosen = "acme,choice,1,designation,,,,,,latest,,\nacme,listed,2,payer_list,,,,,,latest,,\n"
    (own / "attribution_method.csv").write_text(METHOD)
    (own / "attribution_step.csv").write_text(STEP.splitlines()[0] + f"\n{chosen}")
    tables = attribution_tables(tmp_path)
    assert [it["step"] for it in tables["attribution_step"][-2:]] == ["choice", "listed"]


def test_a_code_that_stands_twice_is_refused_for_its_charges_would_count_twice(
    tmp_path: Path,
) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    rows = "mine,99213,,2024-12-31\nmine,99213,2024-06-01,\nmine,99214,,\n"
    (own / "attribution_code.csv").write_text(f"list,code,first_day,last_day\n{rows}")
    with pytest.raises(InputError, match=r"attribution_code\.csv: mine 99213 stands twice"):
        attribution_tables(tmp_path)


def test_nothing_that_ships_stands_twice_and_every_name_resolves(tmp_path: Path) -> None:
    """The shipped tables, given as a workspace's own, pass its checks."""
    own = tmp_path / "attribution"
    own.mkdir()
    for name in TABLES:
        (own / f"{name}.csv").write_bytes(code_lists()[name].read_bytes())
    assert attribution_tables(tmp_path) == attribution_tables(Path("none"))


def test_neither_the_order_of_rows_nor_a_doubled_reference_row_changes_anything(
    tmp_path: Path,
) -> None:
    """Rows are given backwards, participants, specialties and persons twice."""
    given = read_case(CASES / "attribution_reach.yaml")
    twice = {"contract_participant", "provider", "person", "eligibility", "voluntary_alignment"}
    tables: dict[str, list[Mapping[str, Any]]] = {
        table: [
            {**block, "rows": [*block["rows"][::-1], *(block["rows"] if table in twice else ())]}
            for block in blocks[::-1]
        ]
        for table, blocks in given.tables.items()
    }
    engine = DuckDBEngine("300MB", tmp_path)
    build(replace(given, tables=tables), engine)
    for table in given.expect:
        assert found_rows(given, engine, table) == expected(given, table)
    engine.close()


def test_a_condition_may_be_a_grouper_s_category(tmp_path: Path) -> None:
    own = tmp_path / "attribution"
    own.mkdir()
    (own / "attribution_condition.csv").write_text(
        "condition,code_prefix\nheart_failure,grouper:elixhauser/HF\n"
    )
    rows = attribution_tables(tmp_path)["attribution_condition"]
    codes = {it["code_prefix"] for it in rows if it["condition"] == "heart_failure"}
    assert "I509" in codes
    assert not any(it.startswith("grouper") for it in codes)
