"""Writes the HHS-HCC packs that ship with the package, from an unpacked public source.

    python tools/make_hhs_packs.py FOLDER

FOLDER holds the unpacked wheel of risk-adjustment-model (HHS's tables of the DIY software in its
own layout). Only facts are restated: codes, category numbers, conditions, factors. Age and sex
edits are found by asking that package about every code it names, at every age.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from openvbc.risk.assemble import OLDEST, Edit
from openvbc.risk.hhs import ADULT, CHILD, METALS, HhsTables, assemble_hhs
from openvbc.risk.pack import write_pack

PACKAGE = "risk_adjustment_model"
YEARS = (("V07", 2023), ("V07", 2024), ("V08", 2025), ("V08", 2026))
LAST_EDITED_AGE = 60
CITE = "HHS, {} Benefit Year HHS-Developed Risk Adjustment Model Algorithm (DIY) Software"


def hccs(text: str) -> list[str]:
    """HHS_HCC names of numbers; 35.1 is HHS_HCC035_1."""
    return [_name(number) for number in text.split()]


def _name(number: str) -> str:
    first, dot, second = number.partition(".")
    return f"HHS_HCC{int(first):03}" + (f"_{second}" if dot else "")


MATURITY = {
    "Extremely_Immature": hccs("242 243 244"),
    "Immature": hccs("245 246"),
    "Premature_Multiples": hccs("247 248"),
    "Term": hccs("249"),
    "Age1": [],
}
"""DIY software, Table 8: infants' maturity; Age1 also for the newborn without any of these."""

SEVERITY = {
    "Severity5": hccs("8 18 34 41 42 125 128 129 130 137 158 183 184 251"),
    "Severity4": hccs(
        "2 9 26 30 35.1 35.2 64 67 68 73 106 107 111 112 115 122 126 127 131 135 138 145 146 154 "
        "156 163 187 253"
    ),
    "Severity3": hccs(
        "1 3 6 10 11 12 27 45 54 55 61 63 66 74 75 81 82 83 84 96 108 109 110 113 114 117 119 121 "
        "132 139 142 149 150 159 218 223 226 228"
    ),
    "Severity2": hccs(
        "4 13 19 20 21 23 28 29 36 46 47 48 56 57 62 69 97 120 151 153 160 161.1 162 188 217 219"
    ),
    "Severity1": hccs("37.1 37.2 102 103 118 161.2 234 254"),
}
"""DIY software, Table 8: infants' severity; `MOVED` names what changed with V08."""
MOVED = {
    "V07": {"Severity2": hccs("70"), "Severity1": hccs("71")},
    "V08": {"Severity3": hccs("70"), "Severity2": hccs("71")},
}

SEVERE = hccs(
    "2 3 4 6 18 23 34 41 42 96 121 122 125 126 127 128 129 135 145 156 158 163 183 218 223 251"
)
TRANSPLANT = hccs("18 34 41 128 129 158 183 251")
"""DIY software, Table 6: HCCs that make the number of HCCs count."""

_LIVER, _KIDNEY = hccs("34 35.1 35.2 36 37.1"), hccs("183 184 187 188")
_BOWEL, _DIABETES, _LUNG = hccs("41 48"), hccs("18 19 20 21"), hccs("158 159")
INTERACTIONS = {
    "RXC_01_x_HCC001": [["RXC_01"], hccs("1")],
    "RXC_02_x_HCC037_1_036_035_2_035_1_034": [["RXC_02"], _LIVER],
    "RXC_03_x_HCC142": [["RXC_03"], hccs("142")],
    "RXC_04_x_HCC184_183_187_188": [["RXC_04"], _KIDNEY],
    "RXC_05_x_HCC048_041": [["RXC_05"], _BOWEL],
    "RXC_06_x_HCC018_019_020_021": [["RXC_06"], _DIABETES],
    "RXC_07_x_HCC018_019_020_021": [["RXC_07"], _DIABETES],
    "RXC_08_x_HCC118": [["RXC_08"], hccs("118")],
    "RXC_09_x_HCC056_057_and_048_041": [["RXC_09"], hccs("56 57"), _BOWEL],
    "RXC_09_x_HCC056": [["RXC_09"], hccs("56")],
    "RXC_09_x_HCC057": [["RXC_09"], hccs("57")],
    "RXC_09_x_HCC048_041": [["RXC_09"], _BOWEL],
    "RXC_10_x_HCC159_158": [["RXC_10"], _LUNG],
}
"""DIY software, Table 10: drug categories beside HCCs, in adults."""

HIERARCHIES = {"RXC_01": ["ACF_PrEP"], "HHS_HCC001": ["ACF_PrEP_Child"]}
"""The affiliated cost factor of prophylaxis counts only without treatment or the diagnosis."""
ACF_AGES = {"ACF_PrEP": (21, OLDEST), "ACF_PrEP_Child": (12, 20)}


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    if path.is_file():
        for line in path.read_text().splitlines():
            if line.strip():
                code, category, *_ = line.split("\t")
                yield code.strip(), category.strip()


