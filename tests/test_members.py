"""Money by member and month: counted from the loaded eligibility, kept member by member.

A payment by member and month is right when three things hold: a month is counted in one contract
and one rate cell only; what the payer learnt after a payment comes back, month by month; and the
members' cents add up to the line of the statement. The first test's figures are those of a primary
care practice with a care-management fee of $12 for each of 1,200 members.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from conftest import Vbc
from member_sample import (
    COST,
    capitation,
    contract,
    deliver,
    fact,
    person,
    settled,
    settlement,
    span,
    workspace,
)

CARE = """\
  - care_management:
      strata: [standard]
      care_management_pmpm: {standard: 12}
"""


def value(space: Path, name: str, line: str) -> str:
    """One line's value."""
    return next(str(it["value"]) for it in settled(space, name)["lines"] if it["id"] == line)


def build_and_settle(vbc: Vbc, space: Path) -> None:
    code, _, err = vbc("build", "-w", space)
    assert code == 0, err
    code, _, err = vbc("settle", "-w", space)
    assert code == 0, err


# --- months told afterwards ---------------------------------------------------------------------

NOTICE: Final = [
    ("2025-12-10", 12, "-120", "notice after December's payment: March to December, 10 × $12"),
    ("2025-06-01", 5, "-36", "notice before June's payment on the 5th: March to May, 3 × $12"),
    ("2025-06-05", 5, "-36", "notice on the day of the payment still stops it"),
    ("2025-06-06", 6, "-48", "notice one day after it: March to June, 4 × $12"),
]


@pytest.mark.parametrize(("notice", "paid", "change", "why"), NOTICE, ids=[it[0] for it in NOTICE])
def test_a_member_who_left_comes_back_from_the_payments_made_until_notice(
    vbc: Vbc, tmp_path: Path, notice: str, paid: int, change: str, why: str
) -> None:
    """1,200 members × $12 × 12 = $172,800; one of them left on 1 March.

    In the end 1,199 × 12 + 2 = 14,390 months are earned, $172,680, whenever the notice came. What
    was paid before is more by the change.
    """
    assert why
    files = {"pcmh": (contract("pcmh", CARE, members="{payment_day: 5}"), settlement("pcmh"))}
    space = workspace(tmp_path / "space", files)
    people = [person(f"P{number:04}") for number in range(1200)]
    deliver(
        vbc, space, "2024-12-15", [span(it["person_id"], "2025-01-01") for it in people], people
    )
    deliver(vbc, space, notice, [span("P0000", "2025-01-01", "2025-02-28")])
    build_and_settle(vbc, space)
    lines = {it["path"].split("/")[1]: it for it in settled(space, "pcmh")["lines"]}
    assert lines["care_management_total_adjustment"]["value"] == change
    assert lines["care_management_earned"]["value"] == "172680"
    assert Decimal(lines["care_management_total_paid"]["value"]) == 172680 - Decimal(change)
    source = lines["care_management_member_months"]["source"]
    assert (source["table"], source["count"], source["total"]) == (
        "member_money",
        1200,
        str(1199 * 12 + paid),
    )
    code, said, _ = vbc(
        "explain", "care_management_total_adjustment", "--person", "P0000", "--json", "-w", space
    )
    assert code == 0
    members, months = json.loads(said)["levels"][-2:]
    assert (members["count"], members["total"]) == (1, int(change) * 100)
    assert [it["change_cents"] for it in months["rows"]].count(-1200) == -int(change) // 12
    assert {it["notice_on"] for it in months["rows"]} == {None, notice}


def test_every_member_of_a_line_is_listed_and_they_sum_to_it(vbc: Vbc, tmp_path: Path) -> None:
    """Two members, 12 and 7 months: 19 × $12 = $228."""
    files = {"pcmh": (contract("pcmh", CARE), settlement("pcmh"))}
    space = workspace(tmp_path / "space", files)
    spans = [span("A", "2025-01-01"), span("B", "2025-06-01")]
    deliver(vbc, space, "2026-01-15", spans, [person("A"), person("B")])
    build_and_settle(vbc, space)
    code, said, _ = vbc("explain", "care_management_earned", "--json", "-w", space)
    level = json.loads(said)["levels"][-1]
    assert (code, level["count"], level["total"]) == (0, 2, 22_800)
    assert [(it["person_id"], it["earned_cents"]) for it in level["rows"]] == [
        ("A", 14_400),
        ("B", 8_400),
    ]
    code, _, err = vbc("explain", "care_management_earned", "--person", "C", "-w", space)
    assert (code, "not among those of this line" in err) == (2, True)


