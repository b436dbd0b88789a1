"""Settlement of the Shared Savings Program, against cases worked by hand and against its limits.

The cases are the documents tests/rules/mssp_*.md (see rule_case.py).
"""

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openvbc.rules
from openvbc.contract.component import component
from openvbc.contract.facts import Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.money import round_half_up
from openvbc.parameters import exact, load_program
from openvbc.period import calendar_year
from openvbc.rules.mssp_settlement import scale_rate
from openvbc.rules.rule import RefusedError
from rule_case import TOTALS, check_case, read_cases
from seen import Seen


def resolver(start: date, year: int, facts: Mapping[str, Any]) -> Resolver:
    return Resolver(
        [component("mssp_settlement"), TOTALS],
        Given({name: exact(value) for name, value in facts.items()}),
        load_program("mssp"),
        Coordinates({"performance": calendar_year(year)}, (), start),
    )


@pytest.mark.parametrize("case", list(read_cases("mssp_*.md")))
def test_the_case_worked_by_hand(case: Mapping[str, Any]) -> None:
    check_case(case)


@pytest.mark.parametrize(
    ("beneficiaries", "percent"),
    [
        (500, "12.2"),
        (999, "8.7"),
        (1_000, "8.7"),
        (2_999, "5.0"),
        (3_000, "5.0"),
        (3_857, "4.528414"),  # 5.0 − 1.1 × 857/1,999
        (4_999, "3.9"),
        (5_000, "3.9"),
        (9_999, "3.0"),
        (10_000, "3.0"),
        (14_999, "2.7"),
        (49_999, "2.2"),
        (50_000, "2.2"),
        (59_999, "2.0"),
        (60_000, "2.0"),
        (250_000, "2.0"),
    ],
)
def test_the_scale_is_linear_inside_each_band(beneficiaries: int, percent: str) -> None:
    scale = load_program("mssp")["minimum_savings_scale"].on(date(2022, 1, 1)).value
    assert round_half_up(scale_rate(Decimal(beneficiaries), scale) * 100, 6) == Decimal(percent)


def test_below_500_beneficiaries_the_scale_is_refused_by_name() -> None:
    scale = load_program("mssp")["minimum_savings_scale"].on(date(2022, 1, 1)).value
    with pytest.raises(RefusedError, match=r"minimum savings rate scale .* 499 assigned"):
        scale_rate(Decimal(499), scale)


YEAR_WORD = re.compile(r"\S*(?<!\d)(19|20)\d{2}(?!\d)\S*")


def years_in(path: Path) -> Iterator[str]:
    """Numbers and single words with a year; sentences say and cite, and may."""
    for it in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(it, ast.Constant) or not isinstance(it.value, str | int):
            continue
        if YEAR_WORD.fullmatch(str(it.value)):
            yield f"{path.name}:{it.lineno}: {it.value}"


def test_no_rules_file_holds_a_year() -> None:
    """Years live in parameters: a rule that holds one would be wrong the year after."""
    folder = Path(openvbc.rules.__file__).parent
    assert [year for path in sorted(folder.glob("*.py")) for year in years_in(path)] == []


def test_every_value_names_its_citation_and_no_gap_is_left_between_dates() -> None:
    for parameter in load_program("mssp").values():
        values = parameter.values
        assert all(value.cite for value in values), parameter.name
        for earlier, later in pairwise(values):
            assert earlier.last is not None, parameter.name
            assert (later.first - earlier.last).days == 1, parameter.name


AGREEMENT, YEAR = date(2024, 1, 1), 2024

TRACKS = ("basic_a", "basic_b", "basic_c", "basic_d", "basic_e", "enhanced")

