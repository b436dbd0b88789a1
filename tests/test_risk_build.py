"""Risk scores in a build: asked by a contract or an analysis, explained to the diagnosis.

The expected numbers are CMS's published factors of V28 (segment, variable): community aged
non-dual F75_79 and HCC37, new enrollee NEM75_79, community disabled F55_59.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import Vbc
from openvbc import cli
from openvbc.analyses import FILE
from openvbc.confidentiality.release import Release
from openvbc.confidentiality.withhold import FEW, Withholding
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.explain.descend import descend
from openvbc.explain.risk_summary import summary_levels
from openvbc.risk.given import attributes, services
from openvbc.workspace import Workspace
from risk_sample import delivery, write_contract

ANALYSES = """\
analyses:
  seniors:
    line_of_business: medicare
    years: [2025]
    paid_through: 2026-01-31
    risk: [cms_hcc_v24]
"""

E9 = 10**9


def run(*words: object) -> None:
    """A command that must succeed, where there is no fixture of one test to run it by."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["vbc", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code, words


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("risk")
    run("init", root, "--buckets", 1)
    run("load", delivery(root / "delivery"), "--workspace", root)
    write_contract(root)
    (root / FILE).write_text(ANALYSES)
    run("build", "--workspace", root)
    return root


@pytest.fixture(scope="module")
def built(space: Path) -> Iterator[DuckDBEngine]:
    engine = Workspace(space).run().open("300MB", 1)
    yield engine
    engine.close()


V28 = """request_id = (
    SELECT request_id FROM risk_request WHERE risk_model = 'cms_hcc_v28_2025' AND year = 2025
)"""


def factor(engine: DuckDBEngine, segment: str, variable: str) -> int:
    sql = "SELECT factor_e9 FROM risk_factor WHERE risk_model = 'cms_hcc_v28_2025' AND segment = ? "
    return int(engine.rows(f"{sql} AND variable = ?", [segment, variable])[0][0])


def test_only_packs_that_are_asked_for_are_in_the_run(built: DuckDBEngine, space: Path) -> None:
    asked = built.rows("SELECT DISTINCT risk_model FROM risk_code ORDER BY 1")
    assert asked == [("cms_hcc_v24_2025",), ("cms_hcc_v28_2025",)]
    facts = Workspace(space).run().manifest["facts"]
    assert sorted(facts["packs"]) == ["cms_hcc_v24_2025", "cms_hcc_v28_2025"]


def test_a_score_is_the_sum_of_its_published_factors(built: DuckDBEngine) -> None:
    """ANN: F75_79 0.465 + HCC37 0.166 = 0.631 in the community, aged, not dual."""
    raw = built.rows(f"SELECT raw_score_e9 FROM member_score WHERE {V28} AND person_id = 'ANN'")
    assert raw == [(factor(built, "CNA", "F75_79") + factor(built, "CNA", "HCC37"),)]
    assert raw == [(631_000_000,)]


def test_what_the_hierarchy_drops_is_kept_and_said(built: DuckDBEngine) -> None:
    found = built.rows(
        f"SELECT hcc, dropped, dropped_by FROM member_hcc WHERE {V28} AND person_id = 'ANN' "
        "ORDER BY hcc"
    )
    assert found == [("HCC37", None, None), ("HCC38", "hierarchy", "HCC37")]


def test_denied_and_reversed_claims_give_nothing_and_are_named(built: DuckDBEngine) -> None:
    found = built.rows(
        f"SELECT DISTINCT hcc, counts, claim_reason FROM hcc_evidence WHERE {V28} "
        "AND person_id = 'BEA' ORDER BY claim_reason"
    )
    reasons = [(hcc, counts, why) for hcc, counts, why in found]
    assert reasons == [("HCC280", False, "cancelled"), ("HCC280", False, "denied"),
                       ("HCC280", False, "superseded")]  # fmt: skip
    assert built.rows(f"SELECT 1 FROM member_hcc WHERE {V28} AND person_id = 'BEA'") == []


def test_commercial_months_are_not_months_of_medicare(built: DuckDBEngine) -> None:
    """CAL's commercial year does not make him a continuing enrollee: no months of Part B."""
    found = built.rows(
        f"SELECT part_b_months, new_enrollee, segment FROM risk_person WHERE {V28} "
        "AND person_id = 'CAL'"
    )
    assert found == [(0, True, "NE")]