def test_only_so_many_months_back_as_agreed(vbc: Vbc, tmp_path: Path) -> None:
    """Notice in December, ten months paid too much, six of them taken back: 6 × $12 = $72."""
    care = CARE + "      care_management_months_back: 6\n"
    files = {"pcmh": (contract("pcmh", care, members="{payment_day: 1}"), settlement("pcmh"))}
    space = workspace(tmp_path / "space", files)
    spans = [span("A", "2025-01-01"), span("B", "2025-01-01")]
    deliver(vbc, space, "2024-12-15", spans, [person("A"), person("B")])
    deliver(vbc, space, "2025-12-10", [span("A", "2025-01-01", "2025-02-28")])
    build_and_settle(vbc, space)
    adjusted = "care_management/care_management_total_adjustment@performance"
    assert value(space, "pcmh", adjusted) == "-72"
    assert value(space, "pcmh", "care_management/care_management_earned@performance") == "216"


def test_a_birthday_does_not_take_back_more_months_than_agreed(vbc: Vbc, tmp_path: Path) -> None:
    """Eleven months paid too much, six as a child and five as an adult; three come back: $36."""
    care = CARE.replace("[standard]", "[child, adult]").replace(
        "{standard: 12}", "{child: 12, adult: 12}"
    )
    care += "      care_management_months_back: 3\n"
    bands = "{care_management: [{stratum: child, age_to: 17}, {stratum: adult}]}"
    members = f"{{payment_day: 1, bands: {bands}}}"
    files = {"pcmh": (contract("pcmh", care, members=members), settlement("pcmh"))}
    space = workspace(tmp_path / "space", files)
    people = [person("A", born="2007-07-01"), person("B", born="2015-07-01"), person("C")]
    spans = [span(it["person_id"], "2025-01-01") for it in people]
    deliver(vbc, space, "2024-12-15", spans, people)
    deliver(vbc, space, "2025-12-10", [span("A", "2025-01-01", "2025-01-31")])
    build_and_settle(vbc, space)
    adjusted = "care_management/care_management_total_adjustment@performance"
    assert value(space, "pcmh", adjusted) == "-36"


def test_a_change_at_a_rate_between_cents_is_earned_less_paid(vbc: Vbc, tmp_path: Path) -> None:
    """$12.005: two members earn 24 months, $288.12. One month was told later.

    Paid 23 × $12.005 = $276.115, rounded $276.12; the change is $12.005, and its cents are
    $288.12 − $276.12 = $12.00, though $12.005 by itself is rounded to $12.01.
    """
    care = CARE.replace("standard: 12}", "standard: 12.005}")
    files = {"pcmh": (contract("pcmh", care, members="{payment_day: 1}"), settlement("pcmh"))}
    space = workspace(tmp_path / "space", files)
    deliver(vbc, space, "2024-12-15", [span("A", "2025-01-01")], [person("A"), person("B")])
    deliver(vbc, space, "2025-01-10", [span("B", "2025-01-01")])
    build_and_settle(vbc, space)
    values = {it["path"].split("/")[1]: it["value"] for it in settled(space, "pcmh")["lines"]}
    assert values["care_management_total_paid"] == "276.115"
    assert values["care_management_total_adjustment"] == "12.005"
    assert values["care_management_earned"] == "288.12"


# --- one contract for each month ----------------------------------------------------------------


def test_months_and_dollars_are_in_the_line_of_business_of_the_month(
    vbc: Vbc, tmp_path: Path
) -> None:
    """One person: Medicaid until June, the employer's plan from July.

    Medicaid 6 × $300 = $1,800; commercial 6 × $450 = $2,700.
    """
    files = {
        "medicaid": (
            contract("medicaid", capitation(300), payer="STATE", line="medicaid"),
            settlement("medicaid", COST),
        ),
        "employer": (contract("employer", capitation(450)), settlement("employer", COST)),
    }
    space = workspace(tmp_path / "space", files)
    spans = [
        span("A", "2025-01-01", "2025-06-30", payer="STATE", line="medicaid"),
        span("A", "2025-07-01"),
    ]
    deliver(vbc, space, "2026-01-15", spans, [person("A")])
    build_and_settle(vbc, space)
    revenue = "capitation/capitation_revenue@performance"
    assert value(space, "medicaid", revenue) == "1800"
    assert value(space, "employer", revenue) == "2700"
    months = {
        name: [
            it["month_start"][5:7]
            for it in json.loads(
                vbc(
                    *("explain", revenue, "--settlement", f"{name}_PY2025"),
                    *("--person", "A", "--json", "-w", space),
                )[1]
            )["levels"][-1]["rows"]
        ]
        for name in files
    }
    assert months == {
        "medicaid": ["01", "02", "03", "04", "05", "06"],
        "employer": ["07", "08", "09", "10", "11", "12"],
    }
    code, said, _ = vbc("rollup", "-w", space)
    assert (code, "1 members are in more than one contract; no month" in said) == (0, True)


