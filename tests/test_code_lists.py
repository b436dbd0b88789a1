"""Code lists: every row is dated, no code stands twice on a day, and each list has its note."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from openvbc.engine.inputs import code_list_rows
from openvbc.engine.model import MODELS_FOLDER

FOLDER = MODELS_FOLDER.parent / "parameters" / "cms" / "mssp"
LISTS = sorted(FOLDER.glob("*.csv"))
KEYS = {
    "expenditure_exclusion_code": ("code", "claim_type"),
    "primary_care_revenue": ("bill_type", "revenue_center_code"),
}


def spans(path: Path) -> dict[tuple[Any, ...], list[tuple[date, date]]]:
    rows = code_list_rows(path)
    names = KEYS.get(path.stem, tuple(rows[0])[:1])
    by_key: dict[tuple[Any, ...], list[tuple[date, date]]] = {}
    for row in rows:
        days = (row["first_day"] or date.min, row["last_day"] or date.max)
        by_key.setdefault(tuple(row[name] for name in names), []).append(days)
    return by_key


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_no_entry_overlaps_another_of_the_same_key(path: Path) -> None:
    for key, days in spans(path).items():
        for (_, last), (first, _) in pairwise(sorted(days)):
            assert last < first, f"{path.name}: {key} stands twice on {first}"


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_list_has_a_note_with_source_and_date_of_checking(path: Path) -> None:
    note = path.with_suffix(".md").read_text(encoding="utf-8")
    assert "**Source.**" in note
    assert "**Checked.**" in note


def test_codes_that_only_count_under_a_condition_name_a_known_one() -> None:
    rows = code_list_rows(FOLDER / "primary_care_code.csv")
    known = {None, "not_in_snf", "not_pos_31", "not_inpatient", "eta_hospital", "at_home"}
    assert {row["condition"] for row in rows} == known


def test_a_specialty_has_two_characters_and_one_class() -> None:
    rows = code_list_rows(FOLDER / "primary_care_specialty.csv")
    assert all(len(str(row["specialty_code"])) == 2 for row in rows)
    assert {row["provider_class"] for row in rows} == {"pcp", "npp", "specialist"}
