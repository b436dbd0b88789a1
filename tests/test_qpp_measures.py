"""The public benchmark and measure files of the Quality Payment Program: any year, either shape."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from golden_case import settle_folder
from openvbc.errors import InputError
from openvbc.rules.mips_measure import benchmark_points, decile
from openvbc.rules.rule import Unknown
from openvbc.sources.qpp_measures import (
    Benchmark,
    quality_set,
    read_benchmarks,
    read_measures,
)

Row = dict[str, Any]


def write(path: Path, rows: object) -> Path:
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def row(year: int = 2031, **more: object) -> Row:
    """The part of a row that both shapes have."""
    own = {"measureId": "900", "submissionMethod": "registry", "isToppedOut": False}
    return {**own, "performanceYear": year, "benchmarkYear": year - 2, **more}


def percentiles(*values: float) -> Row:
    """Percentiles 1, 10, 20 … 90, 99."""
    return dict(zip(("1", *map(str, range(10, 100, 10)), "99"), values, strict=True))


FLAT = percentiles(1, *range(10, 100, 10), 99)


def found(path: Path, rows: object) -> tuple[Benchmark, ...]:
    return read_benchmarks(write(path / "2031.json", rows))


def ends(benchmark: Benchmark) -> tuple[str, str, str]:
    """Where decile 1, decile 2 and decile 10 begin."""
    first, *_, last = benchmark.cut_points
    return str(benchmark.start), str(first), str(last)


def wrong(path: Path, rows: object) -> list[str]:
    with pytest.raises(InputError) as error:
        found(path, rows)
    return [str(it).removeprefix(f"{path}/") for it in error.value.problems]


# Every published year


COUNTS = {
    # year: rows, inverse, capped at seven points, unusable
    2017: (572, 85, 0, 2),
    2018: (480, 81, 0, 1),
    2019: (449, 87, 82, 0),
    2020: (386, 64, 97, 3),
    2021: (368, 62, 73, 4),
    2022: (372, 83, 63, 1),
    2023: (385, 83, 71, 0),
    2024: (358, 75, 73, 0),
    2025: (380, 80, 64, 0),
}


def published(shared: Path, year: int) -> tuple[Benchmark, ...]:
    return read_benchmarks(shared / f"data/qpp_measures_data/benchmarks/{year}.json")


@pytest.mark.parametrize("year", COUNTS)
def test_the_benchmarks_of_every_year_load(shared: Path, year: int) -> None:
    rows = published(shared, year)
    count = (
        len(rows),
        sum(it.inverse is True for it in rows),
        sum(it.capped is True for it in rows),
        sum(it.unusable is not None for it in rows),
    )
    assert count == COUNTS[year]
    assert {it.performance_year for it in rows} == {year}


def test_every_usable_row_scores_a_rate_from_one_to_ten_points(shared: Path) -> None:
    """The best cut point earns ten points, and where decile 1 begins at least one.

    Of 3,750 rows 58 have equal bounds and do not tell if lower is better, and 11 are unusable; all
    of 2017 to 2022.
    """
    scored = 0
    for year in COUNTS:
        for it in published(shared, year):
            if it.unusable or it.inverse is None:
                continue
            best = decile(it.cut_points[-1], it.cut_points, it.inverse)
            worst = decile(it.start, it.cut_points, it.inverse)
            assert best == 10
            assert isinstance(worst, Decimal)
            points = benchmark_points(worst, it.start, it.cut_points, it.start)
            assert points is not None
            assert 1 <= points <= 10
            scored += 1
    assert scored == sum(rows for rows, *_ in COUNTS.values()) - 58 - 11


MEASURES = {2024: (586, 413), 2025: (612, 435), 2026: (574, 405), 2027: (574, 405)}


@pytest.mark.parametrize("year", MEASURES)
def test_the_measures_of_every_year_load(shared: Path, year: int) -> None:
    rows = read_measures(shared / f"data/qpp_measures_data/measures/{year}/measures-data.json")
    assert (len(rows), sum(it.category == "quality" for it in rows)) == MEASURES[year]


@pytest.mark.parametrize(
    ("year", "program", "expected"),
    [
        (2024, "app1", ["001", "134", "236", "321", "479", "484"]),
        (2025, "app1", ["001", "134", "236", "321", "479", "484"]),
        (2025, "appPlus", ["001", "112", "134", "236", "321", "479"]),
        (2026, "appPlus", ["001", "112", "113", "134", "236", "321", "479", "484"]),
    ],
)
def test_the_app_and_app_plus_sets(
    shared: Path, year: int, program: str, expected: Sequence[str]
) -> None:
    """Besides the ACO variants (001SSP) and the summary measures that make up the survey 321."""
    rows = read_measures(shared / f"data/qpp_measures_data/measures/{year}/measures-data.json")
    ids = quality_set(rows, program)
    whole = [it for it in ids if not it.startswith("CAHPS") and not it.endswith("SSP")]
    assert whole == expected


def test_the_rows_of_2025_that_the_reference_names(shared: Path) -> None:
    """Diabetes control by eCQM is inverse: its best decile begins at the 10th percentile, 13.46."""
    rows = {(it.measure_id, it.collection_type): it for it in published(shared, 2025)}
    diabetes = rows["001", "electronicHealthRecord"]
    assert diabetes.cut_points[0] == Decimal("94.35")
    assert diabetes.cut_points[4] == Decimal("32.915")
    assert diabetes.cut_points[-1] == Decimal("13.46")
    assert diabetes.start == Decimal("99.44")
    assert rows["236", "registry"].flat
    assert not rows["236", "electronicHealthRecord"].flat
    assert rows["134", "registry"].capped
    assert rows["112", "registry"].high_priority is False


# A year that does not exist yet


def test_a_new_year_with_percentiles_loads(tmp_path: Path) -> None:
    """The order of scoring: upwards, or downwards where lower is better."""
    uneven = percentiles(0.5, 12.25, 20, 30, 40, 50, 60, 70, 80, 90, 97)
    direct, inverse = found(
        tmp_path,
        [
            row(percentiles=FLAT, isInverse=False, isToppedOutByProgram=False),
            row(percentiles=uneven, isInverse=True, isToppedOutByProgram=True, measureId="901"),
        ],
    )
    assert direct.performance_year == 2031
    assert direct.flat
    assert ends(direct) == ("1", "10", "90")
    assert ends(inverse) == ("97", "90", "12.25")
    assert (inverse.capped, inverse.flat) == (True, False)


def test_a_new_year_with_deciles_loads(tmp_path: Path) -> None:
    """Nine bounds in the order of scoring; their direction tells if lower is better."""
    direct, inverse = found(
        tmp_path,
        [
            row(deciles=[0, 20, 30, 40, 50, 60, 70, 80, 90]),
            row(deciles=[100, 80, 70, 60, 50, 40, 30, 20, 10.5], measureId="901"),
        ],
    )
    assert (direct.inverse, ends(direct)) == (False, ("0", "0", "90"))
    assert (inverse.inverse, ends(inverse)) == (True, ("100", "100", "10.5"))
    assert direct.capped is None


def test_ten_bounds_begin_with_decile_one(tmp_path: Path) -> None:
    """As the file's own description says of cost measures: one more bound, at the beginning."""
    (cost,) = found(tmp_path, [row(deciles=[90, 50, 45, 40, 35, 30, 25, 20, 15, 10])])
    assert ends(cost) == ("90", "50", "10")
    assert cost.unusable is None