PLANS: Final = tuple(f"PLAN{number}" for number in range(1, 10))


def nine_plans(tmp_path: Path, **further: tuple[str, str]) -> Path:
    """Nine Medicaid plans, nine contracts of one network."""
    files = {
        plan.lower(): (
            contract(
                plan.lower(),
                CARE,
                members=f"{{payer: {plan}}}",
                payer=plan,
                line="medicaid",
                entity="CIN",
            ),
            settlement(plan.lower()),
        )
        for plan in PLANS
    }
    return workspace(tmp_path / "space", {**files, **further})


def nine_deliveries(vbc: Vbc, space: Path) -> None:
    """Ten members a plan; M moves from PLAN1 to PLAN2 in July, and the first span never ended.

    Ten × 12 months in each plan; M has six in PLAN1 and six in PLAN2, although PLAN1 runs on.
    """
    people = [person(f"{plan}-{number}") for plan in PLANS for number in range(10)]
    spans = [
        span(it["person_id"], "2025-01-01", payer=it["person_id"][:5], line="medicaid")
        for it in people
    ]
    spans.append(span("M", "2025-01-01", payer="PLAN1", line="medicaid"))
    spans.append(span("M", "2025-07-01", payer="PLAN2", line="medicaid"))
    deliver(vbc, space, "2026-01-15", spans, [*people, person("M")])


def test_nine_contracts_of_one_network_roll_up_without_a_month_twice(
    vbc: Vbc, tmp_path: Path
) -> None:
    """9 × 10 × 12 + 12 = 1,092 months × $12 = $13,104; PLAN1 and PLAN2 have 126 months each."""
    space = nine_plans(tmp_path)
    nine_deliveries(vbc, space)
    build_and_settle(vbc, space)
    code, said, err = vbc("rollup", "--entity", "CIN", "--json", "-w", space)
    assert (code, err) == (0, "")
    (found,) = json.loads(said)
    assert [it["months"] for it in found["contracts"]] == [126, 126, *[120] * 7]
    assert [it["amount"] for it in found["contracts"]] == ["1512", "1512", *["1440"] * 7]
    assert (found["amount"], found["months"], found["members"]) == ("13104", 1092, 91)
    assert (found["shared_members"], found["doubled"]) == (1, [])
    assert len({it["statement_id"] for it in found["contracts"]}) == len(PLANS)


def test_a_contract_that_is_not_settled_leaves_the_rollup_without_a_sum(
    vbc: Vbc, tmp_path: Path
) -> None:
    """One of two contracts was settled, $144; the two together are not known."""
    files = {
        name: (contract(name, CARE, payer=name, members=f"{{payer: {name}}}"), settlement(name))
        for name in ("east", "west")
    }
    space = workspace(tmp_path / "space", files)
    spans = [span("A", "2025-01-01", payer="east"), span("B", "2025-01-01", payer="west")]
    deliver(vbc, space, "2024-12-15", spans, [person("A"), person("B")])
    assert vbc("build", "-w", space)[0] == 0
    assert vbc("settle", "east_PY2025", "-w", space)[0] == 0
    (found,) = json.loads(vbc("rollup", "--json", "-w", space)[1])
    assert [it["amount"] for it in found["contracts"]] == ["144", None]
    assert (found["amount"], found["without_amount"]) == (None, ["west_PY2025"])
    code, said, _ = vbc("rollup", "-w", space)
    assert (code, "there is no sum: west_PY2025" in said) == (0, True)


def test_a_month_that_two_contracts_count_fails_the_rollup(vbc: Vbc, tmp_path: Path) -> None:
    """A tenth contract that names no payer takes every Medicaid month: 91 members, 1,092 months."""
    wide = contract("wide", CARE, line="medicaid", entity="CIN", payer="STATE")
    space = nine_plans(tmp_path, wide=(wide, settlement("wide")))
    nine_deliveries(vbc, space)
    build_and_settle(vbc, space)
    code, said, err = vbc("rollup", "-w", space)
    assert (code, "1,092 months are counted twice" in said) == (1, True)
    lines = err.splitlines()
    assert len(lines) == len(PLANS)
    assert "126 months of 11 members are counted by plan1_PY2025 and by wide_PY2025" in lines[0]
    code, _, err = vbc("rollup", "--entity", "CNI", "-w", space)
    assert (code, "did you mean CIN?" in err) == (2, True)


