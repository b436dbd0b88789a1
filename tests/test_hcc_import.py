"""A risk model from CMS's own published zip: the SAS layout, and what is refused in it.

The zip here is invented; its files are written as CMS writes those of V24 and of RxHCC V05: a
format file of two columns, a hierarchy macro, an edit macro, a scoring macro with groups and
products, and factors by variable.
"""

import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from openvbc.cli import app
from openvbc.errors import InputError
from openvbc.explain.pack_commands import package_head
from openvbc.risk.cms_package import checked_package
from openvbc.risk.pack import find_pack, read_pack

RUN = CliRunner()

SAS = {
    "F9930P1M.TXT": "A01\t1\t\nB02\t2\t\nC03\t2\t\nD66\t1\t\n",
    "V99H03H1.TXT": (
        " %macro V99H03H1;\n %*imposing hierarchies;\n"
        " /*Neoplasm 1 */   %SET0(CC=1     , HIER=%STR(2 ));\n %mend;\n"
    ),
    "V99I0ED1.TXT": (
        '   IF &SEX="2" AND &ICD10 IN ("D66", "D67")  THEN CC="2";\n   ELSE\n'
        '   IF (&AGE < 6 OR &AGE > 18) AND &ICD10 = "C03"\n             THEN CC="-1.0";\n'
    ),
    "V9930P1M.TXT": (
        "   ANY       = MAX(HCC1, HCC2);\n   SEPSIS  = HCC2;\n"
        "   DISABLED_ANY  = DISABL*ANY;\n   SEPSIS_ANY = (HCC2)*ANY; /* both */\n"
    ),
    "C9930P1M.csv": (
        "CNA_F65_69,CNA_HCC1,CNA_HCC2,CND_HCC1,CND_HCC2,CND_F0_34,CND_DISABLED_ANY,CNA_SEPSIS_ANY\n"
        "0.3,0.5,0.2,0.6,0.25,0.1,0.05,0.4\n"
    ),
}


def package(folder: Path, **changed: str) -> Path:
    path = folder / "midyear.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, text in (SAS | changed).items():
            file.writestr(f"V99 software/{name}", text)
    return path


HEAD = package_head(
    Path("midyear.zip"), "CMS-HCC", "V99", 2030,
    normalization_e9=None, coding_intensity_e9=None, cite="none", unpaid=[],
)  # fmt: skip


def refusals(path: Path) -> list[str]:
    with pytest.raises(InputError) as found:
        checked_package(path, HEAD)
    return [str(it) for it in found.value.problems]


def test_a_sas_package_becomes_a_pack(tmp_path: Path) -> None:
    """C03 counts from 6 to 18 only; D66 is category 2 in women."""
    tables = checked_package(package(tmp_path), HEAD).tables
    assert tables["code"] == [
        ("A01", "HCC1", "", "", ""),
        ("B02", "HCC2", "", "", ""),
        ("C03", "HCC2", "", "6", "18"),
        ("D66", "HCC1", "male", "", ""),
        ("D66", "HCC2", "female", "", ""),
    ]
    assert tables["hierarchy"] == [("HCC1", "HCC2")]
    assert tables["interaction"] == [
        ("DISABLED_ANY", "2", "1", "DISABLED"),
        ("DISABLED_ANY", "2", "2", "HCC1"),
        ("DISABLED_ANY", "2", "2", "HCC2"),
        ("SEPSIS_ANY", "2", "1", "HCC2"),
        ("SEPSIS_ANY", "2", "2", "HCC1"),
        ("SEPSIS_ANY", "2", "2", "HCC2"),
    ]
    assert ("CNA", "HCC1", "500000000") in tables["factor"]


def test_factors_may_stand_one_in_a_line(tmp_path: Path) -> None:
    names, values = SAS["C9930P1M.csv"].splitlines()
    lines = zip(names.split(","), values.split(","), strict=True)
    long = "Variable,Factor\n" + "".join(f"{name},{value}\n" for name, value in lines)
    wide = checked_package(package(tmp_path), HEAD)
    found = checked_package(package(tmp_path, **{"C9930P1M.csv": long}), HEAD)
    assert found.tables["factor"] == wide.tables["factor"]


