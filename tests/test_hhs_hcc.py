"""HHS-HCC scores by hand: what an adult, a child and a newborn of a plan weigh in 2026.

The factors are those of HHS's table of the 2026 benefit year; the sums stand beside the members.
"""

from collections.abc import Iterator
from datetime import date

import pytest

from hcc_sample import score
from hhs_sample import Insured, load_insured
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.risk.inputs import Asked, risk_requests
from openvbc.risk.pack import find_pack, read_pack

MODEL = "hhs_hcc_v08_2026"
HIV, HIV_DRUG, PREP = "B20", "00003196401", "49702023803"
INSULIN, OTHER_ANTIDIABETIC = "00002021301", "00169480430"
TYPE_1_WITH_KIDNEY, BOWEL_TRANSPLANT = "E1021", "T86850"
IMMATURE, PARALYSIS, CEREBRAL_PALSY, COMA = "P0504", "G8250", "G801", "G935"

WORKED = [
    # no diagnosis: a woman of 30, silver
    (Insured("well", 30, "female", "silver", 365), "0.198"),
    # diabetes is priced by its group G01 (0.142) and type 1 adds HCC022 (0.163): 0.198 + 0.305
    (Insured("diabetes", 30, "female", "silver", 365, (TYPE_1_WITH_KIDNEY,)), "0.503"),
    # the same with 60 enrolled days, the second month, and one HCC: + 4.057
    (Insured("short", 30, "female", "silver", 60, (TYPE_1_WITH_KIDNEY,)), "4.560"),
    # 60 days without an HCC add nothing
    (Insured("short and well", 30, "female", "silver", 60), "0.198"),
    # insulin (1.022) drops other antidiabetics; beside diabetes + 0.499: 0.503 + 1.521
    (
        Insured("insulin", 30, "female", "silver", 365, (TYPE_1_WITH_KIDNEY,),
                (INSULIN, OTHER_ANTIDIABETIC)),
        "2.024",
    ),
    # transplant of the bowel 5.893 with one HCC in all: - 5.893; with diabetes two: - 5.729 instead
    (Insured("transplant", 30, "female", "silver", 365, (BOWEL_TRANSPLANT,)), "0.198"),
    (
        Insured("transplant and diabetes", 30, "female", "silver", 365,
                (BOWEL_TRANSPLANT, TYPE_1_WITH_KIDNEY)),
        "0.667",  # 0.198 + 5.893 - 5.729 + 0.305
    ),
    # prophylaxis 3.609; a drug against HIV (4.309) is treatment and leaves it out
    (Insured("prophylaxis", 30, "female", "silver", 365, (), (PREP,)), "3.807"),
    (Insured("treated", 30, "female", "silver", 365, (), (PREP, HIV_DRUG)), "4.507"),
    # drug and diagnosis: 0.198 + 4.309 + 0.054 + 2.810
    (Insured("both", 30, "female", "silver", 365, (HIV,), (HIV_DRUG,)), "7.371"),
    # drugs are priced for adults only; an infant without anything is Age1 x Severity1
    (Insured("girl of one", 1, "female", "gold", 365, (), (INSULIN,)), "0.485"),
    (Insured("boy of one", 1, "male", "gold", 365), "0.545"),  # + 0.060
    (Insured("newborn unknown", 0, "male", "gold", 365), "0.545"),  # counts as a year old
    # an immature boy, cerebral palsy is severity 3: 29.686 + 0.569
    (Insured("newborn", 0, "male", "gold", 365, (IMMATURE, CEREBRAL_PALSY)), "30.255"),
    # paralysis alone would be severity 4, and cerebral palsy drops it
    (
        Insured("hierarchy first", 0, "male", "gold", 365, (IMMATURE, CEREBRAL_PALSY, PARALYSIS)),
        "30.255",
    ),
    # a code of newborns says nothing of a child of one
    (Insured("late", 1, "female", "gold", 365, (IMMATURE,)), "0.485"),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    folder = tmp_path_factory.mktemp("hhs")
    made = DuckDBEngine("400MB", folder / "spill")
    nobody = [Insured("no plan", 30, "female", "wood", 365)]
    models = load_insured(made, [it for it, _ in WORKED] + nobody, MODEL, folder)
    score(made, models)
    yield made
    made.close()


@pytest.mark.parametrize(("it", "expected"), WORKED, ids=[it.person_id for it, _ in WORKED])
def test_a_member_weighs(engine: DuckDBEngine, it: Insured, expected: str) -> None:
    ((found,),) = engine.rows(
        "SELECT raw_score_e9 FROM member_score WHERE person_id = ?", [it.person_id]
    )
    assert found == int(expected.replace(".", "")) * 10**6


def test_a_member_whose_metal_level_is_none_of_the_five_has_no_score(engine: DuckDBEngine) -> None:
    sql = "SELECT raw_score_e9, unscored FROM member_score WHERE person_id = 'no plan'"
    assert engine.rows(sql) == [(None, "no_segment")]


def test_days_are_counted_once_where_spans_overlap(engine: DuckDBEngine) -> None:
    """Every member is told twice: from the first of January and from the tenth."""
    sql = "SELECT enrolled_days FROM risk_person WHERE person_id = 'short'"
    assert engine.rows(sql) == [(60,)]


def test_every_part_of_a_score_is_named(engine: DuckDBEngine) -> None:
    sql = "SELECT kind, variable FROM member_factor WHERE person_id = ? ORDER BY 1, 2"
    assert engine.rows(sql, ["insulin"]) == [
        ("demographic", "FAGE_LAST_30_34"),
        ("group", "G01"),
        ("hcc", "HHS_HCC022"),
        ("hcc", "RXC_06"),
        ("interaction", "RXC_06_x_HCC018_019_020_021"),
    ]
    sql = "SELECT hcc_group, hcc, dropped_by FROM member_group WHERE person_id = ? ORDER BY 1"
    assert engine.rows(sql, ["newborn"]) == [
        ("Age1", None, "Immature"),
        ("Immature", "HHS_HCC245", None),
        ("Severity1", None, "Severity3"),
        ("Severity3", "HHS_HCC113", None),
    ]


def test_diagnoses_are_of_the_year_itself_and_age_of_the_last_enrolled_day() -> None:
    (row,) = risk_requests([Asked(MODEL, 2026, "commercial", date(2027, 4, 30))])["2026"]
    assert row["diagnosis_first_day"] == date(2026, 1, 1)
    assert row["age_on"] is None


def test_cost_sharing_reductions_are_in_the_head() -> None:
    shares = read_pack(find_pack("hhs_hcc_v07_2023")).head["cost_sharing_e9"]
    assert shares == {1: 10**9, 2: 1_070_000_000, 3: 1_120_000_000, 4: 1_150_000_000}
