"""Completion factors, against a triangle worked by hand.

Paid dollars by month of care, as they stood 0, 1, 2 and 3 months later, at the end of April 2025:

    care    lag 0   lag 1   lag 2   lag 3
    Jan       100     150     180     180
    Feb       200     280     336
    Mar       100     150
    Apr       400

    link ratio, weighted by volume
      lag 0 → 1   (150 + 280 + 150) / (100 + 200 + 100) = 580 / 400 = 1.45
      lag 1 → 2   (180 + 336) / (150 + 280)             = 516 / 430 = 1.2
      lag 2 → 3   180 / 180                             = 1
    development   lag 2: 1,  lag 1: 1.2,  lag 0: 1.45 × 1.2 = 1.74
    completion    lag 2: 1,  lag 1: 1 / 1.2 = 0.833333,  lag 0: 1 / 1.74 = 0.574713

    estimate of all: 180 + 336 + 150 × 1.2 + 400 × 1.74 = 180 + 336 + 180 + 696 = 1,392
    paid by the end of April: 180 + 336 + 150 + 400 = 1,066
    ultimate over paid: 1,392 / 1,066 = 1.3058

The claims behind it hold what real ones do: January's claim B of $50 is adjusted to $60 in March;
claim X of $20, paid in March, is cancelled in April, when claim Y of $20 is paid.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from inventory_sample import claim, coverage, people, workspace
from load_tables import load_it, write_source
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.inventory.completion import Factors, factors
from openvbc.inventory.expectation import Completion
from openvbc.inventory.inventory import inventory
from openvbc.inventory.measure import Measured, measure
from openvbc.inventory.suggest import Suggestion, ultimate_over_paid
from openvbc.inventory.triangle import Run, Triangle, last_whole_month, triangles
from openvbc.workspace import Workspace

JAN, FEB, MAR, APR = (date(2025, month, 1) for month in (1, 2, 3, 4))
END = date(2025, 4, 30)
FEW = Completion(least_claims=1, least_months=1)


def paid(
    key: str, care: date, dollars: int, effective_on: str, **version: Any
) -> Mapping[str, Any]:
    day = care.replace(day=12)
    return claim(
        key,
        claim_start_date=day,
        claim_end_date=day,
        effective_on=effective_on,
        paid_cents=dollars * 100,
        allowed_cents=dollars * 100,
        **version,
    )


ADJUSTED = {"version_number": 2, "version_type": "adjust"}
CANCELLED = {"version_number": 2, "version_type": "cancel", "sign": -1}

CLAIMS = [
    paid("A", JAN, 100, "2025-01-20"),
    paid("B", JAN, 50, "2025-02-20"),
    paid("B", JAN, 60, "2025-03-20", **ADJUSTED),
    paid("X", JAN, 20, "2025-03-21"),
    paid("X", JAN, 20, "2025-04-20", **CANCELLED),
    paid("Y", JAN, 20, "2025-04-20"),
    paid("C", FEB, 200, "2025-02-20"),
    paid("D", FEB, 80, "2025-03-20"),
    paid("E", FEB, 56, "2025-04-29"),
    paid("F", MAR, 100, "2025-03-20"),
    paid("G", MAR, 50, "2025-04-20"),
    paid("H", APR, 400, "2025-04-20"),
]


def loaded(root: Path, claims: Sequence[Mapping[str, Any]] = CLAIMS, **options: Any) -> Workspace:
    space = workspace(root / "space")
    source = write_source(
        root / "in", person=people(2), eligibility=coverage(2), medical_claim=list(claims)
    )
    load_it(space.data, source, data_source="Made-up Mutual", **options)
    return space


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    space = loaded(tmp_path_factory.mktemp("triangle"))
    return measure(space.data, END, "effective", "400MB", 1)


def the(found: Sequence[Triangle], claim_type: str = "professional") -> Triangle:
    (only,) = (it for it in found if it.run.claim_type == claim_type)
    return only


def triangle(measured: Measured, as_of: date = END) -> Triangle:
    return the(triangles(measured.moves, measured.moved, as_of))


def text(found: Factors, column: str) -> list[str]:
    return [row[column] for row in found.rows()]


def test_the_triangle_of_claims_and_their_versions_is_that_worked_by_hand(
    measured: Measured,
) -> None:
    assert triangle(measured).cents == {
        JAN: (100_00, 150_00, 180_00, 180_00),
        FEB: (200_00, 280_00, 336_00),
        MAR: (100_00, 150_00),
        APR: (400_00,),
    }


def test_the_factors_are_those_worked_by_hand(measured: Measured) -> None:
    found = factors(triangle(measured), FEW)
    assert text(found, "link_ratio") == ["1.450000", "1.200000", "1.000000", ""]
    assert text(found, "development_factor") == ["1.740000", "1.200000", "1.000000", "1.000000"]
    assert text(found, "completion_factor") == ["0.574713", "0.833333", "1.000000", "1.000000"]
    assert found.factors[0].development == Decimal("1.74")  # exact, not about


def test_the_simple_method_is_the_mean_of_the_ratios(measured: Measured) -> None:
    """Lag 0: (1.5 + 1.4 + 1.5) / 3 = 1.466667; lag 1: (1.2 + 1.2) / 2 = 1.2."""
    found = factors(triangle(measured), FEW.model_copy(update={"method": "simple"}))
    assert text(found, "link_ratio") == ["1.466667", "1.200000", "1.000000", ""]


def test_only_the_latest_months_count_where_that_is_declared(measured: Measured) -> None:
    """Of two months: lag 0 of Feb and Mar, 430 / 300 = 1.433333; lag 1 of Jan and Feb, 1.2."""
    found = factors(triangle(measured), FEW.model_copy(update={"latest_months": 2}))
    assert text(found, "link_ratio") == ["1.433333", "1.200000", "1.000000", ""]


def test_a_tail_factor_comes_after_the_last_lag(measured: Measured) -> None:
    """Complete after two months, then 1.05 more: 1.45 × 1.2 × 1.05 = 1.827; 1 / 1.05 = 0.952381."""
    how = FEW.model_copy(update={"complete_after": 2, "tail_factor": Decimal("1.05")})
    found = factors(triangle(measured), how)
    assert text(found, "development_factor") == ["1.827000", "1.260000", "1.050000"]
    assert text(found, "completion_factor")[-1] == "0.952381"
    assert found.factors[-1].reason == "complete: after 2 months, as declared; tail factor 1.05"


def test_a_lag_seen_by_too_few_months_is_not_used(measured: Measured) -> None:
    """Two months are asked for; only January has three months of run-out, so lag 2 is the last."""
    found = factors(triangle(measured), FEW.model_copy(update={"least_months": 2}))
    assert found.complete_at == 2
    assert text(found, "link_ratio") == ["1.450000", "1.200000", ""]


def test_too_few_claims_make_no_factor_and_none_before_it(measured: Measured) -> None:
    """By lag 1 six claims are paid in Jan to Mar (A B, C D, F G); by lag 2 six in Jan and Feb
    (A B X, C D E), and by lag 3 four in January (A B X Y)."""
    found = factors(triangle(measured), FEW.model_copy(update={"least_claims": 5}))
    assert text(found, "completion_factor") == ["", "", "", "1.000000"]
    assert [it.reason for it in found.factors][:3] == [
        "as lag 1: as lag 2: too few claims, expected 5",
        "as lag 2: too few claims, expected 5",
        "too few claims, expected 5",
    ]


def test_as_of_an_earlier_day_the_triangle_is_as_it_stood_then(tmp_path: Path) -> None:
    """At the end of March January stood at 180: the cancellation of X came in April."""
    space = loaded(tmp_path)
    then = measure(space.data, date(2025, 3, 31), "effective", "400MB", 1)
    assert triangle(then, date(2025, 3, 31)).cents == {
        JAN: (100_00, 150_00, 180_00),
        FEB: (200_00, 280_00),
        MAR: (100_00,),
    }


def test_the_latest_diagonal_is_the_sum_of_the_final_claims(measured: Measured) -> None:
    """180 + 336 + 150 + 400 = 1,066 dollars stand; line counts hold A B X-less Y, C D E, F G, H."""
    assert sum(row[-1] for row in triangle(measured).cents.values()) == 1_066_00
    standing = sum(it["claims"] for it in measured.cells["claim"].values())
    assert standing == 9


def test_a_month_that_has_not_ended_is_not_valued(measured: Measured) -> None:
    """On 29 April the last whole month is March; payments after it are in no cell."""
    assert last_whole_month(date(2025, 4, 29)) == MAR
    assert triangle(measured, date(2025, 4, 29)).cents[JAN] == (100_00, 150_00, 180_00)


def test_months_after_the_last_delivery_are_not_taken_for_complete(measured: Measured) -> None:
    """Nothing came after 29 April: in December the triangle still ends in April."""
    assert triangle(measured, date(2025, 12, 31)).cents == triangle(measured).cents


def test_by_the_day_received_what_came_at_once_has_no_run_out(tmp_path: Path) -> None:
    """All claims came on 30 April; no month of care before it was watched growing."""
    space = loaded(tmp_path, received_on=END)
    then = measure(space.data, END, "received", "400MB", 1)
    assert triangle(then).cents == {APR: (400_00,)}


def suggested(
    found: Sequence[Factors], first_day: date, last_day: date, paid_through: date
) -> tuple[Decimal | None, str]:
    """The factor as it is suggested, in its few places, and the note."""
    factor, note = ultimate_over_paid(found, first_day, last_day, paid_through)
    told = Suggestion("aco", "2025", paid_through, paid_through, factor, note)
    return told.completion_factor, told.note


def test_the_share_paid_is_of_the_factor_before_it_is_rounded() -> None:
    """1 / 1.00005 = 0.99995000: 1.0000. Of the rounded factor, 1 / 1.0001, it would be 0.9999."""
    told = Suggestion("aco", "2025", END, END, Decimal("1.00005"), "")
    assert told.to_json()["completion_factor"] == "1.0001"
    assert told.to_json()["paid_share"] == "1.0000"


def test_a_settlement_is_suggested_ultimate_over_paid(measured: Measured) -> None:
    """1,392 / 1,066 = 1.3058 for January to April, as paid by the end of April."""
    found = [factors(it, FEW) for it in triangles(measured.moves, measured.moved, END)]
    assert suggested(found, JAN, END, END) == (Decimal("1.3058"), "")


def test_what_dollars_are_taken_from_is_not_rounded(measured: Measured) -> None:
    """1,392 / 1,066 = 1.305816...: the suggestion has four places, the factor itself 34 digits."""
    found = [factors(it, FEW) for it in triangles(measured.moves, measured.moved, END)]
    factor, note = ultimate_over_paid(found, JAN, END, END)
    assert factor is not None
    assert abs(Fraction(factor) - Fraction(1392, 1066)) < Fraction(1, 10**30)
    assert note == ""


def test_run_out_lowers_the_suggestion(measured: Measured) -> None:
    """January and February as paid by 31 March, that is lags 2 and 1: (180 + 280 × 1.2) / 460 =
    516 / 460 = 1.1217; by 30 April, lags 3 and 2: 1."""
    found = [factors(it, FEW) for it in triangles(measured.moves, measured.moved, END)]
    days = (JAN, date(2025, 2, 28))
    assert suggested(found, *days, date(2025, 3, 31)) == (Decimal("1.1217"), "")
    assert suggested(found, *days, END) == (Decimal("1.0000"), "")


def test_a_thin_claim_type_takes_the_pooled_factors_and_says_so() -> None:
    """DME has one claim; the pooled lag 0 is developed by 1.5, so is DME: 300 × 1.5 / 300."""
    cents = {JAN: (200, 300), FEB: (200,)}
    claims = {JAN: (50, 50), FEB: (50,)}
    of = {
        name: Triangle(Run(payer, "medicare", name), FEB, cents, count)
        for name, payer, count in (
            ("all medical", "", claims),
            ("dme", "CMS", {JAN: (1, 1), FEB: (1,)}),
        )
    }
    how = Completion(least_claims=20, least_months=1)
    found = [factors(it, how) for it in of.values()]
    assert suggested(found, FEB, date(2025, 2, 28), date(2025, 2, 28)) == (
        Decimal("1.5000"),
        "pooled factors for dme: too little volume",
    )


def test_debits_and_credits_add_up_by_their_sign(tmp_path: Path) -> None:
    """100 paid in January, 30 of it taken back in February by a credit of its own: 100, then 70."""
    credit = CANCELLED | {"debit_credit": "true"}
    claims = [
        paid("A", JAN, 100, "2025-01-29", debit_credit="true"),
        paid("A", JAN, 30, "2025-02-28", **credit),
    ]
    space = loaded(tmp_path, claims)
    day = date(2025, 2, 28)
    then = measure(space.data, day, "effective", "400MB", 1)
    assert triangle(then, day).cents == {JAN: (100_00, 70_00)}


def test_the_inventory_lists_amounts_of_few_claims_nowhere(tmp_path: Path) -> None:
    """Each month here has 1 to 4 claims: factors need more, and the tables hold no amount."""
    found = inventory(loaded(tmp_path), END)
    assert {it.development(0) for it in found.factors} == {None}
    assert {it["paid_cents"] for it in found.to_json()["months"]} == {None}


def test_the_model_of_final_claims_gives_the_same_sum(tmp_path: Path) -> None:
    """Asked of the model that settlements read, April's final claims are the same $1,066."""
    space = loaded(tmp_path)
    engine = DuckDBEngine("200MB", tmp_path / "spill")
    try:
        files = f"{space.data}/loads/*/medical_claim/**/*.parquet"
        source = f"read_parquet('{files}', hive_partitioning = false)"
        then = f"effective_on <= DATE '{END}'"
        engine.view("medical_claim", f"SELECT * FROM {source}")
        for name in ("superseded_version", "superseded_month", "final_claim"):
            engine.view(name, space.models[name].sql)
        rows = engine.rows(
            f"SELECT SUM(paid_cents) FROM final_claim WHERE {then} AND version_type <> 'cancel' "
            f"AND (superseded_on IS NULL OR superseded_on > DATE '{END}')"
        )
    finally:
        engine.close()
    assert int(rows[0][0]) == 1_066_00
