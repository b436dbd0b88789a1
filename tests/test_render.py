"""How a statement is read: its values, its tree, its waterfall, and its text in the terminal."""

import io
import re
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from openvbc.contract.display import brackets, first_sentence, shown, shown_line, source_text
from openvbc.contract.drawing import drawing
from openvbc.contract.outline import outline, quantities
from openvbc.contract.render_html import render_html
from openvbc.contract.render_text import render_text
from openvbc.contract.statement import waterfall
from openvbc.contract.waterfall import due, panels, steps
from openvbc.errors import Problem
from statement_sample import (
    PERIODS,
    SCALE,
    STRATA,
    WAYS,
    Document,
    changed,
    fact,
    line,
    line_id,
    loss,
    parameter,
    sample,
    table_cell,
)


def text_of(document: Document, **options: Any) -> str:
    console = Console(width=100, force_terminal=False, record=True, file=io.StringIO())
    console.print(render_text(document, **options))
    return console.export_text()


# Values


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1234567.891", "usd", "$1,234,567.89"),
        ("-0.005", "usd", "-$0.01"),  # half away from zero
        ("-0.004", "usd", "$0.00"),  # never a negative nothing
        ("10432.5", "usd_per_capita", "$10,432.50"),
        ("0.75", "rate", "75%"),
        ("0.04528414", "rate", "4.5284%"),
        ("0.0000001234", "rate", "0.000012%"),  # a rate that is not zero does not read 0%
        ("12418", "persons", "12,418"),
        ("12103.583333", "person_years", "12,103.58"),
        ("1.0432101", "score", "1.04321"),
        ("true", "flag", "yes"),
        ("false", "flag", "no"),
        ("aged_nondual", "text", "aged nondual"),
        (None, "usd", "none"),
        ("not a number", "usd", "not a number"),
    ],
)
def test_a_value_is_shown_by_its_unit(value: str | None, unit: str, expected: str) -> None:
    assert shown(value, unit) == expected


def test_an_unknown_value_is_never_shown_as_a_number() -> None:
    assert shown_line(line("a/b", None, unknown="revenue missing")) == "unknown"


def test_a_scale_is_read_back_into_its_bands() -> None:
    assert brackets(SCALE)[1] == {"from": "60000", "to": "None", "start": "0.02", "end": "0.02"}
    assert shown_line(line("a/b", SCALE, "brackets")) == "2 bands"
    assert shown_line(line("a/b", "0 | 0.005", "brackets")) == "0, 0.005"  # no bands: a list


def test_a_description_is_cut_after_its_first_sentence() -> None:
    assert first_sentence("Less 2.5 % of it.\nNo more. Second.") == "Less 2.5 % of it."
    assert first_sentence("payments that count") == "payments that count"


def test_every_kind_of_source_names_its_place() -> None:
    assert source_text(table_cell("base_1", "esrd", 1812, "12.5")) == (
        "table expenditure_cell, column counted_cents, where contract_id = lakeside and period_id"
        " = PY2025.base_1 and enrolment_type = esrd: 1,812 persons, total 12.5"
    )
    assert source_text(fact(14)) == (
        "fact, settlements/lakeside_PY2025.yaml:14, CMS report, received 2026-07-15"
    )
    assert source_text(parameter(9, "2024-12-31")) == (
        "parameter, in force from 2021-01-01 to 2024-12-31, read at the performance year,"
        " checked 2026-11-21 (cms/mssp/rates.yaml:9)"
    )
    assert source_text({"kind": "term", "file": "contracts/l.yaml:2"}).endswith("l.yaml:2")
    assert source_text({"kind": "default", "says": "taken as 0"}) == "assumed: taken as 0"
    assert source_text({"kind": "given"}) == "given"
    assert source_text({"kind": "published", "row": "7"}) == "published, row 7"
    assert source_text(None) == ""


# The tree


def test_a_quantity_holds_the_cells_of_one_path() -> None:
    cost = quantities(sample())["mssp_expenditure/counted_expenditure"]
    assert len(cost.lines) == 16
    assert cost.strata == STRATA
    assert cost.lines[0]["at"]["period"] == "base_1"  # oldest year first


def test_the_last_result_comes_first_and_everything_is_explained_once() -> None:
    nodes = outline(sample(), depth=99)
    assert nodes[0].quantity.path == "mssp_settlement/amount_due"

    def explained(node: Any) -> list[str]:
        own = [node.quantity.path] if node.home is None else []
        return own + [path for child in node.children for path in explained(child)]

    paths = [path for node in nodes for path in explained(node)]
    assert sorted(paths) == sorted({it["path"] for it in sample()["lines"]})


def test_an_input_shows_the_cell_that_is_taken() -> None:
    """Total expenditure has four cells; the savings take the performance year's."""
    savings = next(n for n in outline(sample(), 1) if n.quantity.label == "savings or losses")
    assert [child.value for child in savings.children] == ["$100,000,000.00", "$97,600,000.00"]
    total = next(n for n in outline(sample(), 1) if n.quantity.label == "total benchmark")
    assert [child.note for child in total.children] == [
        "every enrolment type",
        "benchmark year 3 (2024)",
    ]
    assert total.children[1].value == "$85,600,000.00"


