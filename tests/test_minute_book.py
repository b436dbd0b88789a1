"""The minute book: what was changed afterwards is found, and what savings were spent on is told."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from distribution_sample import (
    add_record,
    clause,
    decide,
    distributed,
    file_documents,
    said,
    settled,
    shown,
    write_space,
)
from openvbc.distribute.run import savings_ledger
from openvbc.errors import InputError
from openvbc.governance.book import read_book


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """The workspace with an empty minute book."""
    return write_space(tmp_path)


@pytest.fixture
def ready(space: Path) -> Path:
    """The workspace in which the board decided and every document is there."""
    decide(space)
    file_documents(space)
    return space


def tampered(root: Path, name: str, old: str, new: str) -> None:
    path = root / "governance" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(root: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_book(root)
    return [it.what for it in caught.value.problems]


def test_a_changed_record_is_found_by_the_one_after_it(ready: Path) -> None:
    tampered(ready, "0002.yaml", "consumer_1: against", "consumer_1: for")
    found = refused(ready)
    assert len(found) == 1
    assert "the record before was changed, put in or taken out" in found[0]
    with pytest.raises(InputError, match=r"0003\.yaml:5: previous is"):
        distributed(ready)


def test_a_record_that_was_taken_out_is_found(ready: Path) -> None:
    (ready / "governance" / "0004.yaml").unlink()
    assert any("put in or taken out" in it for it in refused(ready))


def test_a_last_record_that_changes_after_a_posting_is_found(ready: Path) -> None:
    """Nothing comes after it in the book, but the posting names it."""
    posted = distributed(ready).document["distribution_id"]
    tampered(ready, "0009.yaml", "reference: file", "reference: other file")
    assert any(
        it.startswith(f"{posted} was posted on a record") and "no longer in the book" in it
        for it in said(distributed(ready, dry_run=True))
    )


def test_records_out_of_order_are_told_all_at_once(space: Path) -> None:
    decide(space, proposed="2024-11-01", voted="2024-11-15")
    add_record(space, "proposal", "2024-10-01", "proposal: rules\nsubject: other\ntext: again")
    add_record(
        space,
        "determination",
        "2024-12-01",
        "proposal: unheard\nvotes: {}\nbasis: none\neffective: 2024-12-01",
    )
    assert refused(space) == [
        "dated 2024-10-01, before the record above it (2024-11-15)",
        "proposal rules was put forward before; name it anew",
        "no proposal unheard stands in the book before this vote",
    ]


def test_a_record_of_no_kind_and_one_that_does_not_fit_are_refused(space: Path) -> None:
    add_record(space, "minutes", "2024-11-01", "text: x")
    add_record(space, "proposal", "2024-11-01", "proposal: a\nsubject: other")
    found = refused(space)
    assert found[0].startswith("kind: found minutes; known: determination, document")
    assert found[1].startswith("text is missing")


# Use of savings (R105)


@pytest.fixture
def posted(ready: Path) -> tuple[Path, str]:
    """A posted distribution: $200,000 on the account infrastructure; its statement's id."""
    return ready, str(distributed(ready).document["statement_id"])


def use(root: Path, statement: str, amount: str, account: str = "infrastructure") -> None:
    body = (
        f"settlement: pinewood_PY2025\nstatement: {statement}\naccount: {account}\n"
        f"purpose: care managers\namount: {amount}\nreference: invoice"
    )
    add_record(root, "use_of_savings", "2026-10-01", body)


def test_what_was_kept_is_spent_settlement_by_settlement(posted: tuple[Path, str]) -> None:
    """$200,000 - $120,000 - $30,000.50 = $49,999.50."""
    root, statement = posted
    use(root, statement, "120000")
    use(root, statement, "30000.50")
    _, balances, problems = savings_ledger(settled(root), "pinewood")
    assert problems == []
    left = {it.account: (it.kept, it.used, it.left) for it in balances}
    assert left == {
        "infrastructure": (Decimal(200_000), Decimal("150000.50"), Decimal("49999.50")),
        "reserve": (Decimal(200_000), Decimal(0), Decimal(200_000)),
    }


def test_a_use_of_too_much_of_nothing_or_of_an_unknown_statement_is_a_problem(
    posted: tuple[Path, str],
) -> None:
    root, statement = posted
    use(root, statement, "200000.01")
    use(root, "f" * 64, "1")
    use(root, statement, "1", account="parties")
    _, _, problems = savings_ledger(settled(root), "pinewood")
    assert [it.what for it in problems] == [
        f"record 11: no distribution of pinewood_PY2025, statement {'f' * 64}, was posted",
        "record 12: pinewood_PY2025 kept nothing on the account parties",
        "pinewood_PY2025, infrastructure: $200,001.01 was spent of $200,000.00 kept",
    ]


# The page


def records_of_the_page() -> Iterator[tuple[str, str]]:
    for name, body in shown("governance.md").items():
        if name.startswith("governance/"):
            yield name, body


def test_the_records_that_the_page_shows_are_a_minute_book(space: Path) -> None:
    """Their hashes are true, and the board's decision on the clauses of the page is in force."""
    (space / "governance").mkdir()
    for name, body in records_of_the_page():
        (space / name).write_text(body, encoding="utf-8")
    book = read_book(space)
    assert len(book.entries) == 3
    assert clause(space) in (space / "governance" / "0001_proposal.yaml").read_text("utf-8")
    missing = said(distributed(space))
    assert [it for it in missing if "determination" in it or "signed_writing" in it] == []
    assert len(missing) == 7
