"""Replication of CMS's published Hospital Value-Based Purchasing results.

The published files themselves are read where they are at hand. What is wrong with files is shown
with small files of an invented hospital, whose scores are worked out beside them.
"""

import csv
import os
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from openvbc.errors import ExitCode, InputError
from openvbc.replicate.hvbp.layout import kinds
from openvbc.replicate.hvbp.program import PROGRAM, groups, knows, replicate_hvbp
from openvbc.replicate.replication import Replication
from published_sample import write

PROJECT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("OPENVBC_SHARED", PROJECT.parent / "shared")) / "data" / "hvbp"

TOTALS = "total_performance_scores"
DOMAINS = (
    "clinical_outcomes",
    "efficiency_and_cost_reduction",
    "person_and_community_engagement",
    "safety",
)
FY2024 = (*(f"fy2024_{domain}" for domain in DOMAINS), "fy2024_tps")


def published(*names: str) -> tuple[Path, ...]:
    paths = tuple(SHARED / f"{name}.csv" for name in names)
    if not all(path.exists() for path in paths):
        pytest.skip(f"{SHARED} is not at hand")
    return paths


@cache
def fy2024() -> Replication:
    return replicate_hvbp(published(*FY2024))


def test_every_score_of_every_hospital_is_reproduced_from_its_measures() -> None:
    """1,328 hospitals of FY2024: points, HCAHPS, domains, weights and totals, all exact."""
    done = fy2024()
    assert (done.years, len(done.results), done.recomputed) == ((2024,), 1328, 1328)
    assert (done.within_tolerance, done.decision_right, done.matching) == (1328, 1328, 1328)
    assert done.exit_code is ExitCode.DONE
    assert done.compared["Achievement Points"] == (23439, 23439)
    assert done.compared["Improvement Points"] == (23051, 23051)
    assert done.compared["HCAHPS Base Score"] == (1323, 1323)  # 5 hospitals: too few surveys
    assert done.compared["HCAHPS Consistency Score"] == (1323, 1323)
    assert done.compared["Unweighted Normalized Safety Domain Score"] == (1139, 1139)
    assert done.compared["Total Performance Score"] == (1328, 1328)


def test_combined_infection_scores_are_taken_in_only_where_their_weights_count() -> None:
    """936 hospitals have one; in 695 a single score, or two alike, decide it and it is compared."""
    done = fy2024()
    assert done.reasons == {"ssi_weights_unpublished": (241, 241)}
    assert done.compared["Combined SSI Measure Score"] == (695, 695)


def test_totals_are_reproduced_from_the_domain_scores_where_no_measures_are_given() -> None:
    """Two hospitals differ by 1 in the twelfth decimal: their domain scores were rounded there."""
    done = replicate_hvbp(published("fy2021_tps"))
    assert (done.years, len(done.results), done.within_tolerance) == ((2021,), 2676, 2676)
    assert (done.matching, done.reasons, done.exit_code) == (2676, {}, ExitCode.DONE)
    off = {it.id for it in done.results if it.published != it.computed}
    assert off == {"050763", "110200"}
    alone = replicate_hvbp(published("fy2024_tps"))
    assert (len(alone.results), alone.matching) == (1328, 1328)


@pytest.mark.parametrize("garbage", ["77", "Not Available", "5 out of 10", "n/k", ""])
def test_garbled_results_change_nothing_that_is_computed(garbage: str, tmp_path: Path) -> None:
    """What CMS worked out is compared, never taken in."""
    original = published(*FY2024)
    first = {it.id: it for it in fy2024().results[:40]}
    weighty = {it.id for it in first.values() if "ssi_weights_unpublished" in it.reasons}
    assert 0 < len(weighty) < len(first)
    paths = tuple(_garbled(path, tmp_path, garbage, set(first), weighty) for path in original)
    done = replicate_hvbp(paths)
    assert {it.id: it.computed for it in done.results} == {
        name: it.computed for name, it in first.items()
    }
    assert done.within_tolerance == 0
    assert done.exit_code is ExitCode.CHECK_FAILED