def test_a_new_enrollee_has_no_disease_factors(built: DuckDBEngine) -> None:
    """CAL's diabetes of 2024 is there, and counts for nothing: age and sex alone are scored."""
    found = built.rows(
        f"SELECT demographic_e9, disease_e9 FROM member_score WHERE {V28} AND person_id = 'CAL'"
    )
    assert found == [(factor(built, "NE", "NMCAID_NORIGDIS_NEM75_79"), 0)]
    assert built.rows(f"SELECT hcc FROM member_hcc WHERE {V28} AND person_id = 'CAL'") == [
        ("HCC37",)
    ]


@pytest.mark.parametrize("reason", ["1", "2", "3"])
def test_every_original_entitlement_but_age_is_disabled_below_65(
    built: DuckDBEngine, reason: str
) -> None:
    """Codes 2 (ESRD) and 3 (both) are entitlement by disability as code 1 is, and not dropped."""
    flags = built.rows(
        "SELECT DISTINCT original_reasons FROM risk_condition WHERE kind = 'flag' "
        "AND variable = 'DISABLED'"
    )
    assert all(reason in it for (it,) in flags)
    found = built.rows(f"SELECT original_reason FROM risk_person WHERE {V28} AND person_id = 'DOT'")
    assert found == [("3",)]
    raw = built.rows(f"SELECT raw_score_e9 FROM member_score WHERE {V28} AND person_id = 'DOT'")
    assert raw == [(factor(built, "CND", "F55_59"),)]


def test_a_negative_age_is_named_and_no_zero(built: DuckDBEngine) -> None:
    found = built.rows(
        f"SELECT unscored, raw_score_e9 FROM member_score WHERE {V28} AND person_id = 'EVE'"
    )
    assert found == [("impossible_age", None)]


def test_the_contracts_scores_are_the_computed_ones(built: DuckDBEngine) -> None:
    """The loaded table risk_score is empty; three people are scored, EVE's months are not."""
    found = dict(
        built.rows(
            "SELECT person_id, hcc_score_e9 FROM person_risk WHERE period_id = 'PY2025' "
            "AND hcc_score_e9 IS NOT NULL"
        )
    )
    assert found["ANN"] == 631_000_000
    assert found["DOT"] == factor(built, "CND", "F55_59")
    cell = built.rows(
        "SELECT score_months, unscored_months FROM risk_cell WHERE period_id = 'PY2025' "
        "AND enrolment_type = 'disabled'"
    )
    assert cell == [(12, 12)]  # DOT's year, and EVE's, who has no score


def test_a_benchmark_year_is_scored_by_its_own_diagnoses(built: DuckDBEngine) -> None:
    years = built.rows(
        "SELECT year, min(diagnosis_first_day) FROM risk_request WHERE risk_model LIKE '%v28%' "
        "GROUP BY year ORDER BY year"
    )
    assert [(year, day.year) for year, day in years] == [
        (2022, 2021), (2023, 2022), (2024, 2023), (2025, 2024),
    ]  # fmt: skip


def test_without_a_request_nothing_is_scored_and_no_pack_is_stored(tmp_path: Path) -> None:
    run("init", tmp_path, "--buckets", 1)
    run("load", delivery(tmp_path / "delivery"), "--workspace", tmp_path)
    write_contract(tmp_path, risk="")
    run("build", "--workspace", tmp_path)
    rows = Workspace(tmp_path).run().rows()
    assert rows["contract_period"] == 4
    scored = ("risk_request", "risk_person", "risk_diagnosis", "member_hcc", "member_score")
    assert [rows.get(it, 0) for it in scored] == [0, 0, 0, 0, 0]
    assert "risk_code" not in rows


def test_vbc_risk_score_shows_what_gave_a_score(space: Path, vbc: Vbc) -> None:
    code, text, wrong = vbc("risk", "score", "--person", "ANN", "--json", "-w", space)
    assert code == 0, wrong
    levels = {it["title"].split()[0]: it for it in json.loads(text)["levels"]}
    mine = [it for it in levels["categories"]["rows"] if it["request"].startswith("cms_hcc_v28")]
    assert {(it["category"], it["counts"], it["dropped by"]) for it in mine} == {
        ("HCC37", True, None),
        ("HCC38", False, "HCC37"),
    }
    seen = {(it["category"], it["diagnosis"], it["claim"]) for it in levels["diagnoses"]["rows"]}
    assert ("HCC37", "E1121", "ANN2024") in seen
    log = (space / "data" / "audit.jsonl").read_text()
    assert "risk score" in log


