"""Four contracts by four methods, and ten people of whom it is known whose they are.

Northside is the practice A1 with the clinicians 100 and 101; X1 is another practice with 900. A
visit (99213) is allowed $100 and paid $80 unless said otherwise.

| contract | method | whose |
|---|---|---|
| harbor | commercial | most visits at A1; only months that HARBOR covers |
| blue | commercial_pcp | of record with clinician 100, else most visits with a clinician of A1 |
| mill | payer_list | everybody on the list mill_roster |
| reach | reach | charges of July 2022 to June 2024, the newer year twice |
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from load_tables import COVERAGE, LINE, PERSON, Row, write_source

A1: Final = "111111111"
X1: Final = "333333333"
PCP: Final = "1000000100"
OTHER_PCP: Final = "1000000101"
AWAY: Final = "1000000900"

SPANS: Final = (
    ("H1", "HARBOR", "commercial", "2020-01-01", ""),
    ("H2", "HARBOR", "commercial", "2020-01-01", ""),
    ("H3", "HARBOR", "commercial", "2020-01-01", "2025-06-30"),
    ("H4", "BLUE", "commercial", "2020-01-01", "2025-03-31"),
    ("H4", "HARBOR", "commercial", "2025-04-01", ""),
    ("B1", "BLUE", "commercial", "2020-01-01", ""),
    ("B2", "BLUE", "commercial", "2025-01-01", "2025-09-30"),
    ("M1", "MILL", "self_insured", "2020-01-01", ""),
    ("M2", "MILL", "self_insured", "2025-10-01", ""),
    ("M3", "MILL", "self_insured", "2020-01-01", ""),
    ("R1", "CMS", "medicare", "2020-01-01", ""),
    ("R2", "CMS", "medicare", "2020-01-01", ""),
)
"""Who is covered by whom, from when to when."""

VISITS: Final = (
    ("H1", A1, PCP, "2025-02-03"), ("H1", A1, PCP, "2025-05-03"), ("H1", X1, AWAY, "2025-06-01"),
    ("H2", A1, PCP, "2025-02-03"), ("H2", X1, AWAY, "2025-03-03"), ("H2", X1, AWAY, "2025-04-03"),
    ("H3", A1, PCP, "2024-10-01"),
    ("H4", A1, PCP, "2025-02-10"), ("H4", A1, PCP, "2025-07-10"),
    ("B1", X1, AWAY, "2025-03-01"), ("B1", X1, AWAY, "2025-04-01"),
    ("B2", A1, OTHER_PCP, "2025-03-01"),
    ("M3", A1, PCP, "2025-03-01"),
    ("R1", A1, PCP, "2024-03-01"), ("R1", X1, AWAY, "2023-01-10"),
    ("R2", X1, AWAY, "2024-03-01"), ("R2", A1, PCP, "2023-01-10"),
    ("R1", X1, AWAY, "2025-03-01"), ("R2", A1, PCP, "2025-03-01"),
)  # fmt: skip
"""Person, practice, clinician, day."""

STAYS: Final = (
    ("H1", "2025-06-10", 2_000_000), ("H3", "2025-03-10", 50_000), ("H3", "2025-08-10", 90_000),
    ("H2", "2025-06-10", 700_000),
    ("R1", "2025-05-05", 500_000), ("R2", "2025-05-05", 999_900),
)  # fmt: skip
"""Person, day and what was paid, cents: claims that attribute nobody."""

FILLS: Final = (
    ("H3", "2025-03-05", 30_000),
    ("H3", "2025-08-01", 7_000),
    ("H4", "2025-02-01", 9_000),
)
"""Person, day and what was paid for a drug, cents; of contracts that count pharmacy."""

CANCELLED_FILL: Final = ("H4", "2025-05-01", 5_000)
"""A fill that a second version takes back the day after."""

LISTED: Final = (
    ("B1", "blue_roster", "commercial", A1, PCP),
    ("M1", "mill_roster", "self_insured", "", ""),
    ("M2", "mill_roster", "self_insured", "", ""),
    ("M3", "other_roster", "self_insured", "", ""),
)
"""Person, list, line of business, practice and clinician."""

PARTICIPANTS: Final = f"tin,npi,ccn,role,group_id,valid_from,valid_to\n{A1},,,practice,,,\n"

CONTRACTS: Final[Mapping[str, str]] = {
    "harbor": """\
contract: harbor
title: Harbor Health and Northside, shared savings
parties:
  payer: {id: HARBOR, name: Harbor Health}
  entity: {id: NMG, name: Northside Medical Group}
