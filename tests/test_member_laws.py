"""Laws of the member table, whatever the coverage delivered and whatever the rate."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.members.table import SQL
from openvbc.money import round_half_up
from seen import Seen, depths

TEXT, DAY, NUMBER = "VARCHAR", "DATE", "BIGINT"
LATEST: Final = date(2025, 6, 30)


def made(
    engine: DuckDBEngine, payer: str | None, spans: list[tuple[Any, ...]], amount_e9: int
) -> list[Mapping[str, Any]]:
    """The member table of one payer's contract over these spans, six months, paid on the first."""
    empty: list[list[Any]] = []
    names = ("contract_id", "period_id", "line_of_business", "payer", "plan", "attributed")
    clause = {**dict.fromkeys(names, TEXT), "by_roster": "BOOLEAN", "risk_model": TEXT}
    engine.rows_as_table(
        "member_clause", clause, [["c", "PY", "medicaid", payer, None, None, True, "hcc"]]
    )
    days = {"roster": TEXT, "month_number": NUMBER, "month_start": DAY, "known_on": DAY}
    months = [date(2025, number, 1) for number in range(1, 7)]
    rosters = [["paid", it.month, it, it] for it in months]
    rosters += [["earned", it.month, it, LATEST] for it in months]
    engine.rows_as_table("roster_day", days, rosters)
    engine.rows_as_table(
        "member_component", {"component": TEXT, "months_back": NUMBER}, [["capitation", None]]
    )
    bounds = ("age_from", "age_to", "risk_from_e9", "risk_to_e9")
    band = {
        **dict.fromkeys(("component", "stratum"), TEXT),
        **dict.fromkeys(("place", "amount_e9"), NUMBER),
        **dict.fromkeys(bounds, NUMBER),
        **dict.fromkeys(("sex", "enrolment_type", "plan"), TEXT),
    }
    row = ["capitation", "all", 1, amount_e9, *[None] * 7]
    engine.rows_as_table("member_band", band, [row])
    engine.rows_as_table("load_order", {"load_id": TEXT, "load_number": NUMBER}, [["L", 1]])
    coverage = {
        **dict.fromkeys(("person_id", "payer", "plan", "line_of_business"), TEXT),
        **dict.fromkeys(("enrollment_start_date", "enrollment_end_date", "received_on"), DAY),
        **dict.fromkeys(("enrolment_type", "load_id", "file_name"), TEXT),
        "row_number": NUMBER,
    }
    rows = [
        [who, plan, None, "medicaid", first, last, came, None, "L", "f", number]
        for number, (who, plan, first, last, came) in enumerate(spans)
    ]
    engine.rows_as_table("eligibility_delivery", coverage, rows)
    people = {
        **dict.fromkeys(("person_id", "sex", "load_id", "file_name"), TEXT),
        **dict.fromkeys(("birth_date", "death_date", "received_on"), DAY),
        "row_number": NUMBER,
    }
    engine.rows_as_table("person", people, empty)
    keys = {"contract_id": TEXT, "period_id": TEXT, "person_id": TEXT}
    engine.rows_as_table("attribution", {**keys, "assigned": "BOOLEAN"}, empty)
    engine.rows_as_table("contract_span", {**keys, "first_day": DAY, "last_day": DAY}, empty)
    period = {"contract_id": TEXT, "period_id": TEXT, "role": TEXT}
    engine.rows_as_table("contract_period", {**period, "first_day": DAY, "last_day": DAY}, empty)
    score = {"person_id": TEXT, "year": NUMBER, "enrolment_type": TEXT, "model": TEXT}
    engine.rows_as_table("risk_score", {**score, "score_e9": NUMBER}, empty)
    columns, found = engine.columns(SQL)
    return [dict(zip(columns, it, strict=True)) for it in found]


FIRST_OF_MONTH: Final = st.integers(1, 6).map(lambda number: date(2025, number, 1))
ONE_SPAN: Final = st.tuples(
    st.sampled_from("ABCDEFGHIJ"),
    st.sampled_from(["X", "Y"]),
    FIRST_OF_MONTH,
    st.sampled_from([None, date(2025, 3, 31), date(2025, 5, 31), date(2025, 12, 31)]),
    st.sampled_from([date(2025, 6, 15), date(2024, 12, 1), date(2025, 7, 15)]),
).filter(lambda it: it[3] is None or it[3] >= it[2])

CORRECTED: Final = st.tuples(
    st.integers(0, 3),
    st.sampled_from([date(2025, 1, 31), date(2025, 3, 31), date(2025, 6, 30)]),
    st.sampled_from([date(2025, 4, 10), date(2025, 5, 2), date(2025, 6, 3)]),
)
"""Which span is delivered again, with which last day, when."""

KNOWN_LONG: Final = [(who, "X", date(2025, 1, 1), None, date(2024, 12, 1)) for who in "ABCD"]


def _overlap(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two payers cover some day both."""
    return bool(
        one[1] != other[1] and one[2] <= (other[3] or LATEST) and other[2] <= (one[3] or LATEST)
    )


@depths
def test_cents_sum_to_the_rounded_total_and_a_month_is_one_contracts(
    tmp_path: Path, depth: int
) -> None:
    """Any spans, however they overlap, and any rate, also one between cents.

    Paid and earned cents each sum to months × rate, rounded once; earned = paid + change
    on every row; no month of a member is earned, or was paid, by two payers' contracts; and both
    together have just the months that a contract with either payer has.
    """
    seen = Seen("overlap", "left", "joined", "between_cents", depth=depth)
    engine = DuckDBEngine("200MB", tmp_path / "spill")

    @settings(max_examples=30 * depth)
    @given(
        st.lists(ONE_SPAN, min_size=12, max_size=24),
        st.lists(CORRECTED, min_size=3, max_size=8),
        st.integers(0, 50_000),
        st.booleans(),
    )
    def holds(
        first: list[tuple[Any, ...]], again: list[tuple[Any, ...]], cents: int, is_odd: bool
    ) -> None:
        corrected = [(*KNOWN_LONG[at][:3], last, came) for at, last, came in again]
        spans = [*KNOWN_LONG, *first, *corrected]
        amount_e9 = cents * 10**9 + (333_333_333 if is_odd else 0)
        either = made(engine, None, spans, amount_e9)
        by_payer = {payer: made(engine, payer, spans, amount_e9) for payer in ("X", "Y")}
        for rows in (either, *by_payer.values()):
            for name in ("paid", "earned"):
                months = sum(it[f"{name}_months"] for it in rows)
                total = round_half_up(Decimal(months * amount_e9) / 10**9)
                assert sum(it[f"{name}_cents"] for it in rows) == total
            assert all(it["paid_cents"] + it["change_cents"] == it["earned_cents"] for it in rows)
        for name in ("paid_months", "earned_months"):
            both = [
                (it["person_id"], it["month_start"])
                for rows in by_payer.values()
                for it in rows
                if it[name]
            ]
            whole = {(it["person_id"], it["month_start"]) for it in either if it[name]}
            assert len(both) == len(set(both))
            assert set(both) == whole
        for who in {it[0] for it in spans}:
            changes = {it["change_months"] for it in either if it["person_id"] == who}
            known = [it for it in spans if it[0] == who and it[4] <= LATEST]
            seen.note(
                overlap=any(_overlap(one, other) for one in known for other in known),
                left=-1 in changes,
                joined=1 in changes,
                between_cents=is_odd,
            )

    try:
        holds()
    finally:
        engine.close()
    seen.check()