def _garbled(
    path: Path, folder: Path, garbage: str, hospitals: set[str], weighty: set[str]
) -> Path:
    """A file of some hospitals with every result replaced, but for a score that is taken in."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Facility ID"] in hospitals]
    for row in rows:
        for label in row:
            taken = label.startswith("Combined SSI") and row["Facility ID"] in weighty
            if label.endswith((" Score", " Points")) and not taken:
                row[label] = garbage
    return write(folder / path.name, rows)


# Clinical: 9 × 0.05 / 0.10 + 0.5 = 5 of 10 in each of six measures: 50.
# HCAHPS: 9 × 5 / 20 + 0.5 = 2.75 → 3 in each of eight dimensions, 24, and 20 for consistency: 44.
# Safety: 9 × 0.35 / 0.90 + 0.5 = 4 in each of five measures: 40. Spending: 3.5 → 4: 40.
# Total: (50 + 44 + 40 + 40) / 4 = 43.5. The baseline is as good, so no points for improvement.
TAKEN_IN = {
    "clinical_outcomes": ("0.80", "0.90", "0.85", "5 out of 10"),
    "person_and_community_engagement": ("60.00%", "80.00%", "65.0000%", "3"),
    "safety": ("0.900", "0.000", "0.550", "4 out of 10"),
    "efficiency_and_cost_reduction": ("1.00", "0.85", "0.95", "4 out of 10"),
}
SCORES = {
    "hcahps_base_score": "24",
    "hcahps_consistency_score": "20",
    "combined_ssi_score": "4 out of 10",
    "clinical_outcomes_score": "50.000000000000",
    "weighted_clinical_outcomes_score": "12.500000000000",
    "person_and_community_engagement_score": "44.000000000000",
    "weighted_person_and_community_engagement_score": "11.000000000000",
    "safety_score": "40.000000000000",
    "weighted_safety_score": "10.000000000000",
    "efficiency_score": "40.000000000000",
    "weighted_efficiency_score": "10.000000000000",
    "total_performance_score": "43.500000000000",
}
MEASURES_2024 = {
    measure
    for kind in kinds().values()
    for _, measure in kind.facts
    if measure not in {None, "sep_1"}
}


def sample_row(name: str) -> dict[str, str]:
    """The invented hospital's row of one kind of file."""
    kind = kinds(MEASURES_2024)[name]
    threshold, benchmark, rate, points = TAKEN_IN.get(name, ("",) * 4)
    cells = {
        "floor": "40.00%",
        "achievement_threshold": threshold,
        "benchmark": benchmark,
        "baseline_rate": rate,
        "performance_rate": rate,
        "achievement_points": f"{points.split()[0]} out of 10" if points else "",
        "improvement_points": "0 out of 9",
        "measure_score": points,
        **SCORES,
    }
    row = {"Fiscal Year": "2024", "Facility ID": "990001", "Facility Name": "Invented Hospital"}
    return row | {label: cells[rule] for (rule, _), label in kind.labels.items()}


def sample(folder: Path, **changes: Mapping[str, str | None]) -> dict[str, Path]:
    """Five small files by kind; a change replaces cells of one kind's row, None leaves one out."""
    paths = {}
    for name in (*DOMAINS, TOTALS):
        row = {**sample_row(name), **changes.get(name, {})}
        kept = {label: text for label, text in row.items() if text is not None}
        paths[name] = write(folder / f"{name}.csv", [kept])
    return paths


def recomputed(folder: Path, **changes: Mapping[str, str | None]) -> Replication:
    return replicate_hvbp(tuple(sample(folder, **changes).values()))


def only(done: Replication) -> Any:
    (result,) = done.results
    return result


