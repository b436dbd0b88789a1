"""`vbc panel`: exact figures of panels, small ones hidden beyond the practice.

The tables behind them are worked out by hand in tests/models/panel.yaml.
"""

import csv
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Vbc
from load_tables import COVERAGE, LINE, PERSON, write_source
from openvbc import cli
from openvbc.analyses import FILE, choices
from openvbc.panel.figures import HIDDEN, Figure, access, continuity, flow, risk
from openvbc.panel.read import MEASURES, read_panels
from openvbc.workspace import Workspace
from seen import Seen

ASKED = """\
analyses:
  seniors:
    line_of_business: medicare
    years: [2024, 2025]
    paid_through: 2026-03-31
    measures: [access, continuity, leakage, panel]
"""


def alike(visits: int, usual: int, same: int = 0, known: int = 0, persons: int = 1) -> Any:
    """People who saw one clinician `usual` times and others once each."""
    pairs = usual * usual + (visits - usual) - visits
    return {
        "unit_id": "11", "level": "npi", "care": "primary", "visits": visits,
        "usual_visits": usual, "coc_numerator": pairs, "coc_denominator": visits * (visits - 1),
        "same_as_before": same, "known_visits": known, "counted": visits >= 2,
        "is_high": visits >= 2 and 10 * pairs >= 7 * visits * (visits - 1), "persons": persons,
        "nameless_visits": 0,
    }  # fmt: skip


def values(figures: Any) -> dict[str, Decimal | None]:
    return {it.name: it.value for it in figures}


def test_the_continuity_of_a_panel_is_the_mean_of_its_people() -> None:
    """One with 3 of 4 visits to one doctor, two with 3 of 3, four with a single visit.

    Usual provider: (3/4 + 1 + 1) / 3 = 11/12. Bice-Boxerman: ((9 + 1 - 4)/12 + 1 + 1) / 3 = 5/6.
    Sequential: (2/3 + 1 + 1) / 3 = 8/9. High: two of three. Known: (3 + 2 x 2) / (4 + 2 x 3).
    """
    rows = [alike(4, 3, 2, 3), alike(3, 3, 2, 2, persons=2), alike(1, 1, persons=4)]
    assert values(continuity(rows)) == {
        "counted": Decimal("0.4286"),
        "usual_provider": Decimal("0.9167"),
        "bice_boxerman": Decimal("0.8333"),
        "sequential": Decimal("0.8889"),
        "high_continuity": Decimal("0.6667"),
        "known_provider": Decimal("0.7000"),
        "nameless_visits": Decimal(0),
    }


def test_a_panel_where_nobody_has_two_visits_has_no_continuity() -> None:
    """Nothing to divide by is no figure, not zero."""
    found = values(continuity([alike(1, 1, persons=30)]))
    assert found["bice_boxerman"] is None
    assert found["usual_provider"] is None
    assert found["counted"] == 0


def test_continuity_lies_between_none_and_all_in_any_order() -> None:
    """A usual provider is never below the Bice-Boxerman index, and order changes nothing."""
    seen = Seen("between", "none_or_all")
    person = st.integers(2, 5).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))

    @settings(max_examples=350)
    @given(st.lists(person, min_size=1, max_size=3), st.integers(0, 99))
    def holds(people: list[tuple[int, int]], seed: int) -> None:
        rows = [alike(visits, usual) for visits, usual in people]
        shuffled = Random(seed).sample(rows, len(rows))
        made = continuity(rows)
        found = {it.name: it.numerator / it.denominator for it in made if it.denominator}
        index = found["bice_boxerman"]
        assert 0 <= index <= found["usual_provider"] <= 1
        assert [*continuity(shuffled)] == [*continuity(rows)]
        seen.note(between=0 < index < 1, none_or_all=index in {0, 1})

    holds()
    seen.check()


@pytest.mark.parametrize(
    ("parts", "persons", "shown"),
    [
        ((20, 40), 40, "0.5000"),
        ((0, 40), 40, "0.0000"),
        ((40, 40), 40, "1.0000"),
        ((10, 40), 40, HIDDEN),
        ((30, 40), 40, HIDDEN),
        ((20, 40), 10, HIDDEN),
    ],
    ids=["many", "none", "all", "few", "few left over", "few people"],
)
def test_few_people_are_hidden_and_so_are_few_left_over(
    parts: tuple[int, int], persons: int, shown: str
) -> None:
    upper, lower = map(Fraction, parts)
    it = Figure("11", "access", "people", "without_visit", upper, lower, persons, counts=True)
    assert it.text(masked=True) == shown
    assert it.text(masked=False) != HIDDEN
    assert it.to_json(masked=True)["numerator"] is None
    assert it.to_json(masked=False)["numerator"] == str(parts[0])


