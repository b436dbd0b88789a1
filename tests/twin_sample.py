"""Two runs of one contract, the payer's and the provider's, that differ by what a test seeds.

Benchmark: 120,000 member months × $400 × 1.05 = $50,400,000. Expenditure: claims of $46,000,000
and $500,000 outside claims, less $300,000 of rebates = $46,200,000. Savings of $4,200,000 are
8.3 %, shared by half: $2,100,000. 100 knees at $20,000 against $1,900,000 gain $100,000. Together
$2,200,000.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from contract_sample import changed
from ledger_sample import settled_document, usd
from openvbc.contract.statement import Document
from openvbc.engine.store import digest

CONTRACT: Final = """\
contract: twin
title: Valley Plan and Valley Health, shared savings with knees inside
parties:
  payer: {id: P1, name: Valley Plan}
  entity: {id: V1, name: Valley Health}
line_of_business: commercial
agreement: {start: 2025-01-01}
components:
  - commercial_target: {target_base_pmpm: 400, target_trend_factor: 1.05}
  - shared_savings:
      savings_minimum_rate: 0.02
      savings_entity_share: 0.50
      savings_quality_scale: [{from: 0, to: 0.8, part: 0.5}, {from: 0.8, to: 1, part: 1}]
  - episode_bundle:
      strata: [knee]
      bundle_target_price: {knee: 20000}
"""

_FACTS: Final = (
    ("member_months", "months", "120000"),
    ("target_risk_ratio", "rate", "1.00"),
    ("expenditure_claims", "usd", "46000000"),
    ("expenditure_completion_factor", "rate", "1"),
    ("expenditure_non_claim_payments", "usd", "500000"),
    ("expenditure_rebates", "usd", "300000"),
    ("quality_score", "rate", "0.85"),
    ("bundle_episodes", "count", "100"),
    ("bundle_own_claims", "usd", "900000"),
    ("bundle_other_claims", "usd", "1000000"),
)


def _fact(name: str, unit: str, value: str) -> str:
    return (
        f"  {name}: {{unit: {unit}, value: {value}, source: own data, received_on: 2026-02-01}}\n"
    )


SETTLEMENT: Final = """\
contract: twin
period: PY2025
first_day: 2025-01-01
last_day: 2025-12-31
kind: final
as_of: 2026-06-30
facts:
""" + "".join(_fact(*it) for it in _FACTS)


class Seed(NamedTuple):
    """A cause: its class, the leaf, what stands in the files and what instead, and its dollars."""

    kind: str
    leaf: str
    words: Mapping[str, str]
    dollars: str
    terms: Mapping[str, str] = {}


def _other(name: str, value: str) -> dict[str, str]:
    found = next(it for it in _FACTS if it[0] == name)
    return {_fact(*found): _fact(name, found[1], value)}


SEEDS: Final = (
    # $250,000.40 more claims × 50 %.
    Seed(
        "missing claim or later adjustment",
        "commercial_target/expenditure_claims",
        _other("expenditure_claims", "46250000.40"),
        "-125,000.20",
    ),
    # $46,000,000 ÷ 0.98 is $938,775.51 more, × 50 %.
    Seed(
        "run-out or completion",
        "commercial_target/expenditure_completion_factor",
        _other("expenditure_completion_factor", "0.98"),
        "-469,387.76",
    ),
    # 100 member months fewer × $420 × 50 %.
    Seed(
        "enrolment months",
        "commercial_target/member_months",
        _other("member_months", "119900"),
        "-21,000.00",
    ),
    # 1 % of $50,400,000 × 50 %.
    Seed(
        "risk score",
        "commercial_target/target_risk_ratio",
        _other("target_risk_ratio", "1.01"),
        "252,000.00",
    ),
    # Below 0.8 half of the share is earned.
    Seed(
        "quality", "shared_savings/quality_score", _other("quality_score", "0.75"), "-1,050,000.00"
    ),
    # Three knees more at $20,000, the claims the same.
    Seed(
        "attribution",
        "episode_bundle/bundle_episodes",
        _other("bundle_episodes", "103"),
        "60,000.00",
    ),
    # 5 % of $4,200,000.
    Seed(
        "terms of the contract",
        "shared_savings/savings_entity_share",
        {},
        "-210,000.00",
        {"savings_entity_share: 0.50": "savings_entity_share: 0.45"},
    ),
    # $60,000 more outside claims × 50 %.
    Seed(
        "other fact",
        "commercial_target/expenditure_non_claim_payments",
        _other("expenditure_non_claim_payments", "560000"),
        "-30,000.00",
    ),
    # Rebates of $300,000 are not told, and none are taken off: × 50 %.
    Seed(
        "withheld data",
        "commercial_target/expenditure_rebates",
        {_fact("expenditure_rebates", "usd", "300000"): ""},
        "-150,000.00",
    ),
    # The payer rounded to whole dollars.
    Seed(
        "rounding",
        "episode_bundle/bundle_own_claims",
        _other("bundle_own_claims", "900000.37"),
        "-0.37",
    ),
)


def twin(folder: Path, seeds: Iterable[Seed] = ()) -> Document:
    """The statement of a side in which some causes are seeded."""
    settlement, contract = SETTLEMENT, CONTRACT
    for seed in seeds:
        settlement = changed(settlement, seed.words)
        contract = changed(contract, seed.terms)
    return settled_document(folder, contract, settlement)


def resealed(document: Document) -> Document:
    """A document whose id is again the hash of the rest, as another system would have sent it."""
    content = {key: it for key, it in document.items() if key != "statement_id"}
    return {"statement_id": digest(content), **content}


def sent(path: Path, document: Mapping[str, Any]) -> Path:
    """A document as a file."""
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def cents(seed: Seed) -> int:
    """What a seed moves alone."""
    return usd(seed.dollars)