def test_an_input_from_every_benchmark_year_says_so() -> None:
    """A prior-savings amount is made of three years' totals; no single one is its value."""
    document = sample()
    totals = [line_id("mssp_expenditure/total_expenditure", period) for period in PERIODS[1:]]
    own = line("mssp_benchmark/prior", "1", formula="sum(total.values())", inputs=totals)
    document["lines"].append(own)
    document["results"].append(own["id"])
    (child,) = outline(document, 1)[0].children
    assert (child.note, child.value) == ("every benchmark year", "4 values")


# The waterfall


def test_the_waterfall_steps_from_the_benchmark_to_the_amount_due() -> None:
    """2,400,000 → −600,000 (a quarter is not shared) → −36,000 (2 % of 1,800,000) → −64,000."""
    found = [(step.label, step.amount, step.change_text) for step in steps(sample())]
    assert found == [
        ("total benchmark", "$100,000,000.00", ""),
        ("less total expenditure", "-$97,600,000.00", ""),
        ("savings or losses", "$2,400,000.00", ""),
        ("shared savings", "$1,800,000.00", "-$600,000.00"),
        ("shared savings after sequestration", "$1,764,000.00", "-$36,000.00"),
        ("less recouped", "-$64,000.00", ""),
        ("amount due", "$1,700,000.00", ""),
    ]


def test_small_amounts_get_a_panel_of_their_own() -> None:
    """2.4 million are 2.4 % of the benchmark's width; below, they are drawn 41 times larger."""
    first, second = panels(steps(sample()))
    assert [step.label for step in first.steps][-1] == "savings or losses"
    assert (first.magnified, second.magnified) == (1, 41)
    assert second.at(Decimal(1_800_000)) == 75.0  # of 2,400,000


def test_a_loss_takes_the_other_way_and_is_drawn_below_zero() -> None:
    document = loss()
    assert [step.amount for step in steps(document)][2:] == [
        "-$3,000,000.00",
        "-$900,000.00",
        "-$900,000.00",
    ]
    assert due(document).sentence == (  # type: ignore[union-attr]
        "Lakeside ACO owes Centers for Medicare & Medicaid Services"
    )
    assert drawing(steps(document)).bars[-1].tone == "below"


def test_a_deduction_of_nothing_is_no_step() -> None:
    document = changed("mssp_settlement/recouped", value="0")
    assert "less recouped" not in [step.label for step in steps(document)]


def test_nothing_made_of_nothing_is_no_step_but_the_last() -> None:
    """One-sided, 3,000,000 lost: nothing is shared, nothing sequestered, nothing due."""
    document = loss()
    for item in document["lines"]:
        if re.search("shared_savings|recouped|amount_due", item["path"]):
            item["value"] = "0"
    document["waterfall"] = waterfall(WAYS, document["lines"])
    found = [(step.label, step.amount) for step in steps(document)][2:]
    assert found == [
        ("savings or losses", "-$3,000,000.00"),
        ("shared savings", "$0.00"),
        ("amount due", "$0.00"),
    ]


def test_an_unknown_amount_is_not_drawn_and_not_due() -> None:
    document = changed("mssp_settlement/amount_due", value=None, unknown="revenue missing")
    found = due(document)
    assert found is not None
    assert (found.amount, found.reason) == ("", "revenue missing")
    assert drawing(steps(document)).bars[-1].left is None
    assert "revenue missing" in text_of(document)
    assert "revenue missing" in render_html(document)


def test_nothing_due_is_said_in_words() -> None:
    found = due(changed("mssp_settlement/amount_due", value="0"))
    assert found is not None
    assert found.sentence.startswith("Neither ")


def test_without_an_amount_due_there_is_no_waterfall() -> None:
    lines = [it for it in sample()["lines"] if not it["path"].endswith("/amount_due")]
    assert waterfall(WAYS, lines) == []
    assert waterfall({}, sample()["lines"]) == []
    document = {**sample(), "waterfall": []}
    assert due(document) is None
    assert "<svg" not in render_html(document)
    assert "Services pays Lakeside" not in text_of(document)


# The terminal


def test_the_text_fits_a_hundred_columns_and_opens_with_the_header() -> None:
    text = text_of(sample())
    assert max(len(row.rstrip()) for row in text.splitlines()) <= 100
    assert text.startswith("Lakeside ACO, Shared Savings Program, ENHANCED track\npayer ")
    assert "run                3f9a6c1d5b7e" in text
    assert "Centers for Medicare & Medicaid Services pays Lakeside ACO: $1,700,000.00" in text


def test_the_text_shows_cells_as_a_table() -> None:
    rows = [" ".join(row.replace("│", "").split()) for row in text_of(sample()).splitlines()]
    assert "ESRD disabled aged dual aged nondual" in rows
    assert (
        "benchmark year 1 (2022) $3,000,000.00 $11,000,000.00 $13,000,000.00 $66,600,000.00" in rows
    )


def test_the_depth_limits_the_text_and_references_replace_repetition() -> None:
    shallow, deep = text_of(sample(), depth=0), text_of(sample(), depth=9)
    assert "sequestration rate" not in shallow
    assert deep.count("Updated benchmark less expenditure") == 1
    assert "savings or losses  (a result)" in deep
    assert "total benchmark  (a result)" in deep


def test_problems_are_listed_with_their_place() -> None:
    text = text_of(sample(), problems=[Problem("settlements/l.yaml:9", "missing [fact]")])
    assert "settlements/l.yaml:9: missing [fact]" in text