def test_ten_bounds_that_may_end_with_the_best_result_are_not_read(tmp_path: Path) -> None:
    """From 50 to 45 is less than from 15 to 0: the last may be the end of the scale instead."""
    (cost,) = found(tmp_path, [row(deciles=[50, 45, 40, 35, 30, 25, 20, 18, 15, 0])])
    assert cost.unusable is not None
    assert "ten bounds" in cost.unusable


def test_bounds_out_of_order_are_not_read(tmp_path: Path) -> None:
    (one,) = found(tmp_path, [row(deciles=[0, 20, 30, 25, 50, 60, 70, 80, 90])])
    assert one.unusable == "its deciles are not in order"


def test_equal_bounds_do_not_tell_if_lower_is_better(tmp_path: Path) -> None:
    (one,) = found(tmp_path, [row(deciles=[100] * 9)])
    assert one.inverse is None
    assert isinstance(decile(Decimal(100), one.cut_points, one.inverse), Unknown)


# Bad input


def test_another_file_is_told_row_by_row(tmp_path: Path) -> None:
    other = {"measureId": "900", "performanceYear": 2031, "benchmarkYear": 2031, "average": 5.5}
    assert wrong(tmp_path, [other]) == [
        "2031.json [0]: submissionMethod is missing; expected text",
        "2031.json [0]: has neither deciles nor percentiles; expected a row of a benchmark file",
    ]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        row(deciles=[0, "many", 30, 40, 50, 60, 70, 80, 90]),
        row(percentiles={**FLAT, "30": "thirty"}, isInverse=False, measureId="901"),
        row(percentiles={k: v for k, v in FLAT.items() if k != "90"}, isInverse=False, measureId=7),
        row(percentiles=FLAT, measureId="902"),
        row(deciles=[1, 2, 3], measureId="903"),
        row(percentiles=5, isInverse="no", measureId="904"),
        "row",
        row(
            year=2031,
            deciles=[0, 20, 30, 40, 50, 60, 70, 80, 90],
            benchmarkYear=2029.5,
            measureId="905",
        ),
        row(deciles=None, measureId="906"),
    ]
    assert wrong(tmp_path, rows) == [
        "2031.json [0].deciles[1]: found 'many', expected a number",
        "2031.json [0]: deciles: found 8 numbers, expected 9 or 10",
        "2031.json [1].percentiles.30: found 'thirty', expected a number",
        "2031.json [2].measureId: found 7, expected text",
        "2031.json [2].percentiles: 90 is missing; expected a number",
        "2031.json [3]: isInverse is missing; expected true or false beside percentiles",
        "2031.json [4]: deciles: found 3 numbers, expected 9 or 10",
        "2031.json [5].isInverse: found 'no', expected true or false",
        "2031.json [5].percentiles: found 5, expected keys and values",
        *[
            f"2031.json [5].percentiles: {name} is missing; expected a number"
            for name in ("1", *map(str, range(10, 100, 10)), "99")
        ],
        "2031.json [5]: isInverse is missing; expected true or false beside percentiles",
        "2031.json [6]: found 'row', expected a row",
        "2031.json [7].benchmarkYear: found 2029.5, expected a year such as 2025",
        "2031.json [8].deciles: found nothing, expected a list of numbers",
        "2031.json [8]: deciles: found 0 numbers, expected 9 or 10",
    ]