# --- rate cells ---------------------------------------------------------------------------------


def test_full_capitation_of_five_thousand_members(vbc: Vbc, tmp_path: Path) -> None:
    """5,000 × 12 × $900 = $54.0M; cost $52.8M; surplus $1.2M, half of it the entity's.

    Paid ahead by roster $54.0M, so $54.0M − $0.6M (the payer's half) − $54.0M = −$0.6M is due.
    """
    half = capitation(900, more="      capitation_share_of_surplus: 0.5\n")
    facts = "facts:\n" + fact("capitated_cost", "usd", 52_800_000)
    files = {
        "full": (contract("full", half, members="{payment_day: 1}"), settlement("full", facts))
    }
    space = workspace(tmp_path / "space", files)
    people = [person(f"P{number}") for number in range(5000)]
    deliver(
        vbc, space, "2024-12-15", [span(it["person_id"], "2025-01-01") for it in people], people
    )
    build_and_settle(vbc, space)
    values = {it["path"].split("/")[1]: it["value"] for it in settled(space, "full")["lines"]}
    expected = {
        "capitation_revenue": "54000000",
        "capitation_prepaid": "54000000",
        "capitation_surplus": "1200000",
        "capitation_entity_share": "600000",
        "capitation_amount_due": "-600000",
    }
    assert {name: values[name] for name in expected} == expected


BANDED: Final = """\
  - capitation:
      strata: [child, woman, man, frail]
      capitation_rate: {child: 200, woman: 420, man: 380, frail: 1500}
"""

BANDS: Final = """
  bands:
    capitation:
      - {stratum: frail, risk_from: 2.0}
      - {stratum: child, age_to: 17}
      - {stratum: woman, age_from: 18, sex: female}
      - {stratum: man, age_from: 18, sex: male}
"""


def test_age_sex_and_risk_choose_the_rate_of_each_month(vbc: Vbc, tmp_path: Path) -> None:
    """A girl turns 18 on 15 June: on 1 June she is 17, so six months child and six months woman.

    6 × $200 + 6 × $420 = $3,720. A man: 12 × $380 = $4,560. A man of risk 2.4: 12 × $1,500 =
    $18,000. In all $26,280.
    """
    files = {"cells": (contract("cells", BANDED, members=BANDS), settlement("cells", COST))}
    space = workspace(tmp_path / "space", files)
    people = [
        person("girl", "2007-06-15"),
        person("man", "1980-01-01", "male"),
        person("frail", "1980-01-01", "male"),
    ]
    score = {"year": 2025, "enrolment_type": "aged_nondual", "model": "hcc"}
    scores = [
        {"person_id": "man", "score_e9": 1_999_999_999, **score},
        {"person_id": "frail", "score_e9": 2_400_000_000, **score},
    ]
    spans = [span(it["person_id"], "2025-01-01") for it in people]
    deliver(vbc, space, "2026-01-15", spans, people, risk_score=scores)
    build_and_settle(vbc, space)
    cells = {
        it["at"]["stratum"]: it["value"]
        for it in settled(space, "cells")["lines"]
        if it["path"] == "capitation/capitation_of_cell"
    }
    assert cells == {"child": "1200", "woman": "2520", "man": "4560", "frail": "18000"}
    assert value(space, "cells", "capitation/capitation_revenue@performance") == "26280"


def test_a_member_whom_no_band_holds_stops_the_settlement(vbc: Vbc, tmp_path: Path) -> None:
    """The person's sex is not known, and both adult bands ask for it: nothing settles in part."""
    files = {"cells": (contract("cells", BANDED, members=BANDS), settlement("cells", COST))}
    space = workspace(tmp_path / "space", files)
    people = [person("girl", "2007-06-15"), person("adult", "1980-01-01", "unknown")]
    spans = [span(it["person_id"], "2025-01-01") for it in people]
    deliver(vbc, space, "2026-01-15", spans, people)
    assert vbc("build", "-w", space)[0] == 0
    code, _, err = vbc("settle", "-w", space)
    assert (code, "12 member months fit no band of capitation" in err) == (2, True)
    assert not (space / "statements" / "cells_PY2025.json").exists()