@pytest.mark.parametrize(
    ("scored", "shown"),
    [
        (97, {"scored": HIDDEN, "risk_weighted_size": "97.0000", "mean_score": HIDDEN}),
        (80, {"scored": "0.8000", "risk_weighted_size": "80.0000", "mean_score": "1.0000"}),
        (100, {"scored": "1.0000", "risk_weighted_size": "100.0000", "mean_score": "1.0000"}),
        (5, dict.fromkeys(("scored", "risk_weighted_size", "mean_score"), HIDDEN)),
    ],
    ids=["three are not scored", "many are not", "all are", "few are"],
)
def test_the_size_and_the_mean_do_not_tell_how_few_are_not_scored(
    scored: int, shown: dict[str, str]
) -> None:
    """100 people, 97 of them scored 1 each: 97 ÷ 1 = 97 scored, so three would be known."""
    row = {"unit_id": "11", "risk_model": "v28", "scored": scored, "persons": 100}
    found = {it.name: it for it in risk({**row, "score_e9": scored * 1_000_000_000 + 1})}
    assert {name: it.text(masked=True) for name, it in found.items()} == shown
    assert found["mean_score"].to_json(masked=False)["persons"] == str(scored)


def change(direction: str, why: str, persons: int) -> Any:
    return {"unit_id": "11", "direction": direction, "change": why, "persons": persons}


def test_where_one_reason_is_hidden_all_are() -> None:
    """60 stayed, 20 + 12 joined, 15 + 3 left: 78 before, 92 now, net 32 - 18 = 14.

    The three who died are few. Both sizes are told, so with all the others 3 would be known.
    """
    rows = [
        change("kept", "stayed", 60),
        change("joined", "moved", 20),
        change("joined", "enrolled", 12),
        change("left", "moved", 15),
        change("left", "died", 3),
    ]
    found = {it.name: (it.text(masked=False), it.text(masked=True)) for it in flow(rows)}
    assert found == {
        "before": ("78", "78"),
        "kept": ("60", HIDDEN),
        "joined_moved": ("20", HIDDEN),
        "joined_enrolled": ("12", HIDDEN),
        "joined": ("32", HIDDEN),
        "left_moved": ("15", HIDDEN),
        "left_died": ("3", HIDDEN),
        "left": ("18", HIDDEN),
        "net": ("14", HIDDEN),
    }
    many = {it.name: it.text(masked=True) for it in flow(rows[:-1])}
    assert (many["kept"], many["left"], many["net"]) == ("60", "15", "17")


def test_after_a_stay_only_discharges_with_a_visit_have_a_mean() -> None:
    """40 discharges, 30 seen after 240 days in all: 8 days on average, 20 of 40 within a week."""
    row = {
        "unit_id": "11", "persons": 200, "without_visit": 20, "without_own_visit": 30,
        "visits": 600, "new_visits": 60, "after_hours_visits": 30, "urgent_visits": 20,
        "emergency_days": 40, "discharges": 40, "visited_by_7": 20, "visited_by_14": 25,
        "visited_by_30": 30, "days_to_visit": 240,
    }  # fmt: skip
    found = values(access(row))
    assert found["mean_days"] == 8
    assert found["visited_by_7"] == Decimal("0.5")
    assert found["urgent_and_emergency"] == Decimal("0.0938")  # (20 + 40) / (600 + 40)
    assert found["after_hours"] == Decimal("0.05")
    assert found["new_patient"] == Decimal("0.1")


def test_every_measure_that_is_read_may_be_asked_for() -> None:
    assert {*MEASURES} <= {*choices()["measure"]}