def test_two_rows_for_one_measure_and_collection_type_are_refused(tmp_path: Path) -> None:
    both = row(percentiles=FLAT, isInverse=False)
    what = "2031.json [1]: 900, registry stands at [0] too; expected one row"
    assert wrong(tmp_path, [both, both]) == [what]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", ":1: not JSON: Expecting property name enclosed in double quotes"),
        ('{"a": 1}', ": found keys and values, expected a list of rows"),
        ("[]", ": has no row; expected benchmarks"),
        ('[{"deciles": NaN}]', ": not JSON: NaN is not a number"),
    ],
)
def test_a_file_that_is_no_list_of_rows_is_refused(
    tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_benchmarks(path)
    assert str(error.value) == f"{path}{expected}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_benchmarks(tmp_path / "x.json")


def test_measures_are_told_wrong_like_benchmarks(tmp_path: Path) -> None:
    path = write(
        tmp_path / "m.json",
        [
            {"measureId": "900", "category": "quality", "firstPerformanceYear": 2031},
            {"measureId": "901", "firstPerformanceYear": "2031", "allowedPrograms": ["mips", 3]},
        ],
    )
    with pytest.raises(InputError) as error:
        read_measures(path)
    assert [str(it).removeprefix(f"{tmp_path}/") for it in error.value.problems] == [
        "m.json [1]: category is missing; expected text",
        "m.json [1].firstPerformanceYear: found '2031', expected a year such as 2025",
        "m.json [1].allowedPrograms: found a list, expected a list of words",
    ]
    with pytest.raises(InputError, match="has no row; expected measures"):
        read_measures(write(path, []))


def test_a_measure_has_its_programs(tmp_path: Path) -> None:
    measure = {
        "measureId": "900",
        "category": "quality",
        "measureType": "outcome",
        "firstPerformanceYear": 2031,
        "isInverse": False,
        "isHighPriority": True,
        "allowedPrograms": ["mips", "appPlus"],
        "submissionMethods": ["registry"],
        "sevenPointCapRemoved": ["registry"],
    }
    (one,) = read_measures(write(tmp_path / "m.json", [measure]))
    assert quality_set([one], "appPlus") == ("900",)
    assert quality_set([one], "app1") == ()
    assert (one.measure_type, one.cap_lifted) == ("outcome", ("registry",))


# A settlement that names a benchmark file

CONTRACT = """\
contract: alder
title: Alder Medical Group, MIPS
program: mips
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: T1, name: Alder Medical Group}
line_of_business: medicare
agreement: {start: 2028-01-01}
components: [mips_measure]
"""

SETTLEMENT = """\
contract: alder
period: PY2028
first_day: 2028-01-01
last_day: 2028-12-31
kind: final
as_of: 2029-08-31
strata: [pressure]
benchmarks: 2028.json
facts:
  measure_id:
    {unit: text, source: registry, received_on: 2029-08-31, values: {pressure: "900"}}
  collection_type:
    {unit: text, source: registry, received_on: 2029-08-31, values: {pressure: registry}}
  performance_rate:
    {unit: score, source: registry, received_on: 2029-08-31, values: {pressure: 75}}
  cases: {unit: count, source: registry, received_on: 2029-08-31, values: {pressure: 20}}
"""


def settled(tmp_path: Path, rows: object, settlement: str = SETTLEMENT) -> Any:
    folder = tmp_path / "alder_PY2028"
    folder.mkdir(exist_ok=True)
    write(folder / "2028.json", rows)
    (folder / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    (folder / "settlement.yaml").write_text(settlement, encoding="utf-8")
    return settle_folder(folder)


def test_the_benchmark_file_supplies_the_leaves_of_each_measure(tmp_path: Path) -> None:
    """75 lies halfway in decile 8 of the flat benchmark; the line names file, hash and row."""
    document = settled(tmp_path, [row(2028, percentiles=FLAT, isInverse=False)]).document
    lines = {it["id"]: it for it in document["lines"]}
    assert lines["mips_measure/measure_points@performance,pressure"]["value"] == "8.5"
    source = lines["mips_measure/benchmark_cut_points@performance,pressure"]["source"]
    assert source == {
        "kind": "benchmark",
        "file": "alder_PY2028/2028.json",
        "sha256": source["sha256"],
        "measure": "900",
        "collection_type": "registry",
        "row": "[0]",
    }
    assert len(source["sha256"]) == 64


def test_a_measure_without_a_row_has_no_benchmark_and_it_is_said(tmp_path: Path) -> None:
    document = settled(
        tmp_path, [row(2028, percentiles=FLAT, isInverse=False, measureId="1")]
    ).document
    lines = {it["id"]: it for it in document["lines"]}
    cuts = lines["mips_measure/benchmark_cut_points@performance,pressure"]
    assert (cuts["value"], cuts["source"]["row"]) == (None, "none")
    assert lines["mips_measure/measure_points@performance,pressure"]["value"] == "0"


def test_a_file_without_rows_of_a_collection_type_has_no_benchmark_for_it(tmp_path: Path) -> None:
    """As 2020's, which has no row of administrative claims: the measure is left out, not refused.

    It has no benchmark, and nobody chose it: no points, instead of nothing of ten.
    """
    claims = SETTLEMENT.replace("{pressure: registry}", "{pressure: administrativeClaims}")
    document = settled(tmp_path, [row(2028, percentiles=FLAT, isInverse=False)], claims).document
    lines = {it["id"]: it for it in document["lines"]}
    cuts = lines["mips_measure/benchmark_cut_points@performance,pressure"]
    assert (cuts["value"], cuts["source"]["row"]) == (None, "none")
    assert lines["mips_measure/measure_points@performance,pressure"]["value"] is None


def test_an_unusable_row_makes_the_points_unknown(tmp_path: Path) -> None:
    document = settled(tmp_path, [row(2028, deciles=[0, 20, 30, 25, 50, 60, 70, 80, 90])]).document
    lines = {it["id"]: it for it in document["lines"]}
    points = lines["mips_measure/measure_points@performance,pressure"]
    reason = "benchmark of 900 unusable: its deciles are not in order"
    assert (points["value"], points["unknown"]) == (None, reason)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("2028.json", "2029.json"), "no file 2029.json beside the settlement"),
        (("registry}}", "registri}}"), "has collection type registri; did you mean registry?"),
        (("registry}}", "paper}}"), "has collection type paper; known: administrativeClaims, "),
        (
            ('values: {pressure: "900"}', "values: {}"),
            "benchmarks need the fact measure_id for pressure: the file's rows are found by it",
        ),
    ],
)
def test_a_settlement_that_does_not_fit_its_benchmarks_is_refused(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    rows = [row(2028, percentiles=FLAT, isInverse=False)]
    problem = refusal(tmp_path, rows, SETTLEMENT.replace(*change))
    assert expected in problem
    assert "settlement.yaml:8" in problem


def test_benchmarks_of_another_year_are_refused(tmp_path: Path) -> None:
    problem = refusal(tmp_path, [row(2027, percentiles=FLAT, isInverse=False)], SETTLEMENT)
    assert problem.endswith("settlement.yaml:8: 2028.json is of 2027; expected benchmarks of 2028")


def refusal(tmp_path: Path, rows: object, settlement: str) -> str:
    """What is told of a settlement that cannot be settled."""
    try:
        return "\n".join(str(it) for it in settled(tmp_path, rows, settlement).problems)
    except InputError as error:
        return str(error)
