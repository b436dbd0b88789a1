"""Historical benchmarks of agreements before July 2019, against those that CMS published.

The files give each ACO's expenditure per capita, risk score and person-years by benchmark year and
type, and its historical benchmark. National growth they do not give: two years' growth in four
types, the same for all ACOs of one start. Every second ACO of a start tells these eight figures
(least squares); the others are then recomputed by the rules, with nothing of their own results.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from openvbc.contract.component import component
from openvbc.contract.facts import At, Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.contract.settlement import STRATA
from openvbc.parameters import load_program
from openvbc.period import calendar_year

Row = Mapping[str, str]
TYPES = dict(
    zip(
        STRATA,
        (("esrd", "esrd"), ("dis", "dis"), ("agdu", "aged_dual"), ("agnd", "aged_nondual")),
        strict=True,
    )
)
"""Type → how columns of amounts and scores call it, and columns of person-years."""
BASE = ("base_1", "base_2", "base_3")
FIRST, SECOND = (0.1, 0.3, 0.6), (1 / 3, 1 / 3, 1 / 3)
EXACT, ROUNDED = Decimal("1.50"), Decimal(15)
"""Dollars: with scores of nine places, and of three (0.0005 of $13,000 is $6.50 a year)."""


def number(row: Row, column: str) -> Decimal:
    return Decimal(row[column].replace(",", "").replace("$", ""))


def cell(row: Row, what: str, kind: str, year: str) -> Decimal:
    """Expenditure per capita ("exp") or risk score ("score") of a type in a benchmark year."""
    prefix = {"exp": "per_capita_exp_all", "score": "cms_hcc_riskscore"}[what]
    return number(row, f"{prefix}_{TYPES[kind][0]}_by{year[-1]}")


def person_years(row: Row, kind: str) -> Decimal:
    return number(row, f"n_ab_year_{TYPES[kind][1]}_by3")


def savings(row: Row) -> Decimal:
    """The adjustment of a second agreement for the savings of the first; blank where none is."""
    second = row.get("agreement_period_num") == "2" and row["prior_sav_adj"].strip()
    return number(row, "prior_sav_adj") if second else Decimal(0)


def cohort(path: Path, order: str, start: str) -> list[Row]:
    """The ACOs of one start whose cells are all numbers above 0."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            {key.strip().lower(): it for key, it in row.items()} for row in csv.DictReader(file)
        ]
    column = "current_start_date" if "current_start_date" in rows[0] else "start_date"
    mine = [row for row in rows if row[column].split(" ")[0] == start]
    return [it for it in mine if it.get("agreement_period_num", "1") == order and complete(it)]


def complete(row: Row) -> bool:
    try:
        return all(
            cell(row, what, kind, year) > 0 and person_years(row, kind) > 0
            for what in ("exp", "score")
            for kind in STRATA
            for year in BASE
        )
    except ArithmeticError:
        return False


def terms(row: Row, weights: Sequence[float]) -> tuple[list[float], float]:
    """What each of the eight growth factors multiplies, and what is left for them to make.

    Floats: what is fitted is an estimate; the benchmark that is then held is made in Decimal.
    """
    total = sum(person_years(row, kind) for kind in STRATA)
    factors, rest = [], float(number(row, "histbnchmk") - savings(row))
    for kind in STRATA:
        part = float(person_years(row, kind) / total)
        for year, weight in zip(BASE[:2], weights, strict=False):
            ratio = cell(row, "score", kind, "base_3") / cell(row, "score", kind, year)
            factors.append(part * weight * float(cell(row, "exp", kind, year) * ratio))
        rest -= part * weights[2] * float(cell(row, "exp", kind, "base_3"))
    return factors, rest


def least_squares(equations: Sequence[tuple[list[float], float]]) -> list[float]:
    """The factors that fit best, by the normal equations and elimination."""
    size = range(len(equations[0][0]))
    table = [
        [sum(x[i] * x[j] for x, _ in equations) for j in size]
        + [sum(x[i] * y for x, y in equations)]
        for i in size
    ]
    for i in size:
        pivot = max(range(i, len(table)), key=lambda k: abs(table[k][i]))
        table[i], table[pivot] = table[pivot], table[i]
        for k in size:
            if k != i:
                times = table[k][i] / table[i][i]
                table[k] = [a - times * b for a, b in zip(table[k], table[i], strict=True)]
    return [table[i][-1] / table[i][i] for i in size]


