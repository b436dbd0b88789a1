"""How firm a statement is: status, incurred through, paid through and completion factor, in words.

A finance person must see on the first lines whether an amount can still move, through which days
care and payments are in it, and whether something was added for claims still to come.
"""

import io

import pytest
from rich.console import Console

from openvbc.contract.render_html import render_html
from openvbc.contract.render_text import render_text
from openvbc.contract.standing import standing
from statement_sample import Document, fact, line, sample

THROUGH = {"incurred": "2025-12-31", "paid": "2026-03-31"}


def factor(period: str, value: str | None) -> Document:
    says = "expected final payments ÷ payments made by the end of the run-out"
    path = "mssp_expenditure/completion_factor"
    return line(path, value, "rate", period=period, source=fact(27), says=says)


def document(*factors: Document, **changed: object) -> Document:
    return {**sample(), "through": THROUGH, "lines": [*sample()["lines"], *factors], **changed}


def test_a_final_statement_says_all_four() -> None:
    assert dict(standing(document(factor("performance", "1.013")))) == {
        "status": "final: settles the period",
        "as of": "2026-08-31; what came later is not in it",
        "incurred through": "2025-12-31, the last day of care in it",
        "paid through": "2026-03-31, the last day of payment in it",
        "completion factor": (
            "1.013 (expected final payments ÷ payments made by the end of the run-out)"
        ),
    }


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("projection", "projection: what may come; it settles nothing"),
        ("interim", "interim: for now; a final statement follows once the run-out has ended"),
        ("restated", "in place of the statement that it supersedes"),
        ("reopened", "reopened: settles the period again after its reopening"),
    ],
)
def test_every_kind_says_what_it_means(kind: str, words: str) -> None:
    assert words in dict(standing(document(kind=kind)))["status"]


def test_factors_that_differ_by_year_stand_with_their_years() -> None:
    """The performance year is completed by 1.3 %, the benchmark years are complete."""
    factors = (factor("performance", "1.013"), factor("base_1", "1"), factor("base_2", "1"))
    assert dict(standing(document(*factors)))["completion factor"].startswith(
        "1.013 for performance (2025); 1 for benchmark year 1 (2022), benchmark year 2 (2023) ("
    )


def test_a_statement_without_claims_and_without_a_factor_says_so() -> None:
    found = dict(standing(document(through={"incurred": "2025-12-31", "paid": None})))
    assert found["paid through"] == "no claims are counted here; every figure was given"
    assert found["completion factor"] == "none; nothing is added for claims still to come"


def test_run_outs_of_a_book_that_differ_are_said() -> None:
    """One day for both years: 2024 had 15 months to be paid, 2025 three."""
    books = {"mill/2024": "2026-03-31", "mill/2025": "2026-03-31"}
    said = dict(standing(document(through={**THROUGH, "books": books})))["paid through"]
    assert said == (
        "2026-03-31, the last day of payment in it; mill/2024 to 2026-03-31 (15 months of run-out)"
        "; mill/2025 to 2026-03-31 (3 months of run-out); the run-outs differ, so the years are "
        "not equally complete"
    )


def test_a_statement_from_before_the_days_were_stated_says_that() -> None:
    old = {key: it for key, it in document().items() if key != "through"}
    found = dict(standing(old))
    assert found["incurred through"] == found["paid through"]
    assert found["paid through"].startswith("not stated")


def test_text_and_page_show_every_word_of_it() -> None:
    shown = document(factor("performance", "1.013"))
    page = io.StringIO()
    Console(file=page, width=100, no_color=True).print(render_text(shown))
    texts = (" ".join(page.getvalue().split()), " ".join(render_html(shown).split()))
    for text in texts:
        for name, words in standing(shown):
            assert words in text
            assert name in text.lower()
