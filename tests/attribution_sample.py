"""A workspace of two ACOs and nine people, in which each comes, goes or stays for one reason.

Every visit is allowed $100 and paid $80, but OUT's to X1, which is allowed $300. Lakeside is the
practice A1, hillside is B1; X1 is in no ACO.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from contract_sample import CONTRACT, SETTLEMENT
from load_tables import COVERAGE, LINE, Row, write_source

A1: Final = "111111111"
B1: Final = "222222222"
X1: Final = "333333333"

VISITS: Final = (
    ("STAY", A1, "2024-03-01"), ("STAY", A1, "2025-03-01"),
    ("MOVE", A1, "2024-03-01"), ("MOVE", B1, "2025-03-01"),
    ("GONE", A1, "2024-03-01"),
    ("DIED", A1, "2024-03-01"),
    ("PLAN", A1, "2024-03-01"),
    ("OUT", A1, "2024-03-01"), ("OUT", A1, "2025-05-01"), ("OUT", X1, "2025-03-01"),
    ("TIE", A1, "2024-03-01"), ("TIE", A1, "2025-03-01"), ("TIE", X1, "2025-05-01"),
    ("NEW", A1, "2025-03-01"),
    ("BACK", X1, "2024-03-01"), ("BACK", A1, "2025-03-01"),
)  # fmt: skip

PEOPLE: Final = tuple(dict.fromkeys(person for person, _, _ in VISITS))

METHOD: Final = """\
method,period,first_month,last_month,lag_months,unit,coverage,covered,condition,share_percent,cite
acme,year,1,12,0,tin,any,any,,,the plan's contract of 2024
"""
STEP: Final = """\
method,step,place,source,code_list,specialty_list,provider_class,opens,related,order_1,order_2,order_3
acme,visits,1,service,office_visit,primary_care,primary,,,visits,allowed,latest
"""
SPAN: Final = """\
method,step,months_from,months_to,copy
acme,visits,1,12,1
"""
"""A plan's own method: ties go to the most allowed, and to the latest visit only then."""

ANALYSES: Final = """\
analyses:
  plan:
    line_of_business: medicare
    years: [2024, 2025]
    paid_through: 2026-03-31
    attribution: [commercial, acme]
"""

LIST: Final = "tin,npi,ccn,role,group_id,valid_from,valid_to\n"


def _spans() -> Iterator[Row]:
    usual = {
        **COVERAGE, "enrollment_start_date": "2020-01-01", "enrollment_end_date": "",
        "part_a": "true", "part_b": "true", "medicare_advantage": "false",
        "enrolment_type": "aged_nondual",
    }  # fmt: skip
    for person in PEOPLE:
        start = "2025-01-01" if person == "NEW" else "2020-01-01"
        end = "2025-02-28" if person == "PLAN" else ""
        yield {
            **usual,
            "person_id": person,
            "enrollment_start_date": start,
            "enrollment_end_date": end,
        }
    yield {
        **usual,
        "person_id": "PLAN",
        "enrollment_start_date": "2025-03-01",
        "medicare_advantage": "true",
    }


def _lines() -> Iterator[Row]:
    for number, (person, tin, day) in enumerate(VISITS):
        dear = (person, tin) == ("OUT", X1)
        yield {
            **LINE, "claim_key": f"C{number}", "claim_id": f"C{number}", "person_id": person,
            "effective_on": day, "claim_start_date": day, "claim_end_date": day,
            "hcpcs_code": "99213", "rendering_specialty_code": "08", "place_of_service_code": "11",
            "billing_tin": tin, "allowed_cents": 30000 if dear else 10000, "paid_cents": 8000,
        }  # fmt: skip


def delivery(folder: Path) -> Path:
    """The canonical tables as files."""
    people = [
        {
            "person_id": it,
            "birth_date": "1950-01-15",
            "sex": "female",
            "us_resident": "true",
            "death_date": "2024-12-20" if it == "DIED" else "",
        }
        for it in PEOPLE
    ]
    return write_source(folder, person=people, eligibility=[*_spans()], medical_claim=[*_lines()])


def write_lists(root: Path, *tins: str) -> None:
    """Lakeside's participants, and hillside's one."""
    contracts = root / "contracts"
    rows = "".join(f"{tin},,,practice,,2020-01-01,\n" for tin in tins)
    (contracts / "lakeside_participants.csv").write_text(LIST + rows)
    (contracts / "hillside_participants.csv").write_text(f"{LIST}{B1},,,practice,,2020-01-01,\n")


def write_files(root: Path) -> None:
    """Two contracts with a settlement each, an analysis, and the plan's own method."""
    other = {"lakeside": "hillside", "Lakeside": "Hillside", "A1001": "A1002"}
    names: dict[str, dict[str, str]] = {"lakeside": {}, "hillside": other}
    for name, words in names.items():
        (root / "contracts" / f"{name}.yaml").write_text(_all(CONTRACT, words))
        settled = root / "settlements" / f"{name}_PY2025.yaml"
        settled.write_text(_all(SETTLEMENT, words))
    write_lists(root, A1)
    (root / "analyses.yaml").write_text(ANALYSES)
    own = root / "packs" / "attribution"
    own.mkdir(parents=True)
    for name, text in (("method", METHOD), ("step", STEP), ("span", SPAN)):
        (own / f"attribution_{name}.csv").write_text(text)


def _all(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text