def test_rxhcc_v05_is_read_in_the_same_layout(tmp_path: Path) -> None:
    files = {
        "F0522S1M.TXT": "A072\t5\t\nE1010\t15\t\n",
        "R05X76H1.TXT": " %SET0(CC=15, HIER=%STR(5 ));\n",
        "C0522S1M.csv": (
            "Rx_CE_NoLowAged_F65_69,0.2\nRx_CE_NoLowAged_RXHCC5,1.5\nRx_CE_LTI_ORIGDS,0.073\n"
            "Rx_CE_LTI_NonAged_RXHCC5,0.9\nRx_CE_LTI_RXHCC15,0.3\nRx_NE_Lo_NESRD_NOD_x_F0_34,1.0\n"
        ),
    }
    path = tmp_path / "rxhcc.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, text in files.items():
            file.writestr(name, text)
    head = {**HEAD, "family": "RxHCC", "version": "V05", "risk_model": "rxhcc_v05_2022"}
    tables = checked_package(path, head).tables
    assert tables["hierarchy"] == [("RXHCC15", "RXHCC5")]
    assert ("NE_Lo", "NESRD_NORIGDIS_X_F0_34", "1000000000") in tables["factor"]
    assert ("NonAged_RXHCC5", "2", "1", "NONAGED") in tables["interaction"]


REFUSED = {
    "a doubled mapping row": (
        {"F9930P1M.TXT": SAS["F9930P1M.TXT"] + "A01\t1\t\n"},
        "F9930P1M.TXT:5: A01 has HCC1 already: a doubled mapping row",
    ),
    "a category without a factor": (
        {"F9930P1M.TXT": SAS["F9930P1M.TXT"] + "E05\t7\t\n"},
        "F9930P1M.TXT:5: cms_hcc_v99_2030/code.csv: HCC7 has codes and no factor",
    ),
    "an interaction of something unknown": (
        {"V9930P1M.TXT": SAS["V9930P1M.TXT"].replace("DISABL*ANY", "DISABL*CANCER")},
        "V9930P1M.TXT:3: CANCER: is part of an interaction and resolves to nothing: DISABLED_ANY",
    ),
    "a factor of something unknown": (
        {"C9930P1M.csv": "CNA_HCC1,0.5\nCNA_HCC2,0.2\nCNA_HCC9,0.4\n"},
        "C9930P1M.csv:3: cms_hcc_v99_2030/factor.csv: variable 'HCC9' resolves to nothing",
    ),
    "a factor that comes twice": (
        {"C9930P1M.csv": "CNA_HCC1,0.5\nCNA_HCC2,0.2\nCNA_HCC1,0.4\n"},
        "C9930P1M.csv:3: the factor of 'CNA_HCC1' comes twice",
    ),
    "a factor that is no number": (
        {"C9930P1M.csv": "CNA_HCC1,0.5\nCNA_HCC2,0.2.1\n"},
        "C9930P1M.csv:2: 'CNA_HCC2' = '0.2.1' is no factor of CMS-HCC",
    ),
    "a line that is no mapping": (
        {"F9930P1M.TXT": SAS["F9930P1M.TXT"] + "B02\t2\t\nnothing\n"},
        "F9930P1M.TXT:6: is no code with its category",
    ),
}


@pytest.mark.parametrize(("changed", "says"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_resolve_is_refused_by_file_and_line(
    tmp_path: Path, changed: dict[str, str], says: str
) -> None:
    assert any(it.startswith(says) for it in refusals(package(tmp_path, **changed)))


def test_a_zip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")
    assert "expected a software package of CMS" in refusals(path)[0]


def test_the_command_keeps_the_pack_in_the_workspace(tmp_path: Path) -> None:
    space = tmp_path / "space"
    assert RUN.invoke(app, ["init", str(space)]).exit_code == 0
    given = ["--version", "V99", "--year", "2030", "--cite", "a letter", "--normalization", "1.067"]
    done = RUN.invoke(
        app, ["risk", "import", str(package(tmp_path)), *given, "--workspace", str(space)]
    )
    assert done.exit_code == 0, done.output
    head = read_pack(find_pack("cms_hcc_v99_2030", space / "packs")).head
    assert head["normalization_e9"] == 1_067_000_000
    assert head["first_day"] == "2030-01-01"
    assert len(head["source_sha256"]) == 64
    listed = RUN.invoke(app, ["risk", "packs", "--workspace", str(space)])
    assert "cms_hcc_v99_2030" in listed.output