def test_the_invented_hospital_scores_as_worked_out(tmp_path: Path) -> None:
    done = recomputed(tmp_path)
    assert only(done).computed == Decimal("43.5")
    assert (done.matching, done.exit_code) == (1, ExitCode.DONE)
    (row,) = done.to_json()["results"]
    assert (row["id"], row["published"], row["decision"]) == (
        "990001",
        "43.500000000000",
        "scored",
    )


def test_a_result_that_differs_is_named_and_unexplained(tmp_path: Path) -> None:
    done = recomputed(tmp_path, clinical_outcomes={"MORT-30-HF Achievement Points": "6 out of 10"})
    where = f"{tmp_path}/clinical_outcomes.csv:2: MORT-30-HF Achievement Points"
    assert only(done).problems == (f"{where}: found '6 out of 10', computed 5.000000000000",)
    assert (only(done).reason, only(done).within, only(done).matches) == (
        "unexplained",
        True,
        False,
    )


@pytest.mark.parametrize(
    ("text", "computed"), [("Not Available", "43.500000000000"), ("43.5000000001", "43.5")]
)
def test_a_total_that_differs_is_not_within_tolerance(
    text: str, computed: str, tmp_path: Path
) -> None:
    done = recomputed(tmp_path, total_performance_scores={"Total Performance Score": text})
    assert (only(done).computed, only(done).within) == (Decimal(computed), False)
    assert (only(done).reason, done.exit_code) == ("unexplained", ExitCode.CHECK_FAILED)
    assert done.decision_right == (0 if text == "Not Available" else 1)


def test_a_hospital_without_a_domain_is_reweighted(tmp_path: Path) -> None:
    """Without spending: (50 + 44 + 40) / 3 = 44.666666666667."""
    none = "Not Available"
    done = recomputed(
        tmp_path,
        efficiency_and_cost_reduction={
            f"MSPB-1 {end}": none
            for end in (
                "Baseline Rate",
                "Performance Rate",
                "Achievement Points",
                "Improvement Points",
                "Measure Score",
            )
        },
        total_performance_scores={
            "Weighted Normalized Clinical Outcomes Domain Score": "16.666666666667",
            "Weighted Person And Community Engagement Domain Score": "14.666666666667",
            "Weighted Safety Domain Score": "13.333333333333",
            "Unweighted Normalized Efficiency And Cost Reduction Domain Score": none,
            "Weighted Efficiency And Cost Reduction Domain Score": none,
            "Total Performance Score": "44.666666666667",
        },
    )
    assert (only(done).computed, done.matching) == (Decimal("44.666666666667"), 1)


