"""What happens after a statement: payments, disputes, interest, set-off, escrow, reopening.

Each event is held to the payment terms its statement was made under; outside a window it is
refused with the window. The account of a party is the sum of its postings.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_sample import said
from ledger_sample import CONTRACT, COST, DUE, SWEPT, TERMS, Space, made, replaces, usd
from openvbc.contract.contract import read_contract
from openvbc.contract.payment_terms import DayCount
from openvbc.errors import InputError
from openvbc.ledger.account import account
from openvbc.ledger.events import Event, EventShape
from openvbc.ledger.export import to_beancount, to_csv
from openvbc.ledger.journal import OWED
from openvbc.ledger.keep import keep, read_book
from openvbc.ledger.overdue import Dated, Debt, Obligation, year_part
from openvbc.ledger.status import statuses
from seen import Seen
from test_ledger_export import transactions


@pytest.fixture
def space(tmp_path: Path) -> Space:
    return Space(tmp_path)


def refusals(space: Space) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_book(space.workspace)
    return said(caught.value, space.root / "ledger")


# Payments and accounts


def test_a_payment_closes_what_a_settlement_opened(space: Space) -> None:
    """$1,080,000 settled, $1,000,000 paid: $80,000 are open, and both sides say so."""
    one = space.settle()
    space.log(
        f"id: P1, day: 2026-07-20, kind: payment, statement: {one.id[:8]}, by: P1, "
        "amount: 1000000.00, says: wire 4711"
    )
    book = read_book(space.workspace)
    mine = account(book, "V1", date(2026, 7, 25))
    assert (mine.opening, mine.closing) == (0, usd("80,000.00"))
    assert [(it.kind, it.cents, it.balance) for it in mine.rows] == [
        ("settlement", usd("1,080,000.00"), usd("1,080,000.00")),
        ("payment", -usd("1,000,000.00"), usd("80,000.00")),
    ]
    assert account(book, "P1", date(2026, 7, 25)).closing == -usd("80,000.00")
    later = account(book, "V1", date(2026, 7, 25), since=date(2026, 7, 1))
    assert (later.opening, len(later.rows), later.closing) == (
        usd("1,080,000.00"),
        1,
        usd("80,000.00"),
    )
    (due,) = mine.due
    assert due.coming == ((date(2026, 7, 30), usd("1,080,000.00")),)
    assert (due.overdue_cents, due.overdue_days) == (0, 0)


def test_what_is_not_paid_by_its_day_is_overdue_and_bears_interest(space: Space) -> None:
    """Due on 30 July, 30 days after 30 June; on 28 September 60 days late.

    $1,080,000 × 8 % × 60 ÷ 365 = $14,202.74; had $1,000,000 been paid on 29 August, the first 30
    days cost $7,101.37 and the other 30 on $80,000 cost $526.03: $7,627.40.
    """
    one = space.settle()
    (due,) = account(read_book(space.workspace), "V1", date(2026, 9, 28)).due
    assert (due.since, due.overdue_days) == (date(2026, 7, 30), 60)
    assert (due.overdue_cents, due.interest_cents) == (usd("1,080,000.00"), usd("14,202.74"))
    space.log(
        f"id: A, day: 2026-08-29, kind: payment, statement: {one.id}, by: P1, amount: 1000000"
    )
    (due,) = account(read_book(space.workspace), "V1", date(2026, 9, 28)).due
    assert (due.overdue_cents, due.interest_cents) == (usd("80,000.00"), usd("7,627.40"))
    (other,) = account(read_book(space.workspace), "P1", date(2026, 9, 28)).due
    assert (other.overdue_cents, other.interest_cents) == (-usd("80,000.00"), -usd("7,627.40"))


def test_days_count_from_the_day_a_statement_was_sent(space: Space) -> None:
    one = space.settle()
    space.log(f"id: S, day: 2026-07-10, kind: sent, statement: {one.id}")
    (due,) = account(read_book(space.workspace), "V1", date(2026, 7, 31)).due
    assert due.coming == ((date(2026, 8, 9), usd("1,080,000.00")),)


@pytest.mark.parametrize(
    ("first", "last", "count", "expected"),
    [
        (date(2026, 1, 31), date(2026, 3, 31), "actual/365", Decimal(59) / 365),
        (date(2026, 1, 31), date(2026, 3, 31), "actual/360", Decimal(59) / 360),
        (date(2026, 1, 31), date(2026, 3, 31), "30/360", Decimal(60) / 360),
        (date(2026, 1, 15), date(2026, 3, 31), "30/360", Decimal(76) / 360),
        (date(2025, 12, 30), date(2026, 1, 31), "30/360", Decimal(30) / 360),
    ],
)
def test_days_are_counted_as_the_contract_says(
    first: date, last: date, count: DayCount, expected: Decimal
) -> None:
    assert year_part(first, last, count) == expected


def test_a_correction_in_the_payers_favour_is_overdue_only_after_its_own_days() -> None:
    """$1,000 paid on its day; $300 taken back on 1 September, due on 1 October."""
    one = Obligation(
        [
            Debt(date(2026, 6, 30), date(2026, 7, 30), 1000),
            Debt(date(2026, 9, 1), date(2026, 10, 1), -300),
        ],
        [Dated(date(2026, 7, 30), 1000)],
    )
    assert [one.overdue(date(2026, month, 30)) for month in (6, 7, 9, 10)] == [0, 0, 0, -300]
    assert one.since(date(2026, 10, 30)) == date(2026, 10, 1)
    assert one.since(date(2026, 9, 30)) is None


def test_what_is_paid_before_its_day_makes_nothing_overdue() -> None:
    one = Obligation(
        [Debt(date(2026, 6, 30), date(2026, 7, 30), -500)], [Dated(date(2026, 7, 1), -500)]
    )
    assert [one.overdue(date(2026, month, 2)) for month in (6, 7, 8)] == [0, 0, 0]
    unpaid = Obligation(one.debts, [])
    assert (unpaid.overdue(date(2026, 7, 29)), unpaid.overdue(date(2026, 8, 2))) == (0, -500)


# Disputes


def test_a_disputed_line_shows_as_disputed_until_it_is_resolved(space: Space) -> None:
    """$200,000 of the $1,080,000 are held back: no interest runs on them, the rest is due."""
    one = space.settle()
    event = (
        f"id: D1, day: 2026-07-15, kind: dispute, statement: {one.id}, by: P1, "
        f'line: "{COST}", amount: 200000, says: claims of March are missing'
    )
    space.log(event)
    book = read_book(space.workspace)
    found = account(book, "V1", date(2026, 9, 28))
    assert [it.line for it in found.disputes] == [COST]
    assert [(it.kind, it.purpose, it.cents, it.disputed) for it in found.rows] == [
        ("settlement", "settlement", usd("1,080,000.00"), True),
        ("dispute", "settlement", -usd("200,000.00"), True),
        ("dispute", "disputed", usd("200,000.00"), True),
    ]
    (due,) = found.due
    assert (found.closing, due.disputed_cents) == (usd("1,080,000.00"), usd("200,000.00"))
    assert due.overdue_cents == usd("880,000.00")
    assert due.interest_cents == usd("11,572.60")  # 880,000 × 8 % × 60 ÷ 365
    (status,) = statuses(book)
    assert status.disputed_lines == (COST,)
    space.log(
        event,
        "id: R1, day: 2026-08-15, kind: dispute_resolved, dispute: D1, says: they were in",
        "id: N1, day: 2026-09-01, kind: reconsideration, dispute: D1, by: P1, says: new evidence",
    )
    book = read_book(space.workspace)
    found = account(book, "V1", date(2026, 9, 28))
    assert found.disputes == ()
    assert not any(it.disputed for it in found.rows)
    assert found.due[0].overdue_cents == usd("1,080,000.00")
    kinds = {it.kind: it for it in book.entries}
    assert kinds["dispute_resolved"].refers_to == kinds["dispute"].id
    assert kinds["reconsideration"].refers_to == kinds["dispute_resolved"].id
    assert kinds["reconsideration"].postings == ()


# Windows and terms


def test_events_outside_their_windows_are_refused_with_the_window_and_their_line(
    space: Space,
) -> None:
    """45 days of dispute after 30 June end on 14 August; 20 of reconsideration on 1 September."""
    one = space.settle()
    stem = f"statement: {one.id}, by: V1"
    space.log(
        f'id: D1, day: 2026-08-14, kind: dispute, {stem}, line: "{DUE}", says: in time',
        f'id: D2, day: 2026-08-15, kind: dispute, {stem}, line: "{DUE}", says: too late',
        "id: R1, day: 2026-08-12, kind: dispute_resolved, dispute: D1, says: before it",
        "id: R2, day: 2026-08-20, kind: dispute_resolved, dispute: D1, says: so it is",
        "id: N1, day: 2026-09-09, kind: reconsideration, dispute: D1, by: V1, says: in time",
        "id: N2, day: 2026-09-10, kind: reconsideration, dispute: D1, by: V1, says: too late",
        f"id: O1, day: 2030-06-30, kind: reopening, {stem}, says: in time",
        f"id: O2, day: 2030-07-01, kind: reopening, {stem}, says: too late",
        f"id: P1, day: 2026-06-29, kind: payment, {stem}, amount: 1",
    )
    assert refusals(space) == [
        ("events.yaml:10: event P1: payment on 2026-06-29 is before its statement of 2026-06-30"),
        "events.yaml:4: event R1: no dispute D1 before 2026-08-12; known: none",
        (
            "events.yaml:3: event D2: dispute on 2026-08-15 is outside the window: 45 days "
            "after the statement of 2026-06-30, until 2026-08-14"
        ),
        (
            "events.yaml:7: event N2: reconsideration on 2026-09-10 is outside the window: 20 "
            "days after the dispute was resolved on 2026-08-20, until 2026-09-09"
        ),
        (
            "events.yaml:9: event O2: reopening on 2030-07-01 is outside the window: 4 years "
            "after the statement of 2026-06-30, until 2030-06-30"
        ),
    ]


def test_what_the_contract_has_no_term_for_is_refused(space: Space) -> None:
    space.contract({TERMS: "payment_terms: {}\n"})
    one = space.settle()
    stem = f"day: 2026-12-01, statement: {one.id}"
    space.log(
        f"id: I, kind: interest, {stem}, by: P1, amount: 1",
        f"id: E, kind: escrow, {stem}, by: V1, amount: 1",
        f"id: S, kind: set_off, {stem}, against: {one.id}, amount: 1",
        f'id: D, kind: dispute, {stem}, by: V1, line: "{DUE}", says: it has no last day',
    )
    assert [it.partition(": event ")[2] for it in refusals(space)] == [
        "I: the contract valley has no payment_terms.interest",
        "E: the contract valley has no payment_terms.security",
        "S: the contract valley does not allow it: payment_terms.set_off",
    ]


def test_amounts_that_cannot_be_are_refused(space: Space) -> None:
    """Interest of $14,202.74 has run after 60 days; nothing is in escrow; and so on."""
    one = space.settle()
    stem = f"day: 2026-09-28, statement: {one.id}"
    early = f"day: 2026-07-28, statement: {one.id}"
    space.log(
        f"id: I, kind: interest, {stem}, by: P1, amount: 14202.75",
        f"id: J, kind: interest, {stem}, by: V1, amount: 1",
        f"id: E, kind: escrow, {stem}, by: V1, amount: -1",
        f"id: S, kind: set_off, {stem}, against: {one.id}, amount: 1",
        f'id: D, kind: dispute, {early}, by: V1, line: "{DUE}", amount: 1080000.01, says: more',
        f'id: L, kind: dispute, {early}, by: V1, line: "{DUE}x", says: no line',
        f"id: P, kind: payment, {stem}, by: V2, amount: 1",
    )
    assert [it.partition(": event ")[2] for it in refusals(space)] == [
        "D: 1,080,000.01 is held back; percent_of_premium settles 1,080,000.00",
        f"L: {DUE}x is no line of the statement; did you mean {DUE}?",
        "I: interest of 14,202.75 is charged to P1; 14,202.74 has run and is not charged yet",
        "J: interest of 1.00 is charged to V1; 0.00 has run and is not charged yet",
        "E: 1.00 is taken back; V1 has given 0.00",
        "S: 1.00 is set off; open are 1,080,000.00 and 1,080,000.00, of which 0.00 can be",
        "P: V2 is no party of valley; known: P1, V1",
    ]


def test_the_form_of_the_log_is_checked_with_every_line(space: Space) -> None:
    one = space.settle()
    space.log(
        f"id: A, day: 2026-07-01, kind: payment, statement: {one.id}",
        f"id: A, day: 2026-07-01, kind: sent, statement: {one.id}, by: V1",
        f"id: B, day: 2026-07-01, kind: payment, statement: {one.id}, by: V1, amount: 1.005",
        f"id: C, day: 2026-07-01, kind: payment, statement: {one.id}, by: V1, amount: -1",
        f"id: E, day: 2026-07-01, kind: escrow, statement: {one.id}, by: V1, amount: 0",
    )
    assert refusals(space) == [
        "events.yaml:2: event A (payment) lacks by, amount",
        "events.yaml:3: event A (sent) has by; it takes statement, says",
        "events.yaml:4: event B: found 1.005, expected whole cents",
        "events.yaml:5: event C: found -1, expected an amount above 0",
        "events.yaml:6: event E: found 0, expected an amount other than 0",
        "events.yaml:3: event A stands at events.yaml:2 too; ids are unique",
    ]
    space.log("id: A, day: 2026-07-01, kind: paid, statement: 0123456789abcdef")
    (found,) = refusals(space)
    assert found.startswith("events.yaml:2: events.0.kind: found 'paid', expected 'sent'")
    space.log(
        "id: A, day: 2026-07-01, kind: sent, statement: 0123456789abcdef",
        f"id: B, day: 2026-06-29, kind: sent, statement: {one.id}",
    )
    assert refusals(space) == [
        (
            "events.yaml:2: no statement 0123456789abcdef was made here; statements/*.json hold "
            "their statement_id"
        )
    ]
    space.log(f"id: B, day: 2026-06-29, kind: sent, statement: {one.id}")
    assert refusals(space) == [
        "events.yaml:2: event B: sent on 2026-06-29, before the day it speaks of, 2026-06-30"
    ]


def test_an_event_about_a_projection_is_refused(space: Space) -> None:
    one = space.settle({"kind: final": "kind: projection"})
    space.log(f"id: P, day: 2026-07-01, kind: payment, statement: {one.id}, by: P1, amount: 1")
    (found,) = refusals(space)
    assert found.endswith(f"event P: statement {one.id[:12]} is a projection; it settles nothing")


def test_payment_terms_that_cannot_be_are_refused_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "valley.yaml"
    wrong = CONTRACT.replace("due_days: 30", "due_days: -1").replace("rate: 0.08", "rate: 8")
    path.write_text(wrong.replace("actual/365", "actual/366"))
    with pytest.raises(InputError) as caught:
        read_contract(path)
    line, terms = CONTRACT[: CONTRACT.index("  due_days")].count("\n") + 1, "payment_terms"
    assert said(caught.value, tmp_path) == [
        f"valley.yaml:{line}: {terms}.due_days: found -1, expected greater than or equal to 0",
        (
            f"valley.yaml:{line + 1}: {terms}.interest.rate: found 8, expected less than or equal "
            "to 1"
        ),
        (
            f"valley.yaml:{line + 1}: {terms}.interest.day_count: found 'actual/366', expected "
            "'actual/365', 'actual/360' or '30/360'"
        ),
    ]


# Interest, escrow, set-off, reopening


def test_interest_escrow_and_reopening_are_posted(space: Space) -> None:
    """Interest of $10,000 is charged of $14,202.74 that has run; $108,000 are asked in escrow."""
    one = space.settle()
    stem = f"statement: {one.id}, by"
    space.log(
        f"id: E1, day: 2026-07-10, kind: escrow, {stem}: V1, amount: 150000",
        f"id: E2, day: 2026-09-01, kind: escrow, {stem}: V1, amount: -50000",
        f"id: I1, day: 2026-09-28, kind: interest, {stem}: P1, amount: 10000",
        f"id: O1, day: 2026-09-28, kind: reopening, {stem}: P1, says: new and material evidence",
    )
    book = read_book(space.workspace)
    found = account(book, "V1", date(2026, 9, 28))
    assert found.closing == usd("1,090,000.00")
    (due,) = found.due
    assert due.interest_cents == usd("4,202.74")
    assert (due.security_cents, due.required_cents) == (usd("100,000.00"), usd("108,000.00"))
    assert [it.kind for it in found.rows if it.purpose is None] == ["escrow", "escrow", "reopening"]
    assert book.cents("V1", ("cash",)) == -usd("100,000.00")
    space.settle(replaces(one, "2026-09-30", "reopened") | SWEPT)
    assert read_book(space.workspace).notes == []
    space.log()
    (note,) = read_book(space.workspace).notes
    assert "is reopened, and no event says so" in note


def event(**keys: object) -> Event:
    shape = EventShape.model_validate(keys)
    return Event(shape, "ledger/events.yaml:1", int(Decimal(str(shape.amount or 0)) * 100))


def test_one_period_is_set_off_against_another() -> None:
    """The payer owes $500 of one year, the entity $300 of the next: $200 are left to pay."""
    terms = {"set_off": True}
    one = made({"a": 50_000}, terms=terms)
    other = made({"a": -30_000}, terms=terms, period="PY2026")
    keys = {"day": date(2026, 7, 1), "kind": "set_off", "statement": one.id, "against": other.id}
    book = keep([one, other], [event(id="S", amount=300, **keys)])
    assert book.open_of(one) == 20_000
    assert book.open_of(other) == 0
    assert book.cents("V1") == 20_000
    with pytest.raises(InputError, match=r"300\.01 is set off.*of which 300\.00 can be"):
        keep([one, other], [event(id="S", amount=Decimal("300.01"), **keys)])
    swapped = keys | {"statement": other.id, "against": one.id}
    assert keep([one, other], [event(id="S", amount=300, **swapped)]).open_of(one) == 20_000


def test_of_several_components_the_one_that_is_held_back_is_named() -> None:
    one = made({"a": 50_000, "b": -20_000})
    keys = {"day": date(2026, 7, 1), "kind": "dispute", "statement": one.id, "by": "P1"}
    more = {"id": "D", "line": "b/due@performance", "amount": 50, "says": "no"}
    book = keep([one], [event(**keys, **more)])
    assert (book.disputes["D"].component, book.disputes["D"].cents) == ("b", -5_000)
    assert book.disputed("P1", "valley", "PY2025") == 5_000
    with pytest.raises(InputError, match="say component: a or b"):
        keep([one], [event(**keys, **more, component="c")])


# Properties

SEEN = Seen("paid", "overpaid", "disputed", "resolved", "negative", "overdue")

CENTS = st.integers(-(10**7), 10**7).filter(bool)


@settings(max_examples=1_500)
@given(
    st.lists(CENTS, min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 10**7), st.booleans()), max_size=4),
    st.tuples(st.booleans(), st.booleans()),
)
def test_a_closing_is_the_sum_of_its_postings_and_both_sides_agree(
    settled: Sequence[int],
    payments: Sequence[tuple[int, int, bool]],
    dispute: tuple[bool, bool],
) -> None:
    """Random chains of statements, payments by either side, and a dispute."""
    terms = {"due_days": 30, "interest": {"rate": "0.08"}}
    day = date(2026, 1, 1)
    chain = [
        made({"a": cents}, as_of=day + timedelta(60 * place), terms=terms)
        for place, cents in enumerate(settled)
    ]
    first = chain[0]
    events = [
        event(
            id=f"P{place}",
            day=day + timedelta(days),
            kind="payment",
            statement=first.id,
            by="P1" if payer else "V1",
            amount=Decimal(cents) / 100,
        )
        for place, (days, cents, payer) in enumerate(payments)
    ]
    disputed, resolved = dispute
    if disputed:
        keys = {"statement": first.id, "by": "P1", "line": "a/due@performance", "says": "no"}
        half = Decimal(max(abs(settled[0]) // 2, 1)) / 100
        events.append(event(id="D", day=day + timedelta(3), kind="dispute", amount=half, **keys))
    if disputed and resolved:
        ends = {"id": "R", "day": day + timedelta(90), "kind": "dispute_resolved", "says": "so"}
        events.append(event(dispute="D", **ends))
    book = keep(chain, sorted(events, key=lambda it: it.day))
    until = day + timedelta(300)
    for entry in book.entries:
        assert sum(it.cents for it in entry.postings) == 0
    mine, theirs = account(book, "V1", until), account(book, "P1", until)
    assert mine.closing == book.cents("V1", OWED) == sum(it.cents for it in mine.rows)
    assert mine.closing == -theirs.closing == sum(it.open_cents for it in mine.due)
    (due,), (other,) = mine.due, theirs.due
    assert (due.overdue_cents, due.interest_cents) == (-other.overdue_cents, -other.interest_cents)
    paid = sum(cents if payer else -cents for _, cents, payer in payments)
    assert mine.closing == settled[-1] - paid
    held = due.disputed_cents
    assert due.overdue_cents == settled[-1] - paid - held
    since = account(book, "V1", until, since=day + timedelta(100))
    assert since.opening + sum(it.cents for it in since.rows) == since.closing == mine.closing
    for form in (to_csv(book.entries), to_beancount(book.entries)):
        assert form
    assert all(sum(it) == 0 for it in transactions(to_beancount(book.entries)))
    SEEN.note(
        paid=bool(payments),
        overpaid=paid > settled[-1] > 0,
        disputed=disputed,
        resolved=disputed and resolved,
        negative=settled[-1] < 0,
        overdue=due.overdue_cents != 0,
    )


def test_the_property_met_enough_of_each_kind() -> None:
    SEEN.check()
