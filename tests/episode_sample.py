"""A knee replacement in claims, and a workspace that settles it by the files of docs/episodes.md.

All parties, claims and amounts are invented. Day 0 is 2025-03-01, the admission.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from load_tables import LINE, PERSON, load_it, write_source
from openvbc.settings import Settings
from openvbc.workspace import Workspace
from test_docs import FENCE

SURGEONS = "111111111"
"""The practice of the surgeon: the contract's participant."""

PAGE = Path(__file__).parents[1] / "docs" / "episodes.md"
FILES: Mapping[str, str] = {
    name: body for _, name, body in FENCE.findall(PAGE.read_text("utf-8")) if "/" in name
}
"""Contract, participants, settlement and definition, as docs/episodes.md has them."""

CONTRACT = "contracts/summit.yaml"
DEFINITION = "episodes/knee_hip.yaml"

Row = Mapping[str, Any]


def line(key: str, day: str, cents: int, **more: Any) -> dict[str, Any]:
    """One claim line of P1; professional unless told otherwise."""
    return {
        **LINE,
        "claim_key": key,
        "claim_id": key,
        "effective_on": day,
        "claim_start_date": day,
        "claim_end_date": day,
        "allowed_cents": cents,
        "paid_cents": cents,
        "line_of_business": "commercial",
        "payer": "SUMMIT",
        **more,
    }


def diagnosis(key: str, code: str, day: str, person: str = "P1") -> dict[str, Any]:
    return {
        "claim_key": key,
        "version_number": 1,
        "sequence": 1,
        "person_id": person,
        "claim_end_date": day,
        "code_type": "icd-10-cm",
        "code": code,
        "payer": "SUMMIT",
        "line_of_business": "commercial",
    }


def procedure(key: str, code: str, day: str, person: str = "P1") -> dict[str, Any]:
    return {**diagnosis(key, code, day, person), "code_type": "icd-10-pcs"}


STAY = {
    "claim_type": "institutional",
    "bill_type_code": "111",
    "drg_code": "470",
    "admission_date": "2025-03-01",
    "discharge_date": "2025-03-04",
    "claim_end_date": "2025-03-04",
    "facility_ccn": "390001",
    "billing_tin": "222222222",
}
SNF = {
    "claim_type": "institutional",
    "bill_type_code": "211",
    "claim_end_date": "2025-03-20",
    "facility_ccn": "395001",
    "billing_tin": "444444444",
}
SURGEON = {"billing_tin": SURGEONS, "rendering_npi": "1000000001"}

KNEE: Sequence[Row] = (
    line("PREOP", "2025-02-09", 14000, hcpcs_code="99214", **SURGEON),
    line("STAY", "2025-03-01", 1_200_000, **STAY),
    line("STAY", "2025-03-01", 150_000, claim_line_number=2, **STAY),
    line("SURGERY", "2025-03-01", 140_000, hcpcs_code="27447", **SURGEON),
    line("ANAESTHESIA", "2025-03-01", 35_000, rendering_specialty_code="05", billing_tin="333"),
    line("SNF", "2025-03-06", 560_000, **SNF),
    line("THERAPY", "2025-03-25", 12_000, hcpcs_code="97110", billing_tin="555555555"),
    line("FRACTURE", "2025-04-10", 90_000, claim_type="institutional", bill_type_code="131"),
    line("REFUSED", "2025-03-10", 7_700, denied=True, **SURGEON),
)
"""The acceptance fixture: −20 visit, 0 stay, surgeon and anaesthesia, 5 SNF, 24 PT, 40 fracture."""

CODES: Sequence[Row] = (
    diagnosis("PREOP", "M1711", "2025-02-09"),
    diagnosis("STAY", "M1711", "2025-03-04"),
    diagnosis("SURGERY", "M1711", "2025-03-01"),
    diagnosis("THERAPY", "R2689", "2025-03-25"),
    diagnosis("FRACTURE", "S52501A", "2025-04-10"),
)
PROCEDURES: Sequence[Row] = (procedure("STAY", "0SRC0J9", "2025-03-04"),)


def write_files(root: Path, changes: Mapping[str, str]) -> None:
    """The files of the page; changes: file → another text of it."""
    for name, text in {**FILES, **changes}.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def workspace(
    root: Path,
    lines: Sequence[Row] = KNEE,
    codes: Sequence[Row] = CODES,
    procedures: Sequence[Row] = PROCEDURES,
    changes: Mapping[str, str] = MappingProxyType({}),
) -> Workspace:
    """A workspace with the claims loaded and its tables built."""
    space = Workspace.init(root / "space", Settings(buckets=2, memory_mb=600, workers=1))
    write_files(space.root, changes)
    persons = [{**PERSON, "person_id": it} for it in sorted({row["person_id"] for row in lines})]
    source = write_source(
        root / "source", person=persons, medical_claim=lines, diagnosis=codes, procedure=procedures
    )
    load_it(space.data, source)
    space.build()
    return space