@pytest.mark.parametrize(
    ("changes", "reason", "sentence"),
    [
        (
            {"clinical_outcomes": {"MORT-30-AMI Performance Rate": "good"}},
            "input_unreadable",
            (
                "clinical_outcomes.csv:2: MORT-30-AMI Performance Rate: found 'good', "
                "expected a number or Not Available"
            ),
        ),
        (
            {"safety": {"HAI-1 Benchmark": "Not Available"}},
            "input_unreadable",
            "safety.csv:2: HAI-1 Benchmark: found 'Not Available', expected a number",
        ),
        (
            {"safety": {"HAI-1 Performance Rate": ""}},
            "input_unreadable",
            "safety.csv:2: HAI-1 Performance Rate: found '', expected a number or Not Available",
        ),
        (
            {"safety": {"HAI-1 Performance Rate": "*"}},
            "input_suppressed",
            "safety.csv:2: HAI-1 Performance Rate: found '*', expected a number or Not Available",
        ),
        (
            {"person_and_community_engagement": {"Care Transition Performance Rate": "65.0"}},
            "input_unreadable",
            (
                "person_and_community_engagement.csv:2: hcahps_care_transition: some cells are "
                "percents and some are not; expected all or none"
            ),
        ),
        (
            {"safety": {"HAI-1 Benchmark": "0.900"}},
            "input_unreadable",
            (
                "threshold and benchmark are both 0.900; whether lower or higher is better is not "
                "determined"
            ),
        ),
        (
            {"safety": {"HAI-4 Performance Rate": "0.000", "Combined SSI Measure Score": "n/k"}},
            "input_unreadable",
            "combined SSI score unknown: predicted infections missing",
        ),
        (
            {"safety": {"HAI-4 Performance Rate": "0.000", "Combined SSI Measure Score": "3"}},
            "input_unreadable",
            (
                "the reported combined score is 3; expected 4 to 10, between the two scores "
                "that it combines"
            ),
        ),
        (
            {"safety": {"Facility ID": "990002"}},
            "input_unreadable",
            "safety.csv: no row of hospital 990001",
        ),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_inputs_that_cannot_be_read_are_named_and_nothing_is_computed(
    changes: Mapping[str, Mapping[str, str]], reason: str, sentence: str, tmp_path: Path
) -> None:
    done = recomputed(tmp_path, **changes)
    result = done.results[0]
    assert (result.computed, result.reason, result.within) == (None, reason, False)
    assert any(sentence in problem for problem in result.problems), result.problems


def test_a_hospital_missing_from_a_file_is_counted_on_both_sides(tmp_path: Path) -> None:
    done = recomputed(tmp_path, safety={"Facility ID": "990002"})
    assert [it.id for it in done.results] == ["990001", "990002"]
    assert done.reasons["hospital_missing"] == (2, 0)
    assert done.exit_code is ExitCode.CHECK_FAILED


def test_a_hospital_that_stands_twice_is_not_computed(tmp_path: Path) -> None:
    paths = sample(tmp_path)
    write(paths["safety"], [sample_row("safety"), sample_row("safety")])
    done = replicate_hvbp(tuple(paths.values()))
    assert (only(done).computed, done.reasons["hospital_twice"]) == (None, (1, 0))
    assert only(done).problems == (
        f"{paths['safety']}:3: found hospital 990001 again, first on line 2; expected it once",
    )


def test_a_row_of_another_year_is_named(tmp_path: Path) -> None:
    paths = sample(tmp_path)
    other = {**sample_row("safety"), "Facility ID": "990002", "Fiscal Year": "2023"}
    write(paths["safety"], [sample_row("safety"), other])
    done = replicate_hvbp(tuple(paths.values()))
    assert done.results[0].matches
    assert f"{paths['safety']}:3: Fiscal Year: found '2023', expected 2024" in (
        done.results[1].problems
    )


def test_files_of_each_year_are_taken_together(tmp_path: Path) -> None:
    paths = sample(tmp_path)
    other = write(tmp_path / "fy2021.csv", [{**sample_row(TOTALS), "Fiscal Year": "2021"}])
    assert groups([*paths.values(), other]) == [tuple(paths.values()), (other,)]
    assert all(knows(path) for path in (*paths.values(), other))
    assert PROGRAM.replicate((other,), None).years == (2021,)


def refusal(paths: tuple[Path, ...], year: int | None = None) -> str:
    with pytest.raises(InputError) as refused:
        replicate_hvbp(paths, year)
    return "\n".join(str(problem) for problem in refused.value.problems)


def test_a_year_other_than_the_one_said_is_refused(tmp_path: Path) -> None:
    path = sample(tmp_path)[TOTALS]
    assert f"{path}:2: found fiscal year 2024, expected fiscal year 2021" in refusal((path,), 2021)


@pytest.mark.parametrize("year", ["FY 2024", "2024.5", "0", "1", "-5", "99999", "1e30", "1e999999"])
def test_a_fiscal_year_that_is_none_is_named_as_it_stands(year: str, tmp_path: Path) -> None:
    """Nor is a year taken that no calendar has."""
    path = sample(tmp_path, total_performance_scores={"Fiscal Year": year})[TOTALS]
    said = refusal((path,))
    assert said == f"{path}:2: found fiscal year {year!r}, expected a year such as 2024"


def test_files_that_state_no_year_need_one(tmp_path: Path) -> None:
    path = sample(tmp_path, total_performance_scores={"Fiscal Year": ""})[TOTALS]
    assert refusal((path,)) == f"{path}:2: states no fiscal year; say it with --year"
    assert replicate_hvbp((path,), 2024).years == (2024,)


def test_files_of_two_years_do_not_go_together(tmp_path: Path) -> None:
    paths = sample(tmp_path, safety={"Fiscal Year": "2023"})
    said = refusal(tuple(paths.values()))
    assert f"{paths['safety']}:2: found fiscal year 2023, expected one fiscal year" in said


@pytest.mark.parametrize("year", ["2020", "2027"])
def test_a_year_that_is_not_covered_is_refused(year: str, tmp_path: Path) -> None:
    path = sample(tmp_path, total_performance_scores={"Fiscal Year": year})[TOTALS]
    assert "covered 2020-10-01 to 2026-09-30" in refusal((path,))


def test_measures_of_a_year_without_scores_have_points_only(tmp_path: Path) -> None:
    year, none = {"Fiscal Year": "2022"}, "Not Available"
    changes: dict[str, dict[str, str | None]] = {name: dict(year) for name in (*DOMAINS, TOTALS)}
    scores = kinds(MEASURES_2024)
    engagement = scores["person_and_community_engagement"].headings
    for rule in ("hcahps_base_score", "hcahps_consistency_score"):
        changes["person_and_community_engagement"][engagement[rule]] = none
    changes[TOTALS] |= dict.fromkeys(scores[TOTALS].scores.values(), none)
    changes["safety"]["Combined SSI Measure Score"] = none
    done = recomputed(tmp_path, **changes)
    assert (only(done).computed, only(done).decision, done.matching) == (None, "no score", 1)
    assert set(done.compared) == {
        "Achievement Points",
        "Improvement Points",
        "Measure Score",
        "Dimension Score",
    }


def test_in_a_year_without_scores_none_is_computed(tmp_path: Path) -> None:
    none = {"Fiscal Year": "2022", "Total Performance Score": "Not Available"}
    path = sample(tmp_path, total_performance_scores=none)[TOTALS]
    done = replicate_hvbp((path,))
    assert (only(done).computed, only(done).decision, done.matching) == (None, "no score", 1)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    paths = sample(
        tmp_path,
        safety={"HAI-2 Benchmark": None, "HAI-6 Measure Score": None},
        clinical_outcomes={"MORT-30-HF Baseline Rate": None},
    )
    said = refusal(tuple(paths.values()))
    assert f"{paths['safety']}:1: safety: no column HAI-2 Benchmark, HAI-6 Measure Score" in said
    assert (
        f"{paths['clinical_outcomes']}:1: clinical outcomes: no column MORT-30-HF Baseline" in said
    )


def test_a_domain_without_its_file_is_named(tmp_path: Path) -> None:
    paths = sample(tmp_path)
    del paths["safety"]
    assert "no file of safety beside it" in refusal(tuple(paths.values()))
    assert "no file of" in refusal((paths["clinical_outcomes"],))


def test_two_files_of_one_domain_are_refused(tmp_path: Path) -> None:
    paths = sample(tmp_path)
    again = write(tmp_path / "again.csv", [sample_row("safety")])
    said = refusal((*paths.values(), again))
    assert f"{again}: is a second file of safety, after {paths['safety']}" in said


def test_a_file_of_another_program_is_refused(tmp_path: Path) -> None:
    other = write(tmp_path / "aco.csv", [{"ACO_ID": "A1", "ABtotBnchmk": "1", "Fiscal Year": "1"}])
    assert not knows(other)
    assert f"{other}:1: its columns are those of no Hospital VBP results file" in refusal((other,))