def test_a_line_that_counts_without_a_specialty_is_told(space: Path) -> None:
    """As many lines as may be told of each kind, and nobody says their specialty."""
    engine = Workspace(space).run().open("300MB", 1)
    engine.select_as_table(
        "risk_claim_line",
        "SELECT window_id, reason, true AS unknown_specialty FROM "
        f"(SELECT min(window_id) AS window_id FROM risk_request), range({FEW}), "
        "(VALUES (CAST(NULL AS VARCHAR)), ('denied')) AS v (reason)",
    )
    lines = list(summary_levels(engine))[-1]
    engine.close()
    assert [it[1:] for it in lines.rows] == [
        ("counts, of no known specialty", f"{FEW}"),
        ("denied", f"{FEW}"),
    ]


def test_vbc_risk_summary_names_codes_of_no_model_and_of_no_shape(space: Path, vbc: Vbc) -> None:
    code, text, wrong = vbc("risk", "summary", "--json", "-w", space)
    assert code == 0, wrong
    levels = {it["title"].split()[0]: it for it in json.loads(text)["levels"]}
    words = {it["what"] for it in levels["diagnoses"]["rows"]}
    assert words == {
        "a code of an asked model",
        "no asked model has the code",
        "not the shape of an ICD-10-CM code",
    }
    assert {it["no score because"] for it in levels["people"]["rows"]} == {"", "impossible_age"}
    assert {it["persons"] for it in levels["people"]["rows"]} == {"fewer than 11"}
    assert {"denied", "cancelled", "superseded", "counts"} <= {
        it["what"] for it in levels["claim"]["rows"]
    }


