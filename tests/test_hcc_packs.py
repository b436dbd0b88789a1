"""Table packs: what ships resolves, what does not is refused, and CMS's own zip can be read."""

import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import MODELS_FOLDER, read_models
from openvbc.engine.store import Store
from openvbc.errors import InputError
from openvbc.explain.pack_commands import _heads
from openvbc.risk.cms_package import ages, read_cms_package
from openvbc.risk.demographics import conditions_of
from openvbc.risk.head import read_head
from openvbc.risk.inputs import Asked, put_packs, risk_requests
from openvbc.risk.pack import (
    Pack,
    find_pack,
    pack_folders,
    problems_of,
    read_pack,
    sha256,
    write_pack,
)

HEAD = {
    "risk_model": "cms_hcc_v99_2030", "family": "CMS-HCC", "version": "V99", "payment_year": 2030,
    "first_day": "2030-01-01", "last_day": "2030-12-31", "normalization_e9": None,
    "coding_intensity_e9": None, "source": "made for this test", "cite": "none",
}  # fmt: skip

FILES = {
    "ICD10_CC_mappings.csv": (
        "ICD10,CC,MCE_AGE_CONDITION,AGE_EDIT_CONDITION,SEX_EDIT_CONDITION\n"
        "A01,1.0,,,\nB02,2.0,age >= 15,,\nC03,1.0,,age < 50,\nC03,2.0,,age >= 50,\n"
        "D66,1.0,,,1.0\nD66,2.0,,,2.0\n"
    ),
    "V99_HCC_Hierarchies.csv": "HCC,SecondaryHCC_1\nHCC1,HCC2\nHCC2,\n",
    "V99_Diagnosis_Categories.csv": "diag_category,hcc_1,hcc_2\nANY ,HCC1,HCC2\n",
    "V99_Interactions.csv": "interaction,var_1,var_2\nDISABLED_ANY,DISABL,ANY \n",
    "V99_CE_Relative_Factors.csv": (
        "Variable,Label,COMMUNITY_NA,COMMUNITY_ND\nF0_34,x,,0.1\nF65_69,x,0.3,\n"
        "HCC1,x,0.5,0.6\nHCC2,x,0.2,0.25\nDISABLED_ANY ,x,,0.05\n"
    ),
}
"""A software package of CMS's layout with CMS's own traps: spaces around names, DISABL."""


def package(folder: Path, **changed: str) -> Path:
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, text in (FILES | changed).items():
            file.writestr(f"software/data/input/internal/{name}", text)
    return path


def test_a_zip_of_cms_becomes_a_pack(tmp_path: Path) -> None:
    pack = read_cms_package(package(tmp_path), HEAD)
    assert pack.tables["code"] == [
        ("A01", "HCC1", "", "", ""),
        ("B02", "HCC2", "", "15", ""),
        ("C03", "HCC1", "", "", "49"),
        ("C03", "HCC2", "", "50", ""),
        ("D66", "HCC1", "male", "", ""),
        ("D66", "HCC2", "female", "", ""),
    ]
    assert pack.tables["interaction"] == [
        ("DISABLED_ANY", "2", "1", "DISABLED"),
        ("DISABLED_ANY", "2", "2", "HCC1"),
        ("DISABLED_ANY", "2", "2", "HCC2"),
    ]
    assert ("CND", "DISABLED_ANY", "50000000") in pack.tables["factor"]
    place = write_pack(pack, tmp_path / "packs")
    assert read_pack(place).tables["factor"] == pack.tables["factor"]


def test_an_interaction_of_something_unknown_is_refused(tmp_path: Path) -> None:
    text = "interaction,var_1,var_2\nDISABLED_ANY,DISABL,CANCER\n"
    with pytest.raises(InputError, match="CANCER: is part of an interaction and resolves to noth"):
        read_cms_package(package(tmp_path, **{"V99_Interactions.csv": text}), HEAD)


