"""From statements to entries: what each settles, less what those before it have settled.

Every entry balances, and none is ever changed: a later statement only adds one.
"""

import json
import random
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_sample import said
from ledger_sample import DUE, SWEPT, Space, made, replaces, usd
from openvbc.errors import InputError
from openvbc.ledger.chains import chains
from openvbc.ledger.journal import Account, Entry, Posting, UnbalancedError, balance
from openvbc.ledger.keep import keep, read_book
from openvbc.ledger.kept import Kept
from openvbc.ledger.status import statuses
from seen import Seen
from test_statement_schema import broken


@pytest.fixture
def space(tmp_path: Path) -> Space:
    return Space(tmp_path)


def amounts(entry: Entry) -> dict[str, int]:
    return {str(it.account): it.cents for it in entry.postings}


# The journal


def test_an_entry_that_does_not_balance_cannot_be_made() -> None:
    account = Account("V1", "settlement", "valley", "PY2025", "capitation")
    assert str(account) == "V1:settlement:valley:PY2025:capitation"
    other = Account("P1", "settlement", "valley", "PY2025")
    day = date(2026, 6, 30)
    with pytest.raises(UnbalancedError, match="postings sum to 1 cents"):
        Entry(day, "settlement", "s", "off by one", (Posting(account, 101), Posting(other, -100)))
    entry = Entry(day, "settlement", "s", "even", (Posting(account, 100), Posting(other, -100)))
    same = Entry(day, "settlement", "s", "even", (Posting(account, 100), Posting(other, -100)))
    later = Entry(day + timedelta(1), "settlement", "s", "even", entry.postings)
    assert entry.id == same.id != later.id


# The figures of the requirement


def test_a_final_sweep_posts_the_difference_and_nothing_that_stood_is_changed(
    space: Space,
) -> None:
    """$54.0M × 87 % − $45.9M = $1,080,000; after +1.2 % $1,643,760: posted are $563,760."""
    first = space.settle()
    (stood,) = read_book(space.workspace).entries
    assert amounts(stood) == {
        "V1:settlement:valley:PY2025:percent_of_premium": usd("1,080,000.00"),
        "P1:settlement:valley:PY2025:percent_of_premium": -usd("1,080,000.00"),
    }
    space.settle(replaces(first, "2026-09-30") | SWEPT)
    before, after = read_book(space.workspace).entries
    assert before == stood
    assert before.id == stood.id
    assert (after.kind, after.refers_to) == ("correction", stood.id)
    assert amounts(after) == {
        "V1:settlement:valley:PY2025:percent_of_premium": usd("563,760.00"),
        "P1:settlement:valley:PY2025:percent_of_premium": -usd("563,760.00"),
    }


def test_a_statement_that_takes_off_what_was_settled_before_posts_the_same(space: Space) -> None:
    """The line then is the posting itself: $1,643,760 − $1,080,000 = $563,760."""
    first = space.settle()
    fact = "  premium_settled_before: {unit: usd, value: 1080000, source: ledger, "
    text = {"facts:\n": f"facts:\n{fact}received_on: 2026-06-30}}\n"}
    swept = space.settle(replaces(first, "2026-09-30") | SWEPT | text)
    (payment,) = swept.document["payments"]
    assert payment == {
        "component": "percent_of_premium",
        "line": DUE,
        "amount": "563760",
        "settled_before": "1080000",
    }
    book = read_book(space.workspace)
    assert sum(it.cents for it in book.entries[1].postings if it.cents > 0) == usd("563,760.00")
    assert book.notes == []


def test_another_amount_taken_off_than_the_ledger_holds_is_noted(space: Space) -> None:
    first = space.settle()
    fact = "  premium_settled_before: {unit: usd, value: 1000000, source: memory, "
    text = {"facts:\n": f"facts:\n{fact}received_on: 2026-06-30}}\n"}
    space.settle(replaces(first, "2026-09-30") | SWEPT | text)
    (note,) = read_book(space.workspace).notes
    assert "takes off 1,000,000.00 as settled before" in note
    assert "holds 1,080,000.00" in note


