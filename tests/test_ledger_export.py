"""The ledger as the command gives it: tables, JSON, CSV and beancount text, which all balance."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from ledger_sample import COST, SWEPT, Space, replaces, usd
from openvbc.errors import InputError
from openvbc.ledger.export import COLUMNS, beancount_names, to_beancount
from openvbc.ledger.journal import Account
from openvbc.ledger.keep import read_book
from openvbc.ledger.ledger import (
    bridge_json,
    bridge_text,
    ledger_beancount,
    ledger_csv,
    ledger_json,
    ledger_text,
)


@pytest.fixture
def space(tmp_path: Path) -> Space:
    return Space(tmp_path)


# The command's answers


def test_the_ledger_of_a_workspace_as_tables_json_csv_and_beancount(space: Space) -> None:
    assert "no statement has settled anything" in str(ledger_text(space.workspace))
    one = space.settle()
    space.settle(replaces(one, "2026-09-30") | SWEPT)
    space.log(
        f"id: P1, day: 2026-07-20, kind: payment, statement: {one.id}, by: P1, amount: 1000000",
        f'id: D1, day: 2026-08-01, kind: dispute, statement: {one.id}, by: P1, line: "{COST}", '
        'amount: 80000, says: "claims, twice"',
    )
    page = io.StringIO()
    console = Console(file=page, width=200)
    console.print(ledger_text(space.workspace, as_of=date(2026, 11, 30)))
    console.print(bridge_text(space.workspace))
    for words in (
        "restated",
        "563,760.00",
        "643,760.00",
        f"disputed since 2026-08-01 by P1: {COST}, 80,000.00 held back",
        "percent_of_premium/premium_sweep_rate",
        "0 → 0.012",
        "falls to the later",
    ):
        assert words in page.getvalue()
    found = ledger_json(space.workspace, "V1", date(2026, 11, 30))
    assert [it["closing_cents"] for it in found["accounts"]] == [usd("643,760.00")]
    assert found["accounts"][0]["disputes"][0]["held_cents"] == usd("80,000.00")
    assert bridge_json(space.workspace)[0]["difference_cents"] == usd("563,760.00")
    early = ledger_json(space.workspace, None, date(2026, 7, 1))
    assert [it["kind"] for it in early["entries"]] == ["settlement"]
    rows = list(csv.DictReader(io.StringIO(ledger_csv(space.workspace))))
    assert tuple(rows[0]) == COLUMNS
    left, right = (sum(Decimal(it[side] or 0) for it in rows) for side in ("debit", "credit"))
    assert left == right > 0
    with pytest.raises(InputError, match="V2: has no account; known: P1, V1"):
        ledger_csv(space.workspace, "V2")
    with pytest.raises(InputError, match="V2: has no account; known: P1, V1"):
        ledger_json(space.workspace, "V2")
    assert "Assets:V1:Settlement:Valley:PY2025:Percent-of-premium" in ledger_beancount(
        space.workspace
    )


def transactions(text: str) -> list[list[Decimal]]:
    """The amounts of each transaction of a beancount text."""
    blocks = [it for it in text.split("\n\n") if " * " in it.partition("\n")[0]]
    return [
        [Decimal(line.split()[1]) for line in block.splitlines() if line.startswith("  Assets:")]
        for block in blocks
    ]


def test_beancount_text_balances_and_says_what_every_account_ends_with(space: Space) -> None:
    one = space.settle()
    space.settle(replaces(one, "2026-09-30") | SWEPT)
    space.log(
        f"id: P1, day: 2026-07-20, kind: payment, statement: {one.id}, by: P1, amount: 1000000",
        f'id: D1, day: 2026-08-01, kind: dispute, statement: {one.id}, by: P1, line: "{COST}", '
        "says: 'a \"note\" only'",
    )
    text = to_beancount(read_book(space.workspace).entries)
    found = transactions(text)
    assert len(found) == 3
    assert all(sum(amounts) == 0 and amounts for amounts in found)
    assert '2026-08-01 event "dispute" "a \\"note\\" only"' in text
    assert "2026-06-30 open Assets:P1:Settlement:Valley:PY2025:Percent-of-premium USD" in text
    ending = "2026-10-01 balance Assets:V1:Settlement:Valley:PY2025:Percent-of-premium"
    assert f"{ending}  1643760.00 USD" in text
    assert to_beancount([]).startswith('option "operating_currency" "USD"')


def test_two_accounts_never_share_a_beancount_name() -> None:
    one, other = (Account("p_1", "cash", "a", name) for name in ("x_y", "x-y"))
    assert sorted(beancount_names([one, other]).values()) == [
        "Assets:P-1:Cash:A:X-y",
        "Assets:P-1:Cash:A:X-y-2",
    ]