def recomputed(row: Row, growth: Sequence[float], start: date) -> Decimal:
    """The historical benchmark that the rules make of an ACO's own figures and the growth."""
    facts: dict[str, dict[At, Decimal | str]] = {}

    def give(name: str, value: Decimal | str, at: At) -> None:
        facts.setdefault(name, {})[at] = value

    for place, kind in enumerate(STRATA):
        years = person_years(row, kind)
        grown = dict(zip(BASE, [*growth[2 * place : 2 * place + 2], 1.0], strict=True))
        for year in BASE:
            at = At(year, kind)
            spent = cell(row, "exp", kind, year) * years
            give("member_months", years * 12, at)
            give("counted_expenditure", spent, at)
            give("hcc_score_months_e9", cell(row, "score", kind, year) * 10**9, at)
            give("score_months", Decimal(1), at)
            give("national_hcc_score", Decimal(1), at)
            give("national_per_capita", 10_000 / Decimal(str(grown[year])), at)
        give("member_months", Decimal(12), At("performance", kind))
    for year in BASE:
        give("completion_factor", Decimal(1), At(year))
    give("agreement_number", Decimal(row.get("agreement_period_num", "1")), At())
    give("rebased_savings_per_capita", savings(row), At())
    periods = {"performance": calendar_year(start.year)}
    periods |= {year: calendar_year(start.year - 3 + n) for n, year in enumerate(BASE)}
    parts = [component("mssp_expenditure"), component("mssp_national_benchmark")]
    coordinates = Coordinates(periods, STRATA, start)
    made = Resolver(parts, Given(facts), load_program("mssp"), coordinates)
    value: Decimal = made.line("adjusted_benchmark_per_capita").value
    return value


def misses(path: Path, order: str, start: str, weights: Sequence[float]) -> Iterator[Decimal]:
    """For every second ACO: how far the rules are from what was published."""
    rows = cohort(path, order, start)
    growth = least_squares([terms(row, weights) for row in rows[::2]])
    month, day, year = (int(it) for it in start.split("/"))
    for row in rows[1::2]:
        yield abs(recomputed(row, growth, date(year, month, day)) - number(row, "histbnchmk"))


@pytest.mark.parametrize(
    ("file", "order", "start", "weights", "held", "within"),
    [
        ("py2014.csv", "1", "04/01/2012", FIRST, 13, EXACT),
        ("py2014.csv", "1", "07/01/2012", FIRST, 42, EXACT),
        ("py2014.csv", "1", "01/01/2013", FIRST, 51, EXACT),
        ("py2014.csv", "1", "01/01/2014", FIRST, 59, EXACT),
        ("py2016.csv", "1", "1/1/2015", FIRST, 42, ROUNDED),
        ("py2016.csv", "1", "1/1/2016", FIRST, 50, ROUNDED),
        ("py2018.csv", "1", "01/01/2017", FIRST, 44, ROUNDED),
        ("py2018.csv", "1", "01/01/2018", FIRST, 61, ROUNDED),
        ("py2018.csv", "2", "01/01/2016", SECOND, 53, ROUNDED),
    ],
)
def test_the_rules_make_the_published_historical_benchmark(
    file: str,
    order: str,
    start: str,
    weights: Sequence[float],
    held: int,
    within: Decimal,
    shared: Path,
) -> None:
    found = list(misses(shared / "data" / "mssp" / file, order, start, weights))
    assert len(found) == held
    assert max(found) <= within


def test_a_second_agreement_rebased_to_its_region_is_not_made_by_national_growth(
    shared: Path,
) -> None:
    """Those that began in 2017 miss by far: they are of mssp_rebased_benchmark."""
    rows = cohort(shared / "data" / "mssp" / "py2018.csv", "2", "01/01/2017")
    equations = [terms(row, SECOND) for row in rows]
    growth = least_squares(equations)
    wrong = [abs(sum(g * x for g, x in zip(growth, xs, strict=True)) - y) for xs, y in equations]
    assert sorted(wrong)[len(wrong) // 2] > 100  # dollars per capita, the median ACO