def test_interim_then_final_then_restated_is_one_chain_of_differences(space: Space) -> None:
    """Interim at 46.5M of cost: $480,000; final at 45.9M: $600,000 more; swept: $563,760 more."""
    interim = {"kind: final": "kind: interim", "2026-06-30": "2026-02-28"}
    space.settle(interim | {"value: 45900000": "value: 46500000"})
    final = space.settle()
    space.settle(replaces(final, "2026-09-30") | SWEPT)
    book = read_book(space.workspace)
    found = [(it.kind, max(posting.cents for posting in it.postings)) for it in book.entries]
    assert found == [
        ("settlement", usd("480,000.00")),
        ("settlement", usd("600,000.00")),
        ("correction", usd("563,760.00")),
    ]
    for one, other in pairwise(book.entries):
        assert other.refers_to == one.id
    assert book.cents("V1") == usd("1,643,760.00") == -book.cents("P1")


def test_a_change_of_the_contract_is_an_amendment_and_no_correction(space: Space) -> None:
    """The target falls to 86 %: $54.0M × 86 % − $45.9M = $540,000, so $540,000 less."""
    first = space.settle()
    space.contract({"premium_target: 0.87": "premium_target: 0.86"})
    space.settle(replaces(first, "2026-09-30"))
    entry = read_book(space.workspace).entries[1]
    assert entry.kind == "amendment"
    assert entry.refers_to == read_book(space.workspace).entries[0].id
    assert min(it.cents for it in entry.postings) == -usd("540,000.00")


def test_a_projection_posts_nothing_and_stands_in_the_statuses(space: Space) -> None:
    """Incurred through its own day: care of the rest of the year has not happened yet."""
    sources = ("premium file", "sweep report", "claims")
    early = {f"{it}, received_on: 2026-02-01": f"{it}, received_on: 2025-09-01" for it in sources}
    space.settle(
        early | {"kind: final": "kind: projection", "as_of: 2026-06-30": "as_of: 2025-09-30"}
    )
    book = read_book(space.workspace)
    assert book.entries == []
    (found,) = statuses(book)
    assert (found.kind, found.posted_cents, found.cents) == (
        "projection",
        None,
        usd("1,080,000.00"),
    )
    assert (found.incurred_through, found.paid_through) == (date(2025, 9, 30), None)


def test_what_a_statement_says_of_payments_and_terms_has_the_declared_form(space: Space) -> None:
    one = space.settle().document
    assert one["payment_terms"]["interest"] == {"rate": "0.08", "day_count": "actual/365"}
    assert one["through"] == {"incurred": "2025-12-31", "paid": None}
    assert broken(one) == []
    assert broken({**one, "payments": [{**one["payments"][0], "amount": "1080000.001"}]})


# Which statements were sent


def test_a_draft_that_nobody_names_is_not_posted(space: Space) -> None:
    """Settled twice on one day: the one in force stands, the other was never sent."""
    draft = space.settle({"value: 45900000": "value: 45000000"})
    final = space.settle()
    book = read_book(space.workspace)
    assert [it.statement_id for it in book.entries] == [final.id]
    assert [it.id for it in book.drafts] == [draft.id]
    assert [(it.statement_id, it.draft) for it in statuses(book)] == [
        (final.id, False),
        (draft.id, True),
    ]


def test_a_draft_that_an_event_names_was_sent_and_is_corrected(space: Space) -> None:
    """It was paid, so it stands: $1,980,000, then $900,000 less."""
    paid = space.settle({"value: 45900000": "value: 45000000"})
    final = space.settle()
    space.log(f"id: S1, day: 2026-07-01, kind: sent, statement: {paid.id}")
    book = read_book(space.workspace)
    assert [it.statement_id for it in book.entries] == [paid.id, final.id]
    assert min(it.cents for it in book.entries[1].postings) == -usd("900,000.00")


def test_which_of_two_was_sent_must_be_said_where_it_cannot_be_known() -> None:
    one, other = made({"a": 100}), made({"a": 200})
    last = made({"a": 300}, as_of=date(2026, 9, 30))
    with pytest.raises(InputError) as caught:
        chains([one, other, last], in_force=[last.id])
    (problem,) = caught.value.problems
    assert "2 final statements of valley_PY2025 as of 2026-06-30 pay otherwise" in problem.what
    assert "kind sent in ledger/events.yaml" in problem.what
    found = chains([one, other, last], [last.id], named=[one.id])
    assert list(found.sent["valley_PY2025"]) == [one, last]
    same = made({"a": 100}, contract="c" * 64)
    assert len(chains([one, same]).sent["valley_PY2025"]) == 1