def test_a_factor_of_something_unknown_is_refused(tmp_path: Path) -> None:
    text = FILES["V99_CE_Relative_Factors.csv"] + "HCC3,x,0.1,0.1\n"
    pack = read_cms_package(package(tmp_path, **{"V99_CE_Relative_Factors.csv": text}), HEAD)
    with pytest.raises(InputError, match="variable 'HCC3' resolves to nothing in this pack"):
        write_pack(pack, tmp_path / "packs")


def test_an_hcc_without_a_factor_is_refused_unless_it_is_said_to_be_none(tmp_path: Path) -> None:
    text = FILES["ICD10_CC_mappings.csv"] + "E05,7.0,,,\n"
    path = package(tmp_path, **{"ICD10_CC_mappings.csv": text})
    says = "HCC7 has codes and no factor in any segment; name it under unpaid: if it is none"
    found = problems_of(read_cms_package(path, HEAD))
    assert [str(it) for it in found] == [f"cms_hcc_v99_2030/code.csv: {says}"]
    assert problems_of(read_cms_package(path, HEAD | {"unpaid": ["HCC7"]})) == []


def test_an_age_condition_that_is_not_known_is_refused() -> None:
    assert ages("2 <= age <= 17") == (2, 17)
    with pytest.raises(InputError, match="no age condition"):
        ages("age is about 15")


def test_a_table_that_was_changed_is_refused(tmp_path: Path) -> None:
    place = write_pack(read_cms_package(package(tmp_path), HEAD), tmp_path / "packs")
    with (place / "factor.csv").open("a") as file:
        file.write("CNA,HCC1,1\n")
    with pytest.raises(InputError, match=r"is not the table of the checksum in pack\.yaml"):
        read_pack(place)


@pytest.mark.parametrize("risk_model", sorted(pack_folders()))
def test_a_pack_that_ships_resolves_and_holds_no_cpt(risk_model: str) -> None:
    pack = read_pack(find_pack(risk_model))
    assert problems_of(pack) == []
    assert pack.head["contains_cpt"] is False
    assert pack.head["source_sha256"]
    assert pack.head["cite"]


def test_codes_that_look_like_cpt_are_refused() -> None:
    pack = read_pack(find_pack("cms_hcc_v28_2026"))
    with_cpt = Pack(
        pack.head, {**pack.tables, "code": [*pack.tables["code"], ("99213", "HCC1", "", "", "")]}
    )
    assert [str(it) for it in problems_of(with_cpt)] == [
        "cms_hcc_v28_2026/code.csv: holds codes that look like CPT"
    ]


def test_special_needs_new_enrollees_have_factors_in_every_community_model() -> None:
    for risk_model in pack_folders():
        if risk_model.startswith("cms_hcc"):
            assert "SNPNE" in read_pack(find_pack(risk_model)).column("factor", "segment")


def test_a_new_enrollee_of_64_who_came_by_age_counts_as_65() -> None:
    rows = conditions_of("NMCAID_NORIGDIS_NEF65", single_years=True)
    assert [(row[4], row[5], row[6]) for row in rows] == [("65", "65", "0 2 3"), ("64", "64", "0")]
    rows = conditions_of("NMCAID_NORIGDIS_NEF60_64", single_years=True)
    assert [(row[4], row[5], row[6]) for row in rows] == [("60", "63", ""), ("64", "64", "1 2 3")]


def test_a_model_without_a_pack_is_refused() -> None:
    with pytest.raises(InputError, match="no table pack of this model; did you mean cms_hcc_v28"):
        find_pack("cms_hcc_v28_2062")


def test_a_head_that_lacks_something_is_refused() -> None:
    pack = read_pack(find_pack("cms_hcc_v28_2026"))
    short = {name: value for name, value in pack.head.items() if name != "cite"}
    assert [str(it) for it in problems_of(replace(pack, head=short))] == [
        "cms_hcc_v28_2026/pack.yaml: lacks cite"
    ]


