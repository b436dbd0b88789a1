"""A distribution in a workspace: from a settled statement to what is posted and paid."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from distribution_sample import (
    DAY,
    PAGE,
    add_record,
    decide,
    distributed,
    file_documents,
    said,
    write_space,
)
from openvbc.distribute.run import distribute
from openvbc.distribute.show import distributed_json, distributed_table, savings_table
from openvbc.errors import InputError
from openvbc.workspace import Workspace


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """The page's workspace, decided and documented."""
    root = write_space(tmp_path)
    decide(root)
    file_documents(root)
    return root


def amounts(document: dict[str, Any], key: str = "amount") -> dict[str, str]:
    return {it["participant_id"]: it[key] for it in document["participants"]}


def test_the_page_s_example_comes_out_as_it_says(ready: Path) -> None:
    found = distributed(ready)
    assert said(found) == []
    name = "statements/pinewood_PY2025_distribution/S1.txt"
    text = (ready / name).read_text(encoding="utf-8").splitlines()
    assert [it for it in text if not it.startswith("statement ")] == PAGE[name].splitlines()
    posted = json.loads((ready / "statements/pinewood_PY2025_distribution.json").read_text("utf-8"))
    assert posted == found.document
    kept = sum((Decimal(it["amount"]) for it in posted["kept"]), Decimal(0))
    paid = sum((Decimal(it) for it in amounts(posted).values()), Decimal(0))
    assert kept + paid == Decimal(posted["pool"]) == 2_000_000
    for it in posted["participants"]:
        assert sum(Decimal(step["amount"]) for step in it["steps"]) == Decimal(it["amount"])
    assert posted["pass_through"] == {"amount": "1000000", "share_of_income": "0.5"}


def test_the_public_table_names_shares_and_no_dollars(ready: Path) -> None:
    """Elm Street: $667,301.85 of $2,000,000 is 33.37 %."""
    distributed(ready)
    table = (ready / "statements/pinewood_PY2025_distribution/disclosure.md").read_text("utf-8")
    assert (
        "| Elm Street Family Medicine | care coordination | 2024-11-15 | 33.37% | "
        "file signed_writing |\n" in table
    )
    assert "$" not in table
    assert table.count("\n") == 2 + 6 + 2


def restate(root: Path, statement: str, expenditure: str) -> None:
    path = root / "settlements" / "pinewood_PY2025.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("kind: final", f"kind: restated\nsupersedes: {statement}")
    path.write_text(text.replace("value: 100000000", f"value: {expenditure}"), encoding="utf-8")


def test_a_restated_statement_pays_the_difference(ready: Path) -> None:
    """Costs turn out $200,000 higher, so the pool is $1,900,000 and the specialists' $570,000.

    Pine's 400/760 are $300,000, as its ceiling was before; Cedar's 360/760 are $270,000.
    """
    first = distributed(ready).document
    restate(ready, first["statement_id"], "100200000")
    second = distributed(ready)
    assert said(second) == []
    assert second.document["supersedes"] == first["distribution_id"]
    before, after = amounts(first), amounts(second.document)
    assert (before["S2"], after["S2"]) == ("300000.00", "270000.00")
    assert amounts(second.document, "to_pay")["S2"] == "-30000.00"
    assert amounts(second.document, "to_pay")["S1"] == "0.00"
    assert amounts(second.document, "posted_before") == before
    text = (ready / "statements/pinewood_PY2025_distribution/S2.txt").read_text("utf-8")
    assert "$300,000.00  posted before" in text
    assert "-$30,000.00  to pay now" in text


