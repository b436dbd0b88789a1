"""Expected against actual cost of panels, how far to believe it, and what social need changes.

Expected cost of a person: the book's paid cents per month of score 1, times score, times months.
A panel is everyone whose broad primary care comes mostly from one TIN. Score and months of people
without a score are left out on both sides, and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Final

from openvbc.confidentiality.withhold import FEW, told
from openvbc.cost.book import Book, ratio_cents, share
from openvbc.cost.credibility import (
    Experience,
    Structure,
    blended,
    full_exposure,
    greatest_accuracy,
    limited_fluctuation,
    structure,
)
from openvbc.cost.section import Section, fold_few
from openvbc.engine.inputs import code_list_rows
from openvbc.errors import InputError, Problem
from openvbc.money import RULES_CONTEXT, round_half_up
from openvbc.parameters import code_lists
from openvbc.period import MONTHS_PER_YEAR

SCALE: Final = 1_000_000_000
"""Squares over weights are kept in billionths, cut off: far below what is shown."""

NO_PANEL: Final = "none"

PEOPLE: Final = f"""
WITH scored AS (
    SELECT
        p.panel,
        p.dual_months * 2 >= p.months AND p.dual_months > 0 AS is_dual,
        p.months,
        p.claims_cents,
        CAST(s.raw_score_e9 AS HUGEINT) * p.months AS weight
    FROM person_total AS p
    LEFT JOIN member_score AS s ON s.person_id = p.person_id AND s.request_id = $request
    WHERE p.analysis_id = $analysis
)