def test_a_kept_statement_that_was_changed_is_refused(space: Space) -> None:
    kept = space.settle()
    path = space.workspace.kept_path(kept.id)
    path.write_text(path.read_text().replace('"1080000"', '"2080000"'))
    with pytest.raises(InputError) as caught:
        read_book(space.workspace)
    (problem,) = said(caught.value, space.root)
    assert problem.startswith(f"data/statements/{kept.id}.json: is not what its id says")


def test_a_statement_from_before_the_list_of_payments_is_read_by_its_waterfall(
    space: Space,
) -> None:
    document = json.loads(json.dumps(space.settle().document))
    del document["payments"], document["payment_terms"], document["through"]
    old = Kept(document)
    assert [(it.component, it.line, it.cents) for it in old.payments] == [
        ("percent_of_premium", DUE, usd("1,080,000.00"))
    ]
    assert old.terms.due_days is None
    parts = made({"a": 100, "b": -40}).document
    total = {"id": "total/contract_amount_due@performance", "inputs": list(parts["results"])}
    del parts["payments"]
    parts["lines"].append({**parts["lines"][0], **total})
    assert [it.cents for it in Kept(parts).payments] == [100, -40]


def test_what_is_not_determined_is_not_posted() -> None:
    book = keep([made({"a": None, "b": 500})])
    assert book.entries == []
    assert [it.cents for it in statuses(book)] == [None]


# Properties

CENTS = st.integers(-(10**10), 10**10)
CAP = 10**9
PARTS = st.dictionaries(st.sampled_from(["a", "b", "c"]), CENTS, min_size=1)
STEP = st.tuples(PARTS, st.booleans(), st.integers(1, 90))


def chain_of(steps: Sequence[tuple[dict[str, int], bool, int]]) -> list[Kept]:
    """Statements one after the other: interim, final, then restated ones, some amended."""
    found: list[Kept] = []
    day, version = date(2026, 1, 1), 0
    for place, (parts, amended, days) in enumerate(steps):
        capped = {name: max(-CAP, min(cents, CAP)) for name, cents in parts.items()}
        day += timedelta(days)
        version += amended
        found.append(
            made(
                capped,
                kind=("interim", "final", "restated")[min(place, 2)],
                as_of=day,
                supersedes=found[-1].id if place > 1 else None,
                contract=str(version) * 64,
            )
        )
    return found


SEEN = Seen("negative", "capped", "amended", "corrected", "other_components")


@settings(max_examples=650)
@given(st.lists(STEP, min_size=1, max_size=6), st.randoms())
def test_every_settlement_balances_and_corrections_never_change_what_stands(
    steps: list[tuple[dict[str, int], bool, int]], moment: random.Random
) -> None:
    """Whatever the order in which statements are read, and however many came later."""
    statements = chain_of(steps)
    entries = keep(statements).entries
    shuffled = list(statements)
    moment.shuffle(shuffled)
    assert [it.id for it in keep(shuffled).entries] == [it.id for it in entries]
    for count in range(len(statements)):
        assert keep(statements[:count]).entries == entries[:count]
    for entry in entries:
        assert sum(it.cents for it in entry.postings) == 0
    last = statements[-1]
    assert balance(it for entry in entries for it in entry.postings) == balance(last.position)
    SEEN.note(
        negative=any(it.cents is not None and it.cents < 0 for it in last.payments),
        capped=any(abs(it.cents or 0) == CAP for one in statements for it in one.payments),
        amended=any(it.kind == "amendment" for it in entries),
        corrected=any(it.kind == "correction" for it in entries),
        other_components=any(
            set(one.document["results"]) != set(other.document["results"])
            for one, other in pairwise(statements)
        ),
    )


def test_the_property_met_enough_of_each_kind() -> None:
    SEEN.check()