line_of_business: commercial
agreement: {start: 2025-01-01, end: 2027-12-31}
population:
  method: commercial
  payer: HARBOR
  participants: northside.csv
  run_out_months: 3
components:
  - commercial_target:
      target_base_pmpm: 800
      target_trend_factor: 1
      target_risk_ratio: 1
  - truncated_expenditure:
      truncation_point: 10000
      pooling_charge_pmpm: 50
      benchmark_above_truncation: 0
  - shared_savings:
      savings_minimum_rate: 0.02
      savings_entity_share: 0.5
""",
    "blue": """\
contract: blue
title: Blue Plan and Northside, capitation by clinician of record
parties:
  payer: {id: BLUE, name: Blue Plan}
  entity: {id: NMG, name: Northside Medical Group}
line_of_business: commercial
agreement: {start: 2025-01-01, end: 2027-12-31}
population:
  method: commercial_pcp
  payer: BLUE
  list: blue_roster
  participants: northside.csv
members: {payer: BLUE, attributed: blue}
components:
  - capitation:
      strata: [all]
      capitation_rate: {all: 100}
""",
    "mill": """\
contract: mill
title: Mill Works and Northside, care management of its list
parties:
  payer: {id: MILL, name: Mill Works}
  entity: {id: NMG, name: Northside Medical Group}
line_of_business: self_insured
agreement: {start: 2025-01-01, end: 2027-12-31}
population: {method: payer_list, list: mill_roster}
members: {attributed: mill}
components:
  - care_management:
      strata: [standard]
      care_management_pmpm: {standard: 12}
""",
    "reach": """\
contract: reach
title: Northside ACO, ACO REACH
program: reach
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: NMG, name: Northside Medical Group}
line_of_business: medicare
agreement: {start: 2025-01-01, end: 2026-12-31}
population: {method: reach, participants: northside.csv}
risk: {model: cms_hcc_v28_2025}
components:
  - reach_settlement:
      risk_arrangement: global
""",
}

FACTS: Final[Mapping[str, str]] = {
    "harbor": "",
    "blue": """\
facts:
  capitated_cost: {unit: usd, value: 1000, source: books, received_on: 2026-03-01}
  capitation_prepaid: {unit: usd, value: 0, source: books, received_on: 2026-03-01}
""",
    "mill": "",
    "reach": """\
facts:
  final_benchmark: {unit: usd, value: 6000, source: report, received_on: 2026-03-01}
""",
}


class Other(NamedTuple):
    """What another side's delivery has otherwise."""

    covered_from: Mapping[str, str] = {}
    """Person → first day of coverage."""
    moved: Mapping[str, tuple[str, str]] = {}
    """Person → last day with the payer, and the payer from the day after."""
    visits: tuple[tuple[str, str, str, str], ...] = ()
    """Visits besides."""
    stays: tuple[tuple[str, str, int], ...] = ()
    """Stays besides."""
    without: frozenset[str] = frozenset()
    """Claims that are not there."""
    codes: Mapping[str, str] = {}
    """Claim → its HCPCS code."""
    later: Mapping[str, int] = {}
    """Claim → what a second version, a day later, pays, cents."""


SAME: Final = Other()


def _spans(other: Other) -> Iterator[Row]:
    spans = [it for it in SPANS if it[0] not in other.moved]
    for person, payer, line, first, last in SPANS:
        if person in other.moved:
            day, later = other.moved[person]
            after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
            spans += [(person, payer, line, first, day), (person, later, line, after, last)]
    for person, payer, line, first, last in spans:
        parts = {
            "part_a": "true",
            "part_b": "true",
            "medicare_advantage": "false",
            "enrolment_type": "aged_nondual",
        }
        yield {
            **COVERAGE,
            "person_id": person,
            "payer": payer,
            "line_of_business": line,
            "enrollment_start_date": other.covered_from.get(person, first),
            "enrollment_end_date": last,
            **(parts if line == "medicare" else dict.fromkeys(parts, "")),
        }


def _line_of(person: str) -> str:
    return next(it[2] for it in SPANS if it[0] == person)


def _payer_of(person: str, day: str) -> str:
    """Who covered the person on the day or last before it; before all spans, the first."""
    spans = sorted((first, payer) for who, payer, _, first, _ in SPANS if who == person)
    return next((payer for first, payer in reversed(spans) if first <= day), spans[0][1])


