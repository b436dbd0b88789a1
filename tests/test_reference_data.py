"""Code sets from files that the user downloads: kept with version and hash."""

from pathlib import Path

import pytest

from conftest import SHARED
from load_tables import select
from openvbc.errors import InputError
from openvbc.sources.reference.store import load_reference, references, set_names


def text(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_an_order_file_gives_codes_and_whether_they_are_valid(tmp_path: Path) -> None:
    """A00 is a heading, A000 may stand on a claim. Descriptions are not kept."""
    file = text(
        tmp_path / "icd10cm_order_2025.txt",
        "00001 A00     0 Cholera                                                      Cholera",
        "00002 A000    1 Cholera due to Vibrio cholerae 01, biovar cholerae           Cholera",
    )
    kept = load_reference(tmp_path / "data", "icd_10_cm", file, "2025")
    assert kept.rows == 2
    assert select(f"SELECT * FROM {kept.parquet}") == [("A00", False, 1), ("A000", True, 2)]


def test_a_set_is_known_by_its_columns_however_they_are_spelled(tmp_path: Path) -> None:
    file = text(
        tmp_path / "values.csv",
        "Value Set Name,Value Set OID,Code,Description,Code System",
        'Diabetes,2.16.840.1,E11.9,"words, not kept",ICD10CM',
    )
    kept = load_reference(tmp_path / "data", "value_set", file, "2025")
    assert select(f"SELECT oid, code, code_system FROM {kept.parquet}") == [
        ("2.16.840.1", "E11.9", "ICD10CM")
    ]
    with pytest.raises(InputError, match="looks like value_set, asked for adi"):
        load_reference(tmp_path / "data", "adi", file, "2025")


def test_the_same_file_again_changes_nothing_and_another_needs_its_own_version(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    file = text(
        tmp_path / "adi.csv", "FIPS,GISJOIN,ADI_NATRANK,ADI_STATERNK", "250010101001,x,12,3"
    )
    first = load_reference(data, "adi", file, "2023")
    assert load_reference(data, "adi", file, "2023") == first
    text(file, "FIPS,ADI_NATRANK", "250010101001,13")
    with pytest.raises(InputError, match="a version of its own"):
        load_reference(data, "adi", file, "2023")
    load_reference(data, "adi", file, "2024")
    assert [(it.name, it.version, it.rows) for it in references(data)] == [
        ("adi", "2023", 1),
        ("adi", "2024", 1),
    ]


def test_an_unknown_set_is_told_what_was_meant(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean adi"):
        load_reference(tmp_path, "adii", tmp_path / "none", "1")
    assert "icd_10_pcs" in set_names()


def test_a_file_that_is_no_order_file_is_refused_with_its_line(tmp_path: Path) -> None:
    file = text(tmp_path / "x.txt", "00001 A00     0 Cholera", "code,description")
    with pytest.raises(InputError, match=r"x\.txt:2"):
        load_reference(tmp_path / "data", "icd_10_cm", file, "2025")
    assert list((tmp_path / "data").rglob("*.parquet")) == []


@pytest.mark.skipif(not (SHARED / "data" / "county_ffs").exists(), reason="no ../shared county_ffs")
def test_the_county_file_is_read(tmp_path: Path) -> None:
    file = SHARED / "data" / "county_ffs" / "2018_county_ffs.csv"
    kept = load_reference(tmp_path / "data", "county_ffs", file, "2018")
    assert kept.rows > 3000
    autauga = f"SELECT per_capita_aged_dual FROM {kept.parquet} WHERE row_number = 1"
    assert select(autauga) == [("16267.47",)]
