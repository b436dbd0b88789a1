"""A contract by percent of premium in a workspace, settled again and again; and statements by hand.

Premium revenue of $54,000,000 at a target of 87 % is a budget of $46,980,000; the cost of care is
$45,900,000: the entity is owed $1,080,000 (requirement part 1 of the ledger's issue).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from contract_sample import changed
from openvbc.contract.contract import read_contract
from openvbc.contract.settle import settle
from openvbc.contract.settlement import read_settlement
from openvbc.contract.statement import Document
from openvbc.engine.store import digest
from openvbc.ledger.kept import Kept
from openvbc.money import decimal_text, dollars
from openvbc.publish import settle_and_publish
from openvbc.workspace import Workspace

TERMS: Final = """\
payment_terms:
  due_days: 30
  interest: {rate: 0.08, day_count: actual/365}
  set_off: true
  security: {kind: escrow, share: 0.10}
  dispute_days: 45
  reconsideration_days: 20
  reopening_years: 4
"""

CONTRACT: Final = f"""\
contract: valley
title: Valley Health, percent of premium
parties:
  payer: {{id: P1, name: Plan One}}
  entity: {{id: V1, name: Valley Health}}
line_of_business: medicare_advantage
agreement: {{start: 2025-01-01}}
components:
  - percent_of_premium:
      premium_target: 0.87
{TERMS}"""

SETTLEMENT: Final = """\
contract: valley
period: PY2025
first_day: 2025-01-01
last_day: 2025-12-31
kind: final
as_of: 2026-06-30
strata: [final]
facts:
  premium_first_revenue: {unit: usd, value: 54000000, source: premium file, received_on: 2026-02-01}
  premium_sweep_rate: {unit: rate, value: 0, source: sweep report, received_on: 2026-02-01}
  premium_cost_of_care: {unit: usd, value: 45900000, source: claims, received_on: 2026-02-01}
"""

DUE: Final = "percent_of_premium/premium_amount_due@performance"
COST: Final = "percent_of_premium/premium_cost_of_care@performance"
REVENUE: Final = "percent_of_premium/premium_first_revenue@performance"


class Space:
    """A workspace with the contract, settled as often as a test wants."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("contracts", "settlements", "data", "ledger"):
            (root / name).mkdir(parents=True)
        (root / "vbc.toml").write_text("buckets = 2\n")
        self.contract({})

    @property
    def workspace(self) -> Workspace:
        """The workspace as it stands now."""
        return Workspace(self.root)

    def contract(self, changes: Mapping[str, str]) -> None:
        """Write the contract with words replaced."""
        (self.root / "contracts" / "valley.yaml").write_text(changed(CONTRACT, changes))

    def settle(self, changes: Mapping[str, str] | None = None) -> Kept:
        """Settle with words replaced in the settlement, and keep the statement."""
        path = self.root / "settlements" / "valley_PY2025.yaml"
        path.write_text(changed(SETTLEMENT, changes or {}))
        settled = settle_and_publish(self.workspace, "valley_PY2025")
        assert settled.holds, settled.problems
        return Kept(settled.document)

    def log(self, *events: str) -> Path:
        """Write the event log, one event on each line, the first on line 2."""
        path = self.root / "ledger" / "events.yaml"
        path.write_text("events:\n" + "".join(f"  - {{{it}}}\n" for it in events))
        return path


def replaces(statement: Kept, as_of: str, kind: str = "restated") -> dict[str, str]:
    """The words of a settlement that replaces a statement."""
    return {"kind: final": f"kind: {kind}\nsupersedes: {statement.id}", "2026-06-30": as_of}


SWEPT: Final = {
    "premium_sweep_rate: {unit: rate, value: 0,": "premium_sweep_rate: {unit: rate, value: 0.012,"
}
"""The final sweep moves the revenue by +1.2 %: $54,648,000 × 87 % − $45,900,000 = $1,643,760."""


def made(
    amounts: Mapping[str, int | None],
    *,
    kind: str = "final",
    as_of: date = date(2026, 6, 30),
    supersedes: str | None = None,
    contract: str = "a" * 64,
    period: str = "PY2025",
    terms: Mapping[str, Any] | None = None,
) -> Kept:
    """A statement by hand: what each component pays, in cents."""
    lines: Sequence[Document] = [
        {
            "id": f"{name}/due@performance",
            "path": f"{name}/due",
            "at": {"period": "performance", "stratum": None},
            "value": None if cents is None else decimal_text(dollars(cents)),
            "unknown": "nobody said" if cents is None else None,
            "unit": "usd",
            "source": None,
            "formula": "",
            "inputs": [],
        }
        for name, cents in amounts.items()
    ]
    payments = [
        {
            "component": name,
            "line": f"{name}/due@performance",
            "amount": None if cents is None else decimal_text(dollars(cents)),
            "settled_before": None,
        }
        for name, cents in amounts.items()
    ]
    document: Document = {
        "contract": {"id": "valley", "sha256": contract},
        "settlement": {"id": f"valley_{period}", "sha256": "b" * 64},
        "program": None,
        "as_of": as_of.isoformat(),
        "kind": kind,
        "supersedes": supersedes,
        "payer": {"id": "P1", "name": "Plan One"},
        "entity": {"id": "V1", "name": "Valley Health"},
        "period": {"id": period, "first_day": "2025-01-01", "last_day": "2025-12-31"},
        "periods": {"performance": {"first_day": "2025-01-01", "last_day": "2025-12-31"}},
        "results": [it["id"] for it in lines],
        "waterfall": [],
        "payments": payments,
        "payment_terms": dict(terms) if terms else None,
        "lines": list(lines),
    }
    return Kept({"statement_id": digest(document), **document})


def settled_document(folder: Path, contract: str, settlement: str) -> Document:
    """The statement of two files' texts."""
    folder.mkdir(exist_ok=True)
    (folder / "c.yaml").write_text(contract)
    (folder / "s.yaml").write_text(settlement)
    read = read_contract(folder / "c.yaml")
    one = read_settlement(folder / "s.yaml", {read.id: read})
    done = settle(one, one.facts(), None)
    assert done.holds, done.problems
    return done.document


def usd(text: str) -> int:
    """Cents of an amount as people write it: "1,080,000.00"."""
    return int(Decimal(text.replace(",", "")) * 100)