def own_pack(folder: Path) -> Path:
    """A workspace's pack of the made-up model."""
    return write_pack(read_cms_package(package(folder), HEAD), folder / "packs")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", None, "pack.yaml: expected a mapping of keys to values"),
        ("family", "a: [", ": not valid YAML: "),
        ("payment_year", "", "pack.yaml: lacks payment_year"),
        ("payment_year", "payment_year: twenty",
         "pack.yaml:LINE: payment_year: found 'twenty', expected a year such as 2026"),
        ("normalization_e9", "normalization_e9: 0",
         ("pack.yaml:LINE: normalization_e9: found 0, expected a whole number above 0 (the figure "
         "times a thousand million), or nothing")),
        ("risk_model", "risk_model: other",
         ("pack.yaml:LINE: risk_model: found 'other', expected cms_hcc_v99_2030, the name of its "
         "folder")),
        ("first_day", "first_day: January",
         "pack.yaml:LINE: first_day: found 'January', expected a day such as 2026-01-01"),
        ("last_day", "last_day: 2029-12-31",
         "pack.yaml:LINE: last_day 2029-12-31 is before first_day 2030-01-01; give the later one"),
        ("cite", "cite: none\nage: last day",
         ("pack.yaml:LINE: age: found 'last day', expected last enrolled day, or no such line for "
         "1 February")),
        ("cite", "cite: none\nunpaid: HCC7",
         "pack.yaml:LINE: unpaid: found 'HCC7', expected a list of categories"),
    ],
)  # fmt: skip
def test_a_head_that_cannot_be_used_is_told_with_its_line(
    old: str, new: str | None, said: str, tmp_path: Path
) -> None:
    """By `vbc risk packs`, which lists heads alone, as by a build, which scores with the pack."""
    path = own_pack(tmp_path) / "pack.yaml"
    lines = [] if new is None else path.read_text().splitlines(keepends=True)
    changed = [f"{new}\n" if old and line.startswith(f"{old}:") else line for line in lines]
    path.write_text("".join(it for it in changed if it.strip()))
    line = next((at for at, it in enumerate(changed, 1) if it == f"{new}\n"), 0)
    line += (new or "").count("\n")
    expected = said.replace("LINE", f"{line}")
    for read in (read_head, read_pack):
        with pytest.raises(InputError) as refused:
            read(path.parent)
        assert expected in str(refused.value), read


def summed_again(place: Path, table: str, text: bytes) -> None:
    """A table that somebody changed with a right checksum."""
    path, head = place / f"{table}.csv", place / "pack.yaml"
    old = sha256(path.read_bytes())
    path.write_bytes(text)
    head.write_text(head.read_text().replace(old, sha256(text)))


CODES = b"code,hcc,sex,age_from,age_to\n"