def test_everything_wrong_with_a_members_clause_is_said_at_once(vbc: Vbc, tmp_path: Path) -> None:
    bands = """
  payer: HARBOR
  bands:
    capitation:
      - {stratum: child, age_from: 20, age_to: 17}
      - {stratum: woman}
      - {stratum: man, sex: male}
      - {stratum: elder, age_from: 65}
    withhold:
      - {stratum: all}
"""
    given = "      capitation_member_months: {child: 1, woman: 1, man: 1, frail: 1}\n"
    more = COST + fact("capitation_member_months", "months", 7)
    files = {"cells": (contract("cells", BANDED + given, members=bands), settlement("cells", more))}
    space = workspace(tmp_path / "space", files)
    code, _, err = vbc("check", "-w", space)
    said = [line.rpartition("/")[2] for line in err.splitlines()]
    assert code == 2
    for expected in (
        "cells.yaml:16: bands of withhold, which has no rate cells here",
        "capitation, child: age_to 17 is below age_from 20",
        "capitation has no stratum elder",
        "no band of capitation leads to frail; add one, or nobody is ever in it",
        "capitation: band 3 (man) is never reached: every month in it is in an earlier band",
        "capitation_member_months is counted from members; it is no term",
    ):
        assert any(expected in line for line in said), (expected, said)


def test_a_counted_leaf_is_no_fact(vbc: Vbc, tmp_path: Path) -> None:
    more = COST + fact("capitation_member_months", "months", 7)
    space = workspace(
        tmp_path / "space", {"full": (contract("full", capitation(900)), settlement("full", more))}
    )
    code, _, err = vbc("check", "-w", space)
    assert (code, err.count("\n")) == (2, 1)
    assert "full_PY2025.yaml:10: capitation_member_months is counted from members" in err


def test_nobody_known_in_time_is_said_and_not_paid_as_nothing(vbc: Vbc, tmp_path: Path) -> None:
    files = {"pcmh": (contract("pcmh", CARE), settlement("pcmh", as_of="2026-01-31"))}
    space = workspace(tmp_path / "space", files)
    deliver(vbc, space, "2026-02-15", [span("A", "2025-01-01")], [person("A")])
    assert vbc("build", "-w", space)[0] == 0
    code, _, err = vbc("settle", "-w", space)
    assert (code, "no eligibility of commercial was known by 2026-01-31" in err) == (2, True)


def test_a_payer_that_no_coverage_names_is_told_with_its_line(vbc: Vbc, tmp_path: Path) -> None:
    """There is eligibility: only the payer is written otherwise."""
    text = contract("pcmh", CARE, members="{payer: Harbor}")
    space = workspace(tmp_path / "space", {"pcmh": (text, settlement("pcmh"))})
    deliver(vbc, space, "2025-01-01", [span("A", "2025-01-01")], [person("A")])
    assert vbc("build", "-w", space)[0] == 0
    code, _, err = vbc("settle", "-w", space)
    said = (
        "pcmh.yaml:8: payer Harbor: no eligibility of commercial that was known by 2026-03-31 has "
        "this payer; known: HARBOR"
    )
    assert (code, said in err) == (2, True), err


@pytest.mark.parametrize("listed", ["Roster", "roster"])
def test_a_list_that_matches_nobody_is_not_said_to_be_no_coverage(
    listed: str, vbc: Vbc, tmp_path: Path
) -> None:
    """A is covered and on nobody's list; B is on the payer's roster and covered in no month."""
    text = contract("pcmh", CARE, members="{attributed: pcmh}").replace(
        "members:", f"population: {{method: payer_list, payer: HARBOR, list: {listed}}}\nmembers:"
    )
    space = workspace(tmp_path / "space", {"pcmh": (text, settlement("pcmh"))})
    spans = [span("A", "2025-01-01"), span("B", "2025-01-02", "2025-01-31")]
    on_list = {"report": "roster", "report_period": "PY2025", "person_id": "B"}
    more = {"status": "assigned", "line_of_business": "commercial"}
    people = [person("A"), person("B")]
    deliver(vbc, space, "2025-01-01", spans, people, reported_assignment=[on_list | more])
    assert vbc("build", "-w", space)[0] == 0
    code, _, err = vbc("settle", "-w", space)
    said = (
        "pcmh.yaml:9: eligibility of commercial was known by 2026-03-31, but pcmh has nobody in a "
        "month of it; see whether payer, list and participants of its population: are written as "
        "loaded rows have them"
    )
    assert (code, said in err) == (2, True), err