SELECT
    panel,
    is_dual,
    count(*) FILTER (WHERE weight > 0),
    coalesce(sum(months) FILTER (WHERE weight > 0), 0),
    coalesce(sum(claims_cents) FILTER (WHERE weight > 0), 0),
    coalesce(sum(weight) FILTER (WHERE weight > 0), 0),
    coalesce(sum(CAST(claims_cents AS HUGEINT) * claims_cents * {SCALE} // weight)
        FILTER (WHERE weight > 0), 0),
    count(*) FILTER (WHERE weight IS NULL OR weight <= 0)
FROM scored GROUP BY ALL ORDER BY ALL
"""


@dataclass
class Sums:
    """What people add up to; weight: score × 1e9 × months; squares: Σ paid² ÷ weight."""

    persons: int = 0
    months: int = 0
    paid: int = 0
    weight: int = 0
    squares: int = 0
    unscored: int = 0

    def add(self, other: "Sums") -> None:
        """Take another group in."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


Group = tuple[str, bool]


@dataclass(frozen=True)
class Panels:
    """The people of one year by panel and by social need (aged and dually eligible)."""

    risk_model: str
    groups: dict[Group, Sums]

    def sums(self, panel: str | None = None, *, dual: bool | None = None) -> Sums:
        """What some of the groups add up to; None: whichever."""
        found = Sums()
        for (name, is_dual), it in self.groups.items():
            if panel in (None, name) and dual in (None, is_dual):
                found.add(it)
        return found

    @property
    def names(self) -> list[str]:
        """The panels that have scored people, those without one left out."""
        found = {name for name, _ in self.groups} - {NO_PANEL}
        return sorted(name for name in found if self.sums(name).weight)

    def expected(self, it: Sums) -> int:
        """Expected cents of a group, by risk alone."""
        book = self.sums()
        return ratio_cents(book.paid, it.weight, book.weight)

    def expected_with_need(self, panel: str | None) -> int:
        """Expected cents of a panel where risk has its own price by social need."""
        found = 0
        for dual in (False, True):
            rate, mine = self.sums(dual=dual), self.sums(panel, dual=dual)
            found += ratio_cents(rate.paid, mine.weight, rate.weight) if mine.weight else 0
        return found

    def experience(self, panel: str) -> Experience:
        """A panel in person-years of the book's mean risk."""
        book, it = self.sums(), self.sums(panel)
        with localcontext(RULES_CONTEXT):
            years = Decimal(book.months) / MONTHS_PER_YEAR
            rate = Decimal(book.paid) / book.weight
            exposure = years * it.weight / book.weight
            ratio = Decimal(it.paid) / (rate * it.weight)
            squares = years / book.weight * Decimal(it.squares) / SCALE / rate**2
            return Experience(it.persons, exposure, ratio, squares)


def panels(book: Book, year: int, risk: str | None) -> Panels:
    """The panels of a year with their scores; raises InputError where no model scored them."""
    request, model = risk_request(book, year, risk)
    rows: Sequence[Any] = book.engine.rows(
        PEOPLE.replace("$request", "?").replace("$analysis", "?"), [request, book.id(year)]
    )
    groups = {(str(name), bool(dual)): Sums(*map(int, it)) for name, dual, *it in rows}
    found = Panels(model, groups)
    if not found.sums().weight or found.sums().paid <= 0:
        raise InputError(Problem(book.id(year), "nobody is scored, or nothing was paid"))
    return found


def risk_request(book: Book, year: int, risk: str | None) -> tuple[str, str]:
    """The request and the model that scored an analysis' year: the one asked for, or the first.

    Raises InputError naming the models there are.
    """
    select = """
        SELECT request_id, risk_model FROM risk_request
        WHERE year = ? AND line_of_business = ? AND paid_through = ? ORDER BY risk_model, request_id
    """
    values = [year, book.line_of_business, book.period(year)[2]]
    rows = [(str(one), str(model)) for one, model in book.engine.rows(select, values)]
    fits = [it for it in rows if risk is None or it[1] == risk or it[1].startswith(f"{risk}_")]
    if not fits:
        known = ", ".join(model for _, model in rows) or "none; say risk: in analyses.yaml"
        raise InputError(Problem(book.id(year), f"no risk model {risk or ''} scored it: {known}"))
    return fits[0]


def expected(book: Book, year: int, risk: str | None) -> Section:
    """Each panel's actual over expected, and how far either method believes it."""
    found = panels(book, year, risk)
    seen = {name: found.experience(name) for name in found.names}
    together = structure(list(seen.values()))
    full = _full(together, book.period(year)[1])
    rows = [_panel_row(found, name, it, together, full) for name, it in seen.items()]
    whole = found.sums()
    none = found.sums(NO_PANEL)
    return Section(
        name=f"expected_{year}",
        title=f"{book.name} {year}: actual against expected cost by panel, {found.risk_model}",
        columns=(
            ("panel", "text"), ("persons", "count"), ("months", "count"), ("actual_cents", "cents"),
            ("expected_cents", "cents"), ("ratio", "factor"), ("weight_limited", "factor"),
            ("ratio_limited", "factor"), ("weight_greatest", "factor"),
            ("ratio_greatest", "factor"),
        ),
        rows=tuple(_with_ratio(row) for row in fold_few(rows, 1, (2, 3, 4))),
        note=f"{told(none.persons)} people of no panel, {told(whole.unscored)} without a score "
        "(left out). "
        f"Full credibility: {person_years(full)} person-years; "
        f"k: {person_years(together.k)} person-years.",
        bars="ratio_greatest",
    )  # fmt: skip


def person_years(value: Decimal | None) -> str:
    """Two places, half up: enough to work out a weight's four places of a panel by hand."""
    return "none (panels do not differ)" if value is None else f"{round_half_up(value, 2):,}"


def _full(found: Structure, day: date) -> Decimal:
    for row in code_list_rows(code_lists()["credibility_rule"]):
        if (row["first_day"] or day) <= day <= (row["last_day"] or day):
            deviations, error = Decimal(str(row["deviations"])), Decimal(str(row["error"]))
            return full_exposure(deviations, error, found.within)
    raise InputError(Problem("credibility_rule", f"no rule is in force on {day}"))


def _panel_row(
    found: Panels, name: str, it: Experience, together: Structure, full: Decimal
) -> tuple[Any, ...]:
    sums = found.sums(name)
    limited, greatest = limited_fluctuation(it.exposure, full), greatest_accuracy(
        it.exposure, together
    )  # fmt: skip
    return (
        name, sums.persons, sums.months, sums.paid, found.expected(sums), it.ratio,
        limited, blended(limited, it.ratio), greatest, blended(greatest, it.ratio),
    )  # fmt: skip


def _with_ratio(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row if row[5] is not None else (*row[:5], share(row[3], row[4]), *row[6:])


def fairness(book: Book, year: int, risk: str | None) -> Section:
    """What each panel would be paid by risk alone, and where social need has its own price.

    The last row is a panel of which 40 % of the risk is of dually eligible people, else as the
    book: what it loses for each member month where need is not adjusted for.
    """
    found = panels(book, year, risk)
    rows: list[tuple[Any, ...]] = []
    for name in [*found.names, NO_PANEL]:
        it = found.sums(name)
        if it.weight:
            dual = _dual_share(found.sums(name, dual=True), it)
            without, with_need = found.expected(it), found.expected_with_need(name)
            rows.append((name, it.persons, dual, it.paid, without, with_need, with_need - without))
    listed = [*fold_few(rows, 1, (3, 4, 5, 6)), *high_need(found)]
    return Section(
        name=f"fairness_{year}",
        title=f"{book.name} {year}: expected cost without and with social need",
        columns=(
            ("panel", "text"), ("persons", "count"), ("dual_share", "share"),
            ("actual_cents", "cents"), ("without_need_cents", "cents"),
            ("with_need_cents", "cents"), ("gap_cents", "cents"),
        ),
        rows=tuple(listed),
        note="Need: aged and dually eligible in half of the months or more. With need, the book's "
        "dually eligible and others each have their own price of risk; the sum stays. "
        "The last row is for one member month.",
    )  # fmt: skip


def _dual_share(dual: Sums, it: Sums) -> Decimal | None:
    """The share of months; not told where it would tell of few people."""
    return None if 0 < dual.persons < FEW else share(dual.months, it.months)


HIGH_NEED: Final = (4, 10)
"""The dually eligible of the panel of high need: four of ten."""


def high_need(found: Panels) -> list[tuple[Any, ...]]:
    """A month of a panel of which four of ten are dually eligible, without and with need."""
    dual, other, book = found.sums(dual=True), found.sums(dual=False), found.sums()
    if not dual.weight or not other.weight:
        return []
    part, whole = HIGH_NEED
    months = whole * dual.months * other.months

    def mixed(of_dual: int, of_other: int) -> int:
        """Four months of the one and six of the other, times `months`: nothing is rounded."""
        return part * of_dual * other.months + (whole - part) * of_other * dual.months

    without = ratio_cents(book.paid, mixed(dual.weight, other.weight), months * book.weight)
    with_need = ratio_cents(mixed(dual.paid, other.paid), 1, months)
    with localcontext(RULES_CONTEXT):
        dual_share = Decimal(part) / whole
    return [("a panel of 40 % dually eligible", None, dual_share, None, without, with_need,
             with_need - without)]  # fmt: skip