@pytest.mark.parametrize(
    ("table", "text", "said"),
    [
        ("code", CODES + b"A\xe901,HCC1,,,\n",
         "code.csv:2: not UTF-8 at byte 30; save the file as UTF-8"),
        ("code", CODES + b"A01,HCC1\n",
         "code.csv:2: found 2 cells, expected 5: code,hcc,sex,age_from,age_to"),
        ("code", CODES + b"a0.1,HCC1,,,\n",
         "code.csv:2: code: found 'a0.1', expected a code without dots and in capitals: A01"),
        ("code", CODES + b"A01,HCC1,,adult,\n",
         "code.csv:2: age_from: found 'adult', expected a whole number, or nothing"),
        ("code", CODES + b"A01,HCC1,,,\nB02,HCC2,,,\nB03,HCC7,,,\n",
         ("code.csv: HCC7 has codes and no factor in any segment; name it under unpaid: if it is "
         "none")),
        ("code", b"", ("code.csv:1: expected the columns code, hcc, sex, age_from, age_to; "
         "found: none")),
        ("factor", b"segment,variable,factor_e9\nCNA,HCC1,0.5\n",
         ("factor.csv:2: factor_e9: found '0.5', expected a whole number: the factor times a "
         "thousand million")),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_scored_with_is_refused_though_its_checksum_is_right(
    table: str, text: bytes, said: str, tmp_path: Path
) -> None:
    place = own_pack(tmp_path)
    summed_again(place, table, text)
    with pytest.raises(InputError) as refused:
        read_pack(place)
    assert f"{place}/{said}" in str(refused.value).splitlines()


def test_checksums_that_are_a_text_are_refused(tmp_path: Path) -> None:
    path = own_pack(tmp_path) / "pack.yaml"
    head, _, _ = path.read_text().partition("sha256:\n")
    path.write_text(f"{head}sha256: x\n")
    with pytest.raises(InputError, match=r"pack.yaml:\d+: sha256: expected the checksum of each"):
        read_pack(path.parent)


def test_a_folder_of_a_shipped_model_without_a_head_is_not_passed_over(tmp_path: Path) -> None:
    """It was meant to stand in the place of what ships: nothing is scored with that in silence."""
    (tmp_path / "cms_hcc_v28_2026").mkdir()
    (tmp_path / "something_else").mkdir()
    with pytest.raises(InputError, match=r"cms_hcc_v28_2026/pack.yaml: is not there, and its fold"):
        find_pack("cms_hcc_v28_2026", tmp_path)
    assert find_pack("cms_hcc_v28_2025", tmp_path) == find_pack("cms_hcc_v28_2025")


def test_every_head_that_will_not_do_is_told_at_once(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pack.yaml").write_text("")
    with pytest.raises(InputError) as refused:
        _heads(tmp_path)
    assert [Path(it.where).parent.name for it in refused.value.problems] == ["one", "two"]


def test_a_build_takes_packs_as_partitions_that_are_found_again(tmp_path: Path) -> None:
    models = read_models(MODELS_FOLDER)
    engine = DuckDBEngine("300MB", tmp_path / "spill")
    store = Store(tmp_path)
    first = put_packs(store, engine, models, ["cms_hcc_v28_2026"])
    again = put_packs(store, engine, models, ["cms_hcc_v28_2026"])
    engine.close()
    assert first == again
    assert first["risk_code"][0].rows == len(
        read_pack(find_pack("cms_hcc_v28_2026")).tables["code"]
    )


def test_a_request_reads_the_diagnoses_of_the_year_before() -> None:
    asked = Asked("cms_hcc_v28_2026", 2026, "medicare", date(2027, 1, 31))
    (row,) = risk_requests([asked, asked])["2026"]
    assert (row["diagnosis_first_day"], row["diagnosis_last_day"]) == (
        date(2025, 1, 1),
        date(2025, 12, 31),
    )
    assert row["age_on"] == date(2026, 2, 1)


def test_requests_that_differ_in_the_day_of_claims_are_two() -> None:
    """A contract and an analysis may ask for one model by different days; each has its score."""
    first = Asked("cms_hcc_v28_2026", 2026, "medicare", date(2027, 1, 31))
    rows = risk_requests([first, replace(first, paid_through=date(2026, 6, 30))])["2026"]
    assert len({row["request_id"] for row in rows}) == 2


def test_a_reference_row_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """Two factors of one HCC would both be summed: the pack is refused, and nothing is scored."""
    pack = read_pack(find_pack("cms_hcc_v28_2026"))
    factors = [*pack.tables["factor"], ("CNA", "HCC37", "1")]
    head = {**pack.head, "risk_model": "cms_hcc_v28_2099"}
    write_pack(Pack(head, {**pack.tables, "factor": factors}), tmp_path / "packs")
    engine = DuckDBEngine("300MB", tmp_path / "spill")
    with pytest.raises(InputError) as refused:
        put_packs(
            Store(tmp_path), engine, read_models(MODELS_FOLDER), ["cms_hcc_v28_2099"],
            tmp_path / "packs",
        )  # fmt: skip
    engine.close()
    assert str(refused.value) == (
        "risk_factor: 1 rows stand more than once, the first risk_model cms_hcc_v28_2099, "
        "segment CNA, variable HCC37; keep one of each"
    )


@pytest.mark.parametrize("risk_model", sorted(it for it in pack_folders() if "cms_hcc" in it))
def test_a_new_enrollee_segment_has_no_disease_factor(risk_model: str) -> None:
    pack = read_pack(find_pack(risk_model))
    hccs = {*pack.column("code", "hcc")}
    factors = zip(pack.column("factor", "segment"), pack.column("factor", "variable"), strict=True)
    assert [it for it in factors if it[0] in {"NE", "SNPNE"} and it[1] in hccs] == []
