"""A contract with a settlement for tests: small files, free to be changed one word at a time."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from openvbc.contract.contract import Contract, read_contract
from openvbc.contract.facts import At, Given
from openvbc.contract.settlement import Settlement, read_settlement
from openvbc.errors import InputError
from openvbc.rules.rule import Value

CONTRACT = """\
contract: lakeside
title: Lakeside ACO
program: mssp
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: A1001, name: Lakeside ACO}
line_of_business: medicare
agreement: {start: 2025-01-01, end: 2029-12-31, number: 1}
population:
  method: mssp
  assignment: retrospective
  participants: lakeside_participants.csv
  run_out_months: 3
  cut: national
components:
  - mssp_expenditure
  - mssp_benchmark
  - mssp_settlement:
      track: enhanced
      elected_minimum_rate: 0.01
"""

CUTS = "{esrd: 412000, disabled: 161000, aged_dual: 190000, aged_nondual: 122000.50}"

SETTLEMENT = f"""\
contract: lakeside
period: PY2025
first_day: 2025-01-01
last_day: 2025-12-31
kind: final
as_of: 2026-08-31
facts:
  quality_standard_met: {{unit: flag, value: true, source: report, received_on: 2026-07-15}}
  quality_score: {{unit: rate, value: 0.86, source: report, received_on: 2026-07-15}}
  truncation_cut:
    unit: usd_per_capita
    source: workbook
    received_on: 2026-07-15
    values:
      base_1: {CUTS}
      base_2: {CUTS}
      base_3: {CUTS}
      performance: {CUTS}
  completion_factor: {{unit: rate, value: 1.013, source: workbook, received_on: 2026-07-15}}
  national_per_capita: {{unit: usd_per_capita, value: 12000, source: w, received_on: 2026-07-15}}
  regional_per_capita: {{unit: usd_per_capita, value: 11500, source: w, received_on: 2026-07-15}}
  national_hcc_score: {{unit: score, value: 1.04, source: workbook, received_on: 2026-07-15}}
  regional_hcc_score: {{unit: score, value: 1.02, source: workbook, received_on: 2026-07-15}}
  national_demographic_score: {{unit: score, value: 1.00, source: w, received_on: 2026-07-15}}
  regional_demographic_score: {{unit: score, value: 0.99, source: w, received_on: 2026-07-15}}
  market_share: {{unit: rate, value: 0.06, source: workbook, received_on: 2026-07-15}}
  acpt_growth: {{unit: rate, value: 1.049, source: actuary, received_on: 2025-01-31}}
  regional_adjustment_count: {{unit: count, value: 1, source: letter, received_on: 2025-03-01}}
  base_3_dual_share: {{unit: rate, value: 0.093, source: workbook, received_on: 2026-07-15}}
  low_income_or_dual_share: {{unit: rate, value: 0.121, source: w, received_on: 2026-07-15}}
"""

PARTICIPANTS = """\
tin,npi,ccn,role,group_id,valid_from,valid_to
123456789,,,practice,north,2022-01-01,
987654321,,,practice,south,2022-01-01,2025-12-31
,,391234,fqhc,south,2024-01-01,
"""


def changed(text: str, changes: Mapping[str, str]) -> str:
    """A text with words replaced; each must stand there exactly once."""
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def write_workspace(folder: Path) -> Path:
    """A workspace with the sample's files and no data."""
    for name in ("contracts", "settlements", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "vbc.toml").write_text("buckets = 2\n")
    (folder / "contracts" / "lakeside.yaml").write_text(CONTRACT)
    (folder / "contracts" / "lakeside_participants.csv").write_text(PARTICIPANTS)
    (folder / "settlements" / "lakeside_PY2025.yaml").write_text(SETTLEMENT)
    return folder


def contract(folder: Path, changes: Mapping[str, str] | None = None) -> Contract:
    """The sample's contract, with words replaced."""
    path = folder / "lakeside.yaml"
    path.write_text(changed(CONTRACT, changes or {}), encoding="utf-8")
    (folder / "lakeside_participants.csv").write_text(PARTICIPANTS, encoding="utf-8")
    return read_contract(path)


def settlement(
    folder: Path,
    changes: Mapping[str, str] | None = None,
    contract_changes: Mapping[str, str] | None = None,
) -> Settlement:
    """The sample's settlement, with words replaced in it and in its contract."""
    path = folder / "lakeside_PY2025.yaml"
    path.write_text(changed(SETTLEMENT, changes or {}), encoding="utf-8")
    return read_settlement(path, {"lakeside": contract(folder, contract_changes)})


def said(error: InputError, folder: Path) -> list[str]:
    """The problems as they are printed, the folder left out."""
    return [str(problem).replace(f"{folder}/", "") for problem in error.problems]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def refused_contract(folder: Path, changes: dict[str, str]) -> list[str]:
    with pytest.raises(InputError) as caught:
        contract(folder, changes)
    return said(caught.value, folder)


def refused_settlement(
    folder: Path, changes: dict[str, str], contract_changes: dict[str, str] | None = None
) -> list[str]:
    with pytest.raises(InputError) as caught:
        settlement(folder, changes, contract_changes)
    return said(caught.value, folder)


TABLES: Final[Mapping[str, Value]] = {
    "member_months": Decimal(12_000),
    "claims_expenditure": Decimal("11000000.25"),
    "excluded_expenditure": Decimal("500000.25"),
    "truncated_expenditure": Decimal(500_000),
    "counted_expenditure": Decimal(10_000_000),
    "cut": "national",
    "hcc_score_months_e9": Decimal(12_000) * 10**9,
    "demographic_score_months_e9": Decimal(12_000) * 10**9,
    "score_months": Decimal(12_000),
    "assigned_beneficiaries": Decimal(6_000),
}
"""What tables would count: 1,000 person-years of each enrolment type, the same in every period."""

CUT_OF: Final = {
    "esrd": Decimal(412_000),
    "disabled": Decimal(161_000),
    "aged_dual": Decimal(190_000),
    "aged_nondual": Decimal("122000.50"),
}


def tables(**other: Value | Mapping[At, Value]) -> Given:
    """The cells that tables would hold, some of them otherwise."""
    roles = ("base_1", "base_2", "base_3", "performance")
    cuts = {At(role, it): cut for role in roles for it, cut in CUT_OF.items()}
    return Given({**TABLES, "cut_in_force": cuts, **other}, {"kind": "given"})