def visits(person: str, npi: str, tin: str, days: list[str]) -> list[dict[str, Any]]:
    return [
        LINE
        | {"claim_key": f"{person}{day}", "claim_id": f"{person}{day}", "person_id": person,
           "claim_start_date": day, "claim_end_date": day, "effective_on": day,
           "hcpcs_code": "99213", "place_of_service_code": "11", "rendering_npi": npi,
           "billing_tin": tin, "rendering_specialty_code": "08"}
        for day in days
    ]  # fmt: skip


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen people of practice 11 with three visits each, two of practice 22 with one."""
    root = tmp_path_factory.mktemp("panel")
    people = [f"P{n:02}" for n in range(16)]
    rows = [
        line
        for n, person in enumerate(people)
        for line in (
            visits(person, "N1", "11", ["2024-05-06", "2025-02-03", "2025-03-03", "2025-04-03"])
            if n < 14
            else visits(person, "N3", "22", ["2025-02-03"])
        )
    ]
    delivery = write_source(
        root / "delivery",
        person=[PERSON | {"person_id": it} for it in people],
        eligibility=[
            COVERAGE | {"person_id": it, "enrollment_end_date": "2025-12-31"} for it in people
        ],
        medical_claim=rows,
        roster_entry=[{"roster": "network", "tin": "11", "valid_from": "2020-01-01"}],
    )
    for words in (
        ("init", root, "--buckets", 1),
        ("load", delivery, "--workspace", root),
        ("build", "--workspace", root),
    ):
        (root / FILE).write_text(ASKED) if words[0] == "build" else None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["vbc", *map(str, words)])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        assert not ended.value.code, words
    return root


def test_a_list_of_panels_hides_the_small_one(space: Path, vbc: Vbc) -> None:
    code, text, _ = vbc("panel", "--json", "--workspace", space)
    assert code == 0
    found = json.loads(text)
    assert (found["analysis"], found["by"], found["masked"]) == ("seniors/2025", "tin", True)
    told = {(it["panel"], it["item"], it["name"]): it["value"] for it in found["figures"]}
    assert told["11", "people", "persons"] == "14"
    assert told["22", "people", "persons"] == HIDDEN
    assert told["11", "npi primary", "bice_boxerman"] == "1.0000"
    # The first of three visits of 2025 is to somebody known from 2024: all three are.
    assert told["11", "npi primary", "known_provider"] == "1.0000"
    assert told["11", "professional 08", "outside_allowed_cents"] == "0.0000"
    # Two moved from nobody's panel to 22, none of the fourteen left.
    assert (told["11", "change", "kept"], told["11", "change", "net"]) == ("14", "0")
    assert told["22", "professional 08", "outside_allowed_cents"] == HIDDEN


def test_a_practice_sees_its_own_panel_whole_and_others_do_not(space: Path, vbc: Vbc) -> None:
    own = ("panel", "--unit", "22", "--csv", space / "own.csv", "--workspace", space)
    assert vbc(*own)[0] == 0
    with (space / "own.csv").open(encoding="utf-8", newline="") as file:
        told = {it["item"] + "/" + it["name"]: it for it in csv.DictReader(file)}
    assert told["people/persons"]["value"] == "2"
    assert told["change/joined_found"]["value"] == "2"
    assert told["professional 08/outside_allowed_cents"]["numerator"] == "24000"
    given_away = vbc(*own, "--recipient", "ACME")[1]
    assert HIDDEN in given_away
    assert "24000" not in given_away


def test_the_same_table_as_a_person_reads_it(space: Path, vbc: Vbc) -> None:
    """`vbc panel` and `vbc panel --unit` show the figures as tables."""
    text = vbc("panel", "--workspace", space)[1]
    for title in ("panels and their changes", "continuity", "access", "leakage"):
        assert f"\n{title}: " in text
    assert "own_visit" in vbc("panel", "--unit", "11", "--workspace", space)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--unit", "99"), "--unit: no panel is called so in seniors/2025, by tin"),
        (("--by", "clinic"), "--by: found clinic, expected one of tin, npi"),
        (("--measure", "leek"), "--measure: found leek, expected one of"),
        (("--analysis", "senior"), "is called so; did you mean seniors/2025"),
        (("--csv", "x.txt"), "--csv: found .txt, expected a .csv file"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], said: str, space: Path, vbc: Vbc) -> None:
    code, _, error = vbc("panel", *words, "--workspace", space)
    assert (code, said in error) == (2, True), error


def test_dollars_of_leakage_are_all_dollars_of_the_year(space: Path) -> None:
    """By practice and by clinician, each dollar once: 14 x 3 + 2 lines of $120."""
    for by in ("tin", "npi"):
        found = read_panels(Workspace(space), by=by).of("leakage")
        total = sum(it.denominator for it in found if it.name == "outside_allowed_cents")
        assert total == (14 * 3 + 2) * 12_000
