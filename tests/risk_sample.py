"""A workspace whose contract computes risk scores: five people, small enough to add up by hand.

ANN (75): diabetes with and without complications in every year; HCC37 drops HCC38. BEA (75): a
lung disease only on a denied claim and on one that was cancelled. CAL (75): Medicare since
January 2025 only, and so a new enrollee in 2025, with a year of commercial coverage before. DOT
(55): entitled by ESRD and disability (code 3), codes of no model and of no shape. EVE: born in the
future, by her record.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from contract_sample import CONTRACT, PARTICIPANTS, SETTLEMENT

RISK: Final = """\
risk:
  model: cms_hcc_v28_2025
  demographic: hcc_demographics
"""

YEARS: Final = (2021, 2022, 2023, 2024, 2025)

PEOPLE: Final = (
    ("ANN", "1950-01-15", "female"),
    ("BEA", "1950-01-15", "female"),
    ("CAL", "1950-01-15", "male"),
    ("DOT", "1970-01-15", "female"),
    ("EVE", "2050-01-15", "female"),
)

SPANS: Final = (
    ("ANN", "2015-01-01", "medicare", "aged_nondual", "0", "00"),
    ("BEA", "2015-01-01", "medicare", "aged_nondual", "0", "00"),
    ("CAL", "2025-01-01", "medicare", "aged_nondual", "0", "00"),
    ("CAL", "2024-01-01", "commercial", "", "", ""),
    ("DOT", "2015-01-01", "medicare", "disabled", "3", "00"),
    ("EVE", "2015-01-01", "medicare", "disabled", "2", "00"),
)

DIAGNOSES: Final[Mapping[str, tuple[str, ...]]] = {
    "ANN": ("E1121", "E119"),
    "BEA": ("I10",),
    "CAL": ("E1121",),
    "DOT": ("I10", "HELLO"),
    "EVE": ("I10",),
}


def _rows(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _visits() -> Iterable[tuple[object, ...]]:
    """A visit to the ACO by everybody in June of each year, and BEA's claims that do not count."""
    for year in YEARS:
        for person in DIAGNOSES:
            yield (
                f"{person}{year}",
                1,
                "original",
                1,
                f"{year}-07-15",
                person,
                f"{year}-06-30",
                "",
            )
        yield (f"BEAD{year}", 1, "original", 1, f"{year}-07-15", "BEA", f"{year}-06-30", "true")
        yield (f"BEAC{year}", 1, "original", 1, f"{year}-07-15", "BEA", f"{year}-06-30", "")
        yield (f"BEAC{year}", 2, "cancel", -1, f"{year}-08-15", "BEA", f"{year}-06-30", "")


def _claims() -> Iterable[tuple[object, ...]]:
    for key, version, kind, sign, since, person, day, denied in _visits():
        yield (
            *(key, version, kind, sign, since, key, 1, "professional", person, day, day, "99213"),
            *("11", "1111111111", "08", "123456789", 10000, 8000, denied, "CMS", "medicare"),
        )


def _diagnoses() -> Iterable[tuple[object, ...]]:
    for key, version, _, _, _, person, day, _ in _visits():
        codes = DIAGNOSES[str(person)] if len(str(key)) == len("ANN2021") else ("J449",)
        for place, code in enumerate(codes, 1):
            yield (key, version, place, person, day, "icd-10-cm", code, "CMS", "medicare")


def delivery(folder: Path) -> Path:
    """The canonical tables as files."""
    folder.mkdir(parents=True)
    _rows(
        folder / "person.csv",
        "person_id,birth_date,sex,us_resident",
        [(*row, "true") for row in PEOPLE],
    )
    _rows(
        folder / "eligibility.csv",
        "person_id,enrollment_start_date,line_of_business,enrolment_type,"
        "original_reason_entitlement_code,dual_status_code,part_a,part_b,payer",
        [(*row, "true", "true", "CMS") for row in SPANS],
    )
    _rows(
        folder / "medical_claim.csv",
        "claim_key,version_number,version_type,sign,effective_on,claim_id,claim_line_number,"
        "claim_type,person_id,claim_start_date,claim_end_date,hcpcs_code,place_of_service_code,"
        "rendering_npi,rendering_specialty_code,billing_tin,allowed_cents,paid_cents,denied,"
        "payer,line_of_business",
        _claims(),
    )
    _rows(
        folder / "diagnosis.csv",
        "claim_key,version_number,sequence,person_id,claim_end_date,code_type,code,payer,"
        "line_of_business",
        _diagnoses(),
    )
    return folder


def write_contract(root: Path, risk: str = RISK) -> None:
    """The contract of contract_sample with computed scores, and its settlement."""
    (root / "contracts" / "lakeside.yaml").write_text(
        CONTRACT.replace("components:", f"{risk}components:")
    )
    (root / "contracts" / "lakeside_participants.csv").write_text(PARTICIPANTS)
    (root / "settlements" / "lakeside_PY2025.yaml").write_text(SETTLEMENT)
