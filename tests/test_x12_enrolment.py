"""834 files: additions, changes, ends, whole files, and spans that change after the fact."""

from pathlib import Path
from typing import Any

import duckdb

from load_tables import load_it
from x12_sample import interchange

Spans = list[tuple[str, str | None]]


def member(code: str, *days: str, person: str = "M1", plan: str = "GOLD") -> str:
    """An INS loop with one health coverage; days: first, last as CCYYMMDD, empty for none."""
    dated = [f"DTP*{kind}*D8*{day}" for kind, day in zip(("348", "349"), days, strict=False) if day]
    return "\n".join(
        [
            f"INS*Y*18*{code}*AI*A***FT",
            f"REF*0F*{person}",
            f"NM1*IL*1*DOE*JANE****ZZ*{person}",
            "DMG*D8*19800102*F",
            f"HD*{code}**HLT*{plan}",
            *dated,
        ]
    )


def file(control: int, day: str, *members: str, action: str = "2") -> str:
    """A file of changes (2) or of the whole enrolment (4)."""
    header = f"BGN*00*{control}*{day}*1200****{action}\nN1*P5*BOSS*FI*1\nN1*IN*PLAN*FI*2"
    return interchange("834", "\n".join([header, *members]), control=control, day=day)


def spans(folder: Path, *files: str, person: str = "M1") -> Spans:
    """First and last days of a person's coverage after loading files."""
    (folder / "in").mkdir(parents=True)
    for at, content in enumerate(files):
        (folder / "in" / f"{at}.x12").write_text(content)
    load_it(folder / "data", folder / "in")
    found: list[Any] = _rows(folder / "data", person)
    return [(str(first), None if last is None else str(last)) for first, last in found]


def _rows(data: Path, person: str) -> list[Any]:
    path = f"{data}/loads/*/eligibility/**/*.parquet"
    with duckdb.connect(config={"threads": 1}) as connection:
        sql = (
            "SELECT enrollment_start_date, enrollment_end_date "
            f"FROM read_parquet('{path}', hive_partitioning = false) WHERE person_id = ? ORDER BY 1"
        )
        return connection.execute(sql, [person]).fetchall()


ADDED = file(1, "20250101", member("021", "20250101"))


def test_an_end_closes_the_span_that_it_names(tmp_path: Path) -> None:
    ended = file(2, "20250701", member("024", "20250101", "20250630"))
    assert spans(tmp_path, ADDED, ended) == [("2025-01-01", "2025-06-30")]


def test_an_end_without_a_beginning_closes_the_latest_span(tmp_path: Path) -> None:
    ended = file(2, "20250701", member("024", "", "20250630"))
    assert spans(tmp_path, ADDED, ended) == [("2025-01-01", "2025-06-30")]


def test_the_order_of_files_is_that_of_sending_not_of_names(tmp_path: Path) -> None:
    ended = file(2, "20250701", member("024", "20250101", "20250630"))
    assert spans(tmp_path, ended, ADDED) == [("2025-01-01", "2025-06-30")]


def test_a_new_plan_ends_the_old_one_the_day_before(tmp_path: Path) -> None:
    changed = file(2, "20250401", member("021", "20250401", plan="SILVER"))
    assert spans(tmp_path, ADDED, changed) == [
        ("2025-01-01", "2025-03-31"),
        ("2025-04-01", None),
    ]


def test_a_correction_of_the_same_plan_replaces_the_span(tmp_path: Path) -> None:
    """Coverage was to begin in January; the correction says March."""
    corrected = file(2, "20250301", member("001", "20250301"))
    assert spans(tmp_path, ADDED, corrected) == [("2025-03-01", None)]


def test_an_earlier_beginning_after_the_fact_replaces_the_span(tmp_path: Path) -> None:
    earlier = file(2, "20250301", member("001", "20241101"))
    assert spans(tmp_path, ADDED, earlier) == [("2024-11-01", None)]


def test_an_end_on_the_day_before_the_beginning_takes_the_span_away(tmp_path: Path) -> None:
    void = file(2, "20250301", member("024", "20250101", "20241231"))
    other = file(3, "20250301", member("021", "20250101", person="M2"))
    assert spans(tmp_path, ADDED, void, other) == []


def test_a_whole_file_ends_what_it_leaves_out(tmp_path: Path) -> None:
    """M1 and M2 were added; the whole enrolment of 1 July knows M2 alone."""
    first = file(1, "20250101", member("021", "20250101"), member("021", "20250101", person="M2"))
    whole = file(2, "20250701", member("030", "20250101", person="M2"), action="4")
    assert spans(tmp_path, first, whole) == [("2025-01-01", "2025-06-30")]
    assert _rows(tmp_path / "data", "M2")[0][1] is None


def test_dental_coverage_is_no_medical_coverage(tmp_path: Path) -> None:
    dental = file(1, "20250101", member("021", "20250101").replace("HLT", "DEN"))
    assert spans(tmp_path, dental, file(2, "20250201", member("021", "20250601"))) == [
        ("2025-06-01", None)
    ]