def _drugs(folder: Path) -> Iterator[tuple[str, str, str]]:
    for kind, file in (("ndc", "ndc_to_category_map"), ("hcpcs", "proc_to_category_map")):
        for code, number in _lines(folder / f"{file}.txt"):
            yield kind, code, f"RXC_{int(number):02}"
    for code, category in _lines(folder / "acf_to_category_map.txt"):
        yield "ndc" if len(code) == len("00002021301") else "hcpcs", code, category


def _asked(peer: Any, code: str, usual: list[str], sex: str, age: int) -> list[str]:
    found = peer._age_sex_edits(sex[0].upper(), age, code) or usual  # noqa: SLF001
    return [hcc for hcc in found if hcc != "NA"]


def _edits(peer: Any, code: str, usual: list[str]) -> list[Edit]:
    """What a code gives at every age and sex; the last age stands for all after it."""
    found = []
    for age in range(LAST_EDITED_AGE + 1):
        last = OLDEST if age == LAST_EDITED_AGE else age
        women, men = (_asked(peer, code, usual, sex, age) for sex in ("female", "male"))
        found += [Edit(hcc, "", age, last) for hcc in women if hcc in men]
        found += [Edit(hcc, "female", age, last) for hcc in women if hcc not in men]
        found += [Edit(hcc, "male", age, last) for hcc in men if hcc not in women]
    return found


def _codes(root: Path, folder: Path, version: str, year: int) -> dict[str, list[Edit]]:
    peer = getattr(import_module(PACKAGE), f"CommercialModel{version}")(year)
    source = (root / PACKAGE / PACKAGE / f"{version.lower()}.py").read_text()
    named = {*re.findall(r'"([A-Z][0-9A-Z]{2,6})"', source)}
    usual: dict[str, list[str]] = {}
    for code, number in _lines(folder / "diag_to_category_map.txt"):
        usual.setdefault(code, []).append(_name(number))
    return {
        code: _edits(peer, code, them) if code in named else [Edit(hcc) for hcc in them]
        for code, them in usual.items()
    }


def _factors(folder: Path) -> Iterator[tuple[str, str, str, Decimal]]:
    with (folder / "weights.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for metal in METALS:
                yield row["model"], row["category"], metal, Decimal(row[metal])


def tables(root: Path, version: str, year: int) -> HhsTables:
    """What the source says of one benefit year."""
    folder = root / PACKAGE / PACKAGE / "reference_data/commercial" / version.lower() / str(year)
    order = json.loads((folder / "hierarchy_definition.json").read_text())
    groups = json.loads((folder / "group_definition.json").read_text())
    drugs = list(_drugs(folder))
    return HhsTables(
        codes=_codes(root, folder, version, year),
        drugs=drugs,
        hierarchies={k: [*v["remove_code"], *HIERARCHIES.get(k, ())] for k, v in order.items()}
        | {k: v for k, v in HIERARCHIES.items() if k not in order},
        groups={ADULT: groups[ADULT], CHILD: groups[CHILD]},
        factors=list(_factors(folder)),
        severity={k: v + MOVED[version].get(k, []) for k, v in SEVERITY.items()},
        maturity=MATURITY,
        interactions=INTERACTIONS,
        severe=SEVERE,
        transplant=TRANSPLANT,
        uncounted=hccs("22"),
        drug_ages={hcc: ACF_AGES.get(hcc, (21, OLDEST)) for _, _, hcc in drugs},
    )


def head(root: Path, version: str, year: int) -> dict[str, Any]:
    """The head of a pack."""
    peer = getattr(import_module(PACKAGE), f"CommercialModel{version}")(year)
    folder = root / PACKAGE / PACKAGE / "reference_data/commercial" / version.lower() / str(year)
    total = sha256(b"".join(path.read_bytes() for path in sorted(folder.iterdir())))
    share = peer._get_csr_adjuster  # noqa: SLF001
    shares = {it: share(year, it) for it in map(str, range(1, 12))}
    return {
        "risk_model": f"hhs_hcc_{version.lower()}_{year}",
        "family": "HHS-HCC",
        "version": version,
        "payment_year": year,
        "diagnosis_year": year,
        "first_day": f"{year}-01-01",
        "last_day": f"{year}-12-31",
        "normalization_e9": None,
        "coding_intensity_e9": None,
        "cost_sharing_e9": {
            int(k): int(Decimal(str(v)) * 10**9) for k, v in shares.items() if k == "1" or v != 1
        },
        "source": f"HHS tables of benefit year {year} as restated by risk-adjustment-model 0.7.1",
        "source_sha256": total.hexdigest(),
        "cite": CITE.format(year),
        "contains_cpt": False,
        "unpaid": [],
    }


def main() -> None:
    """Write every pack and say what it holds."""
    root = Path(sys.argv[1])
    sys.path.insert(0, str(root / PACKAGE))
    for version, year in YEARS:
        pack = assemble_hhs(head(root, version, year), tables(root, version, year))
        place = write_pack(pack)
        sizes = ", ".join(f"{len(rows)} {table}" for table, rows in pack.tables.items())
        sys.stdout.write(f"{place.name}: {sizes}\n")


if __name__ == "__main__":
    main()
