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

from attribution_sample import A1, B1, X1, delivery, write_files, write_lists
from conftest import Vbc
from model_case import CASES, build, expected, read_case
from model_case import found as found_rows
from openvbc.attribution.churn import Change, Churn
from openvbc.attribution.few import told_changes, told_totals
from openvbc.attribution.few_what_if import told_what_if
from openvbc.attribution.what_if import Figures, WhatIf, what_if
from openvbc.engine.duckdb import DuckDBEngine
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


def test_a_tin_may_be_typed_with_a_hyphen(space: Workspace) -> None:
    """Claims and lists have nine digits."""
    typed = f"{X1[:2]}-{X1[2:]}"
    found = what_if(space.fresh_run(), space.settlements["lakeside_PY2025"], typed, leaves=False)
    assert (found.tin, found.gained) == (X1, 2)


def side(*persons: int) -> tuple[Figures, ...]:
    """People of disabled and aged_nondual, and of all: each of a year, $100 a person."""
    kinds = ("disabled", "aged_nondual", "all")
    return tuple(
        Figures(kind, it, 12 * it, 10_000 * it, 10_000 * it, 0, 0)
        for kind, it in zip(kinds, (*persons, sum(persons)), strict=True)
    )


def would(before: tuple[int, int], after: tuple[int, int], gained: int, lost: int) -> WhatIf:
    sums = (sum(before), sum(after), gained, lost)
    return WhatIf("lakeside", "PY2025", X1, True, (), side(*before), side(*after), *sums)


@pytest.mark.parametrize(
    ("found", "types", "sides", "numbers"),
    [
        # 20 disabled and 30 others come: everything is told
        (would((40, 60), (60, 90), 50, 0), 3, (100, 150), (100, 150, 50, 0)),
        # 5 of them are disabled: 40 and 45, so only all are told
        (would((40, 60), (45, 95), 40, 0), 1, (100, 140), (100, 140, 40, 0)),
        # 5 come: 105 - 100 would tell them, and their $500
        (would((40, 60), (40, 65), 5, 0), 1, (100, None), (100, None, None, None)),
        # 12 come and 3 go: 109 - 100 are nine
        (would((40, 60), (40, 69), 12, 3), 1, (100, None), (100, None, None, None)),
        # the list has 8 people: neither they nor the 32 who come are told
        (would((0, 8), (0, 40), 32, 0), 0, (None, None), (None, None, None, None)),
    ],
    ids=["many", "few of a type", "few come", "few go", "few there are"],
)
def test_what_a_practice_would_change_tells_others_of_no_few_people(
    found: WhatIf, types: int, sides: tuple[int | None, ...], numbers: tuple[int | None, ...]
) -> None:
    told = told_what_if(found)
    assert len(told.before) == types
    assert tuple(it[-1].persons if it else None for it in (told.before, told.after)) == sides
    assert (told.people_before, told.people_after, told.gained, told.lost) == numbers


def test_a_recipient_is_told_nothing_of_few_people(space: Workspace, vbc: Vbc) -> None:
    """Three people, two would come: nothing is left to tell but whom it is about."""
    words = ("what-if", "--tin", X1, "--contract", "lakeside")
    assert asked(vbc, space, *words)["gained"] == 2
    told = asked(vbc, space, *words, "--recipient", "ACME")
    assert (told["masked"], told["before"], told["after"], told["gained"]) == (True, [], [], None)
    text = vbc(*words, "--recipient", "ACME", "--workspace", space.root)[1]
    assert "not told people become not told, not told gained and not told lost" in text
    own = vbc(*words, "--workspace", space.root)[1]
    assert "3 people become 5, 2 gained and 0 lost" in own
    assert "$560.00" in own  # as counted above


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
        (("what-if", "--tin", "999999999", "--contract", "lakeside"),
         "--tin: 999999999: no claim names this TIN"),
        (("what-if", "--tin", f"{A1[:2]}-{A1[2:]}", "--contract", "lakeside"),
         "on the list of lakeside already"),
        (("churn", "lakeside_PY2025", "--from", "PY2025", "--to", "PY2025.base_3"),
         "--from: PY2025 is not before PY2025.base_3; say the earlier period here"),
        (("churn", "plan", "--method", "acme", "--from", "2025", "--to", "2024"),
         "--from: 2025 is not before 2024"),
        (("churn", "plan", "--method", "acme", "--from", "2025", "--to", "2025"),
         "--from: 2025 is not before 2025"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(
    space: Workspace, vbc: Vbc, words: tuple[str, ...], says: str
) -> None:
    code, _, wrong = vbc(*words, "--workspace", space.root)
    assert code != 0
    assert says in wrong


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