amounts = st.integers(min_value=50_000_000, max_value=150_000_000).map(Decimal)
scores = st.integers(min_value=0, max_value=100).map(lambda score: Decimal(score) / 100)
two_sided = st.sampled_from(TRACKS[2:])
saving = st.integers(min_value=70_000_000, max_value=96_000_000).map(Decimal)
losing = st.integers(min_value=104_000_000, max_value=150_000_000).map(Decimal)
two_expenditures = st.tuples(saving, saving) | st.tuples(losing, losing) | st.tuples(saving, losing)
facts = st.fixed_dictionaries(
    {
        "track": st.sampled_from(TRACKS),
        "elected_minimum_rate": st.sampled_from(
            [None, *(Decimal(rate) / 1000 for rate in (0, 5, 10, 15, 20))]
        ),
        "assigned_beneficiaries": st.integers(500, 90_000).map(Decimal),
        "total_benchmark": st.just(Decimal(100_000_000)),
        "total_expenditure": amounts,
        "participant_revenue": amounts,
        "revenue_class": st.sampled_from(["low", "high"]),
        "quality_standard_met": st.booleans(),
        "alternative_standard_met": st.booleans(),
        "quality_score": scores,
        "local_disaster_share": scores,
    }
)


def earned(given_facts: Mapping[str, Any]) -> Any:
    return resolver(AGREEMENT, YEAR, given_facts).line("earned_savings_or_losses").value


def test_nothing_is_paid_or_owed_above_its_limit() -> None:
    seen = Seen("capped_savings", "capped_losses", "negative")

    @settings(max_examples=2_000, deadline=None)
    @given(facts, two_sided, saving | losing, amounts.map(lambda amount: amount / 40))
    def holds(
        given_facts: dict[str, Any], track: str, expenditure: Decimal, revenue: Decimal
    ) -> None:
        given_facts |= {"track": track, "total_expenditure": expenditure}
        settled = resolver(AGREEMENT, YEAR, {**given_facts, "participant_revenue": revenue})
        amount = settled.line("earned_savings_or_losses").value
        limit = round_half_up(settled.line("performance_payment_limit").value, 2)
        owed_limit = round_half_up(settled.line("loss_recoupment_limit").value, 2)
        assert -owed_limit <= amount <= limit
        seen.note(
            capped_savings=amount == limit,
            capped_losses=0 < owed_limit == -amount,
            negative=amount < 0,
        )

    holds()
    seen.check()


def test_more_savings_never_pay_less_and_nor_does_better_quality() -> None:
    seen = Seen("paid_more", "owed_less")

    @settings(max_examples=1_000, deadline=None)
    @given(facts, two_sided, two_expenditures, scores)
    def holds(
        given_facts: dict[str, Any],
        track: str,
        expenditures: tuple[Decimal, Decimal],
        score: Decimal,
    ) -> None:
        given_facts["track"] = track
        less = earned({**given_facts, "total_expenditure": max(expenditures)})
        more = earned({**given_facts, "total_expenditure": min(expenditures)})
        assert less <= more
        worse, better = sorted((score, given_facts["quality_score"]))
        low = earned({**given_facts, "quality_score": worse})
        high = earned({**given_facts, "quality_score": better})
        assert low <= high
        seen.note(paid_more=0 <= less < more, owed_less=less < more <= 0)

    holds()
    seen.check()


@settings(max_examples=60, deadline=None)
@given(facts, st.integers(min_value=-999, max_value=999))
def test_between_the_minimum_loss_and_the_minimum_saving_nothing_moves(
    given_facts: dict[str, Any], per_mille: int
) -> None:
    """Inside the corridor, symmetric in a two-sided model; a half share needs low revenue."""
    benchmark = given_facts["total_benchmark"]
    minimum = resolver(AGREEMENT, YEAR, given_facts).line("minimum_savings_rate").value
    savings = round_half_up(benchmark * minimum * per_mille / 1000, 2)
    inside = {"total_expenditure": benchmark - savings, "revenue_class": "high"}
    settled = resolver(AGREEMENT, YEAR, {**given_facts, **inside})
    assert settled.line("savings_or_losses").value == savings
    assert settled.line("amount_due").value == 0