@pytest.mark.parametrize("name", ["scores.csv", "scores.parquet"])
def test_scores_of_everyone_go_to_a_file(space: Path, vbc: Vbc, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    assert vbc("risk", "score", "--out", file, "-w", space)[0] == 0
    engine = DuckDBEngine("200MB", tmp_path / "spill")
    read = "read_csv" if name.endswith("csv") else "read_parquet"
    count = engine.rows(f"SELECT count(*) FROM {read}('{file}')")[0][0]
    engine.close()
    assert count == Workspace(space).run().rows()["member_score"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_cell_of_the_benchmark_goes_down_to_the_diagnosis(
    space: Path, built: DuckDBEngine
) -> None:
    """hcc_score_months_e9 → persons → the model → its factors → categories → claims.

    Five people are too few to be settled, so the cell is explained and not its line.
    """
    workspace = Workspace(space)
    keys = {"contract_id": "lakeside", "period_id": "PY2025", "enrolment_type": "aged_nondual"}
    source = {"table": "risk_cell", "column": "hcc_score_months_e9", "filter": keys}
    withholding = Withholding(built, workspace.run(), space, Release())
    levels = list(descend(workspace.models, built, source, "ANN", 20, withholding))
    titles = [it.title.split(" (")[0] for it in levels]
    assert titles == [
        "enrolment types", "persons", "models of the score", "scores",
        "factors, times 1e9 in the total", "categories", "diagnoses and their claims",
    ]  # fmt: skip
    (model,) = [dict(zip(levels[2].columns, row, strict=True)) for row in levels[2].rows]
    assert (model["raw"], model["part"]) == ("0.631", "0.631")
    assert "Announcement" in model["citation"]


def test_what_no_claim_says_is_read_from_a_file_and_checked(tmp_path: Path) -> None:
    """Errors name lines and no people."""
    (tmp_path / "risk_attributes.csv").write_text(
        "person_id,attribute,first_day,last_day,value\n"
        "ANN,institutional,2025-01-01,,true\n"
        "BEA,instituional,2025-01-01,,true\n"
        "CAL,treatment,2025-13-01,,dialisys\n"
        "DEB,metal_level,2025-06-01,2025-05-31,brass\n"
    )
    with pytest.raises(InputError) as refused:
        attributes(tmp_path)
    assert [str(it).removeprefix(f"{tmp_path}/") for it in refused.value.problems] == [
        "risk_attributes.csv:3: unknown attribute instituional; did you mean institutional?",
        "risk_attributes.csv:4: first_day: expected a day such as 2025-01-01",
        "risk_attributes.csv:4: treatment: found 'dialisys', expected none or dialysis or graft",
        "risk_attributes.csv:5: last_day: is before first_day",
        (
            "risk_attributes.csv:5: metal_level: found 'brass', "
            "expected platinum or gold or silver or bronze or catastrophic"
        ),
    ]


ATTRIBUTES = "person_id,attribute,first_day,last_day,value\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("ANN,treatment,2025-01-01,,dialysis\nANN,treatment,2025-01-01,,graft\n",
         [("3: treatment: says another value than line 2, of the same person from the same day; "
          "keep one of both")]),
        ("ANN,graft_months,2025-01-01,,5\n",
         ["2: graft_months: no row says treatment graft of this person in these days; add one"]),
        ("ANN,treatment,2024-01-01,2024-12-31,graft\nANN,graft_months,2025-01-01,,5\n",
         ["3: graft_months: no row says treatment graft of this person in these days; add one"]),
        ("ANN,graft_months,2025-01-01,,\u0663\n",
         ["2: graft_months: found '\u0663', expected a whole number of months, 0 to 999"]),
        (f"ANN,graft_months,2025-01-01,,{'1' * 23}\n",
         [(f"2: graft_months: found '{'1' * 23}', expected a whole number of months, "
           "0 to 999")]),
    ],
)  # fmt: skip
def test_what_contradicts_or_changes_nothing_is_refused(
    rows: str, said: list[str], tmp_path: Path
) -> None:
    """Of two values from one day neither may win by its spelling, and months without a graft are
    looked at by no model."""
    path = tmp_path / "risk_attributes.csv"
    path.write_text(f"{ATTRIBUTES}{rows}", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        attributes(tmp_path)
    assert [str(it) for it in refused.value.problems] == [f"{path}:{it}" for it in said]


def test_a_later_span_and_a_row_said_twice_are_taken(tmp_path: Path) -> None:
    """Of several spans the last one says it; the graft of June has its months from June on."""
    (tmp_path / "risk_attributes.csv").write_text(
        f"{ATTRIBUTES}ANN,treatment,2025-01-01,,dialysis\nANN,treatment,2025-06-01,,graft\n"
        "ANN,graft_months,2025-06-01,,1\nANN,institutional,2025-01-01,2025-03-31,true\n"
    )
    assert [it["value"] for it in attributes(tmp_path)] == ["dialysis", "graft", "1", "true"]


def test_a_service_that_no_claim_could_name_is_refused(tmp_path: Path) -> None:
    """A list of a year replaces none: a code with a dot would drop every professional claim."""
    path = tmp_path / "risk_services.csv"
    path.write_text("year,code\n2024,g0438\n2024,99.213\n25,99213\n2024,0450\n\u0662025,1\n")
    with pytest.raises(InputError) as refused:
        services(tmp_path)
    assert [str(it).removeprefix(f"{path}:") for it in refused.value.problems] == [
        "3: code: found '99.213', expected four or five letters and digits such as 99213",
        "4: year: found '25', expected a year of service such as 2025",
        "6: year: found '\u0662025', expected a year of service such as 2025",
        "6: code: found '1', expected four or five letters and digits such as 99213",
    ]


def test_people_whom_nobody_loaded_are_told_by_the_summary(space: Path, tmp_path: Path) -> None:
    """ANN is scored; of the twelve others no person is loaded: their rows change nothing."""
    copied = tmp_path / "copy"
    shutil.copytree(space, copied)
    others = "".join(f"X{n},low_income,2025-01-01,,true\n" for n in range(12))
    (copied / "risk_attributes.csv").write_text(
        f"{ATTRIBUTES}ANN,low_income,2025-01-01,,true\n{others}"
    )
    run("build", "--workspace", copied)
    engine = Workspace(copied).run().open("300MB", 1)
    (told,) = [it for it in summary_levels(engine) if it.title == "people of risk_attributes.csv"]
    engine.close()
    assert told.rows == [("no loaded person has this person_id", "12"), ("scored", "fewer than 11")]


def test_a_person_whom_nobody_loaded_is_refused(space: Path, vbc: Vbc) -> None:
    """A slip in a number would else read as: this person has no score."""
    assert vbc("risk", "score", "--person", "NOPE", "--workspace", space) == (
        2, "", "--person: no such person in the loaded data\n",
    )  # fmt: skip


def test_a_list_of_services_makes_other_claims_count_for_nothing(
    space: Path, tmp_path: Path
) -> None:
    """99213 of 2024 is not on the list of that year: ANN's diabetes gives nothing in 2025."""
    copied = tmp_path / "copy"
    shutil.copytree(space, copied)
    (copied / "risk_services.csv").write_text("year,code\n2024,G0438\n")
    run("build", "--workspace", copied)
    engine = Workspace(copied).run().open("300MB", 1)
    found = engine.rows(
        f"SELECT DISTINCT counts, claim_reason FROM hcc_evidence WHERE {V28} AND person_id = 'ANN'"
    )
    engine.close()
    assert found == [(False, "service")]