def test_who_left_the_list_owes_back_what_was_paid(ready: Path) -> None:
    first = distributed(ready).document
    file = ready / "settlements" / "pinewood_PY2025_shares.csv"
    text = file.read_text(encoding="utf-8")
    rest = (it for it in text.splitlines(keepends=True) if not it.startswith("P2,"))
    file.write_text("".join(rest), encoding="utf-8")
    restate(ready, first["statement_id"], "100200000")
    second = distributed(ready).document
    assert amounts(second, "to_pay")["P2"] == f"-{amounts(first)['P2']}"
    total = sum(Decimal(it) for it in amounts(second).values())
    assert total + sum(Decimal(it["amount"]) for it in second["kept"]) == 1_900_000


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("kind: final", "kind: interim", "only a final or restated one is distributed"),
        ("value: 100000000", "value: 100200000", "another statement of it was distributed on"),
        ("as_of: 2026-08-31", "as_of: 2026-08-31", "this statement was distributed on 2026-09-20"),
    ],
)
def test_a_statement_is_distributed_once_and_when_it_is_final(
    ready: Path, old: str, new: str, problem: str
) -> None:
    distributed(ready)
    path = ready / "settlements" / "pinewood_PY2025.yaml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    found = distributed(ready)
    assert found.posted is None
    assert any(problem in it for it in said(found))


def test_a_statement_that_is_older_than_its_files_or_was_changed_is_refused(ready: Path) -> None:
    with pytest.raises(InputError, match="there is no statement yet"):
        distribute(Workspace(ready), None, day=DAY)
    distributed(ready, dry_run=True)
    latest = ready / "statements" / "pinewood_PY2025.json"
    good = latest.read_text(encoding="utf-8")
    latest.write_text(good.replace('"2000000"', '"3000000"'), encoding="utf-8")
    with pytest.raises(InputError, match="is not what was settled"):
        distribute(Workspace(ready), None, day=DAY)
    latest.write_text(good, encoding="utf-8")
    contract = ready / "contracts" / "pinewood.yaml"
    contract.write_text(contract.read_text("utf-8").replace("0.30", "0.300"), "utf-8")
    with pytest.raises(InputError, match="was made of another contract; run `vbc settle` again"):
        distribute(Workspace(ready), None, day=DAY)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("shared_savings/savings_setlement", "did you mean shared_savings/savings_settlement?"),
        ("shared_savings/savings_minimum_rate", "is no known amount of money"),
    ],
)
def test_a_line_that_is_no_amount_is_refused(tmp_path: Path, line: str, problem: str) -> None:
    root = write_space(tmp_path, {"line: shared_savings/savings_settlement": f"line: {line}"})
    with pytest.raises(InputError) as caught:
        distributed(root)
    assert problem in caught.value.problems[0].what
    assert caught.value.problems[0].where.endswith("pinewood.yaml:14")


def test_it_is_shown_in_a_terminal_and_for_machines(tmp_path: Path) -> None:
    root = write_space(tmp_path)
    found = distributed(root, dry_run=True)
    printed = io.StringIO()
    Console(file=printed, width=100).print(distributed_table(found), savings_table([]))
    text = printed.getvalue()
    assert "Elm Street Family Medicine" in text
    assert "to primary care: $1,000,000.00, 50% of the line" in text
    assert "the next record of the minute book says previous: none" in text
    shown = distributed_json(found)
    assert (shown["holds"], shown["posted"], len(shown["against"])) == (False, None, 10)
    json.dumps(shown)


def test_the_minute_book_s_head_is_what_the_next_record_names(tmp_path: Path) -> None:
    root = write_space(tmp_path)
    decide(root)
    head = distributed(root, dry_run=True).head
    body = "document: x\ndocument_date: 2026-01-01\nreference: y"
    path = add_record(root, "document", "2026-01-10", body)
    assert f"previous: {head}\n" in path.read_text(encoding="utf-8")


def test_a_contract_without_the_clauses_has_nothing_to_share_by_and_nobody_to_decide(
    tmp_path: Path,
) -> None:
    root = write_space(tmp_path)
    path = root / "contracts" / "pinewood.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: whole.index("governance:")], encoding="utf-8")
    assert said(distributed(root)) == [
        "the contract has no governance clause: nobody can have decided on a distribution"
    ]
    path.write_text(whole[: whole.index("distribution:")], encoding="utf-8")
    with pytest.raises(InputError, match="has no distribution clause"):
        distributed(root)


def test_a_posting_that_was_changed_is_found(ready: Path) -> None:
    posted = distributed(ready).document["distribution_id"]
    path = ready / "data" / "distributions" / f"{posted}.json"
    path.write_text(path.read_text("utf-8").replace("667301.85", "767301.85"), encoding="utf-8")
    with pytest.raises(InputError, match="is not what was posted; restore it from a copy"):
        distributed(ready)