def _lines(other: Other) -> Iterator[Row]:
    """The lines of one side, those of later versions after what they replace."""
    for first in _first_versions(other):
        key = str(first["claim_key"])
        line = {**first, "hcpcs_code": other.codes.get(key, first.get("hcpcs_code", ""))}
        if key not in other.without:
            yield line
        if key in other.later:
            day = date.fromisoformat(str(line["effective_on"])) + timedelta(days=1)
            cents = other.later[key]
            yield {
                **line, "version_number": 2, "version_type": "adjust",
                "effective_on": day.isoformat(), "allowed_cents": cents, "paid_cents": cents,
            }  # fmt: skip


def _first_versions(other: Other) -> Iterator[Row]:
    for number, (person, tin, npi, day) in enumerate((*VISITS, *other.visits)):
        yield {
            **LINE, "claim_key": f"V{number}", "claim_id": f"V{number}", "person_id": person,
            "line_of_business": _line_of(person), "payer": _payer_of(person, day),
            "effective_on": day, "claim_start_date": day, "claim_end_date": day,
            "hcpcs_code": "99213", "rendering_npi": npi,
            "rendering_specialty_code": "08", "place_of_service_code": "11", "billing_tin": tin,
            "allowed_cents": 10000, "paid_cents": 8000,
        }  # fmt: skip
    for number, (person, day, cents) in enumerate((*STAYS, *other.stays)):
        yield {
            **LINE, "claim_key": f"S{number}", "claim_id": f"S{number}", "person_id": person,
            "line_of_business": _line_of(person), "payer": _payer_of(person, day),
            "claim_type": "institutional",
            "bill_type_code": "111", "effective_on": day, "claim_start_date": day,
            "claim_end_date": day, "facility_ccn": "390001", "allowed_cents": cents,
            "paid_cents": cents,
        }  # fmt: skip


def _fills(other: Other) -> Iterator[Row]:
    for number, (person, day, cents) in enumerate((*FILLS, CANCELLED_FILL)):
        fill = {
            "claim_key": f"F{number}", "claim_id": f"F{number}", "claim_line_number": 1,
            "person_id": person, "line_of_business": _line_of(person), "payer": "HARBOR",
            "version_number": 1, "version_type": "original", "sign": 1, "effective_on": day,
            "dispensing_date": day, "allowed_cents": cents, "paid_cents": cents,
        }  # fmt: skip
        if fill["claim_key"] not in other.without:
            yield fill
        if (person, day, cents) == CANCELLED_FILL:
            later = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
            cancel = {"version_number": 2, "version_type": "cancel", "sign": -1}
            yield {**fill, **cancel, "effective_on": later}


def delivery(folder: Path, other: Other = SAME) -> Path:
    """The canonical tables as files."""
    people = dict.fromkeys(it[0] for it in SPANS)
    return write_source(
        folder,
        person=[{**PERSON, "person_id": it} for it in people],
        eligibility=[*_spans(other)],
        medical_claim=[*_lines(other)],
        pharmacy_claim=[*_fills(other)],
        provider=[
            {"npi": PCP, "specialty_code": "08", "tin": A1},
            {"npi": OTHER_PCP, "specialty_code": "11", "tin": A1},
            {"npi": AWAY, "specialty_code": "08", "tin": X1},
        ],
        reported_assignment=[
            {
                "report": report, "report_period": "PY2025", "person_id": person, "tin": tin,
                "npi": npi, "status": "assigned", "line_of_business": line, "payer": "",
            }
            for person, report, line, tin, npi in LISTED
        ],
    )  # fmt: skip


def settlement(name: str) -> str:
    """A settlement of 2025."""
    return (
        f"contract: {name}\nperiod: PY2025\nfirst_day: 2025-01-01\nlast_day: 2025-12-31\n"
        f"kind: final\nas_of: 2026-03-31\n{FACTS[name]}"
    )


def write_files(root: Path, *, pharmacy: bool = False) -> None:
    """The contracts with a settlement each, and the one list of participants.

    pharmacy: whether HARBOR's counts pharmacy claims besides medical ones.
    """
    (root / "contracts" / "northside.csv").write_text(PARTICIPANTS)
    for name, text in CONTRACTS.items():
        counted = "  payer: HARBOR\n  pharmacy: true\n" if pharmacy else "  payer: HARBOR\n"
        given = text.replace("  payer: HARBOR\n", counted)
        (root / "contracts" / f"{name}.yaml").write_text(given)
        (root / "settlements" / f"{name}_PY2025.yaml").write_text(settlement(name))
