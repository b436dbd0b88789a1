"""How a statement is shown: as a tree in the terminal, as a page, and the form of its JSON.

The sample is synthetic and small: a two-sided ACO whose benchmark of $100,000,000 less expenditure
of $97,600,000 saves $2,400,000; of that 75 % is shared, 2 % sequestered, and $64,000 of advance
payments are taken back: 2,400,000 × 0.75 × 0.98 − 64,000 = 1,700,000.
"""

import base64
import hashlib
import importlib
import io
import json
import re
import shutil
import subprocess
from copy import deepcopy
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from rich.console import Console

import openvbc.contract
from openvbc.contract.display import brackets, first_sentence, shown, shown_line, source_text
from openvbc.contract.outline import outline, quantities
from openvbc.contract.render_html import drawing, render_html
from openvbc.contract.render_text import render_text
from openvbc.contract.statement import waterfall
from openvbc.contract.waterfall import due, panels, steps
from openvbc.errors import Problem

Document = dict[str, Any]
STRATA = ("esrd", "disabled", "aged_dual", "aged_nondual")
PERIODS = ("performance", "base_1", "base_2", "base_3")
HASH = "3f9a6c1d5b7e" + "0" * 52


def line_id(path: str, period: str = "performance", stratum: str | None = None) -> str:
    return f"{path}@{period}" + (f",{stratum}" if stratum else "")


def line(path: str, value: str | None, unit: str = "usd", **fields: Any) -> Document:
    at = {"period": fields.pop("period", "performance"), "stratum": fields.pop("stratum", None)}
    usual: Document = {"unknown": None, "says": "", "formula": None, "cite": "42 CFR 425.605"}
    usual |= {"inputs": [], "source": None}
    identity = line_id(path, at["period"], at["stratum"])
    return {"id": identity, "path": path, "at": at, "value": value, "unit": unit, **usual, **fields}


def fact(row: int) -> Document:
    file = f"settlements/lakeside_PY2025.yaml:{row}"
    return {"kind": "fact", "file": file, "source": "CMS report", "received_on": "2026-07-15"}


def parameter(row: int, last: str | None = None) -> Document:
    return {
        "kind": "parameter",
        "clock": "performance_year",
        "file": f"cms/mssp/rates.yaml:{row}",
        "from": "2021-01-01",
        "to": last,
        "checked": "2026-11-21",
    }


def table_cell(period: str, stratum: str, count: int | None, total: str) -> Document:
    period_id = "PY2025" if period == "performance" else f"PY2025.{period}"
    cell = {"contract_id": "lakeside", "period_id": period_id, "enrolment_type": stratum}
    source = {"kind": "table", "table": "expenditure_cell", "column": "counted_cents"}
    return {**source, "filter": cell, "count": count, "total": total}


def expenditure() -> list[Document]:
    """Counted dollars by enrolment type in each year: 97,600,000 in the performance year."""
    counted = dict(zip(STRATA, (4_000_000, 12_000_000, 14_000_000, 67_600_000), strict=True))
    persons = dict(zip(STRATA, (61, 1_022, 951, 8_104), strict=True))
    lines = []
    for year, period in enumerate(PERIODS):
        cells = {it: str(dollars - year * 1_000_000) for it, dollars in counted.items()}
        total = str(sum(int(value) for value in cells.values()))
        own = [line_id("mssp_expenditure/counted_expenditure", period, it) for it in STRATA]
        lines.append(
            line(
                "mssp_expenditure/total_expenditure",
                total,
                period=period,
                says="Expenditure of all enrolment types. Per capita times person-years, summed.",
                formula="sum(counted_expenditure.values(), Decimal(0))",
                inputs=own,
            )
        )
        lines += [
            line(
                "mssp_expenditure/counted_expenditure",
                cells[it],
                period=period,
                stratum=it,
                says="payments that count",
                source=table_cell(period, it, persons[it], cells[it]),
            )
            for it in STRATA
        ]
    return lines


def benchmark() -> list[Document]:
    per_capita = dict(zip(STRATA, ("92104.5", "11850.25", "15230.125", "9001"), strict=True))
    return [
        line(
            "mssp_benchmark/total_benchmark",
            "100000000",
            says="Updated benchmark of each enrolment type times its person-years, summed.",
            formula="sum(updated[it] * person_years[it] for it in updated)",
            inputs=[
                *(line_id("mssp_benchmark/updated", stratum=it) for it in STRATA),
                line_id("mssp_expenditure/total_expenditure", "base_3"),
            ],
        ),
        *(
            line(
                "mssp_benchmark/updated",
                value,
                "usd_per_capita",
                stratum=it,
                says="updated benchmark",
                source=fact(14),
            )
            for it, value in per_capita.items()
        ),
    ]


SCALE = "from 500; to 999; start 0.122; end 0.087 | from 60000; to None; start 0.02; end 0.02"


def settlement() -> list[Document]:
    own = "mssp_settlement/"
    return [
        line(
            own + "savings_or_losses",
            "2400000",
            says="Updated benchmark less expenditure, in dollars; below zero is a loss.",
            formula="total_benchmark - total_expenditure",
            inputs=[
                line_id("mssp_benchmark/total_benchmark"),
                line_id("mssp_expenditure/total_expenditure"),
            ],
        ),
        line(
            own + "minimum_savings_reached",
            "true",
            "flag",
            says="Whether savings are at least the minimum savings rate of the benchmark.",
            formula="savings_or_losses >= minimum_savings_rate * total_benchmark",
            inputs=[
                line_id(own + "savings_or_losses"),
                line_id(own + "minimum_savings_rate"),
                line_id("mssp_benchmark/total_benchmark"),
            ],
        ),
        line(
            own + "minimum_savings_rate",
            "0.02",
            "rate",
            says="Savings rate that opens sharing.",
            formula="if elected is not None:\n    return elected\nreturn scale(assigned, scale)",
            inputs=[
                line_id(own + "elected"),
                line_id(own + "assigned"),
                line_id("parameters/minimum_savings_scale"),
            ],
        ),
        line(
            own + "elected", "0.02", "rate", source={"kind": "term", "file": "contracts/l.yaml:22"}
        ),
        line(
            own + "assigned",
            "10138",
            "persons",
            says="beneficiaries assigned",
            source=table_cell("performance", "esrd", None, "10138"),
        ),
        line("parameters/minimum_savings_scale", SCALE, "brackets", source=parameter(40)),
        line(
            own + "shared_savings",
            "1800000",
            says="The ACO's share of the savings.",
            formula="savings_or_losses * final_sharing_rate",
            inputs=[
                line_id(own + "minimum_savings_reached"),
                line_id(own + "savings_or_losses"),
                line_id("parameters/maximum_sharing_rate"),
            ],
        ),
        line("parameters/maximum_sharing_rate", "0.75", "rate", source=parameter(61, "2027-12-31")),
        line(
            own + "shared_savings_after_sequestration",
            "1764000",
            says="Shared savings less sequestration. Losses are never sequestered.",
            formula="shared_savings * (1 - sequestration_rate)",
            inputs=[line_id(own + "shared_savings"), line_id("parameters/sequestration_rate")],
        ),
        line("parameters/sequestration_rate", "0.02", "rate", source=parameter(9)),
        line(
            own + "loss_limit",
            None,
            unknown="recoupment limit unknown: participant_revenue missing",
            says="Largest loss that is recouped.",
            formula="share * participant_revenue",
            inputs=[line_id(own + "participant_revenue")],
        ),
        line(
            own + "participant_revenue",
            None,
            source={"kind": "default", "says": "not supplied; taken as the rule says"},
        ),
        line(
            own + "recouped",
            "64000",
            says="Advance investment payments taken back.",
            inputs=[line_id(own + "balance")],
            formula="min(payment, balance)",
        ),
        line(own + "balance", "64000", source=fact(31)),
        line(
            own + "amount_due",
            "1700000.00",
            says="What CMS pays the ACO, or the ACO pays CMS (below zero).",
            formula="shared_savings_after_sequestration - recouped",
            inputs=[
                line_id(own + "shared_savings_after_sequestration"),
                line_id(own + "recouped"),
            ],
        ),
    ]


WAYS = {
    "payer_pays": (
        "total_benchmark",
        "less total_expenditure",
        "savings_or_losses",
        "shared_savings",
        "shared_savings_after_sequestration",
        "less recouped",
        "amount_due",
    ),
    "entity_pays": (
        "total_benchmark",
        "less total_expenditure",
        "savings_or_losses",
        "owed losses_within_limit",
        "amount_due",
    ),
}


def sample() -> Document:
    lines = [*settlement(), *benchmark(), *expenditure()]
    results = [
        *(line_id("mssp_expenditure/total_expenditure", period) for period in PERIODS),
        line_id("mssp_benchmark/total_benchmark"),
        line_id("mssp_settlement/savings_or_losses"),
        line_id("mssp_settlement/loss_limit"),
        line_id("mssp_settlement/amount_due"),
    ]
    years = {"performance": 2025, "base_1": 2022, "base_2": 2023, "base_3": 2024}
    return {
        "statement_id": HASH,
        "schema": "openvbc.statement/1",
        "title": "Lakeside ACO, Shared Savings Program, ENHANCED track",
        "program": "mssp",
        "contract": {"id": "lakeside", "sha256": HASH},
        "settlement": {"id": "lakeside_PY2025", "sha256": HASH},
        "run_id": HASH,
        "as_of": "2026-08-31",
        "kind": "final",
        "supersedes": None,
        "payer": {"id": "CMS", "name": "Centers for Medicare & Medicaid Services"},
        "entity": {"id": "A1001", "name": "Lakeside ACO"},
        "period": {"id": "PY2025", "first_day": "2025-01-01", "last_day": "2025-12-31"},
        "periods": {
            role: {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}
            for role, year in years.items()
        },
        "results": results,
        "waterfall": waterfall(WAYS, lines),
        "lines": lines,
    }


def changed(path: str, **fields: Any) -> Document:
    """The sample with one line changed."""
    document = sample()
    found = next(it for it in document["lines"] if it["id"] == line_id(path))
    found |= fields
    document["waterfall"] = waterfall(WAYS, document["lines"])
    return document


def loss() -> Document:
    """The same with expenditure of $103,000,000: −3,000,000 shared at 30 %, −900,000 owed."""
    document = changed("mssp_expenditure/total_expenditure", value="103000000")
    by_id = {it["id"]: it for it in document["lines"]}
    by_id[line_id("mssp_settlement/savings_or_losses")]["value"] = "-3000000"
    by_id[line_id("mssp_settlement/amount_due")]["value"] = "-900000"
    own = "mssp_settlement/losses_within_limit"
    document["lines"].append(line(own, "900000", formula="losses * rate"))
    by_id[line_id("mssp_settlement/amount_due")]["inputs"].append(line_id(own))
    document["waterfall"] = waterfall(WAYS, document["lines"])
    return document


def text_of(document: Document, **options: Any) -> str:
    console = Console(width=100, force_terminal=False, record=True, file=io.StringIO())
    console.print(render_text(document, **options))
    return console.export_text()


class Page(HTMLParser):
    """What a browser would see: tags with attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, name: str) -> list[str]:
        return [value for _, found in self.tags if (value := found.get(name))]


def schema() -> Document:
    path = Path(openvbc.contract.__file__).parent / "statement.schema.json"
    loaded: Document = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def broken(document: Document) -> list[str]:
    """What the JSON Schema has against a document."""
    validators = importlib.import_module("jsonschema")
    validators.Draft202012Validator.check_schema(schema())
    found = validators.Draft202012Validator(schema()).iter_errors(document)
    return [error.message for error in found]


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
    assert "revenue missing" in Page(render_html(document)).text


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
    assert "run        3f9a6c1d5b7e" in text
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


# The page


def test_the_page_holds_every_line_and_every_link_leads_somewhere() -> None:
    page = Page(render_html(sample()))
    assert page.open == []
    identities = page.attributes("id")
    assert len(identities) == len(set(identities))
    assert {it["path"] for it in sample()["lines"]} <= set(identities)
    cells = {it["id"] for it in sample()["lines"] if it["at"]["stratum"]}
    assert cells <= set(identities)
    targets = {unquote(link.removeprefix("#")) for link in page.attributes("href")}
    assert targets <= set(identities)
    for said in ("42 CFR 425.605", "* (1 - sequestration_rate )", "1,022"):
        assert said in page.text


def test_the_page_fetches_nothing_and_its_policy_forbids_it() -> None:
    html = render_html(sample())
    page = Page(html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form", "input"}
    assert not page.attributes("src") + page.attributes("style")
    assert all(link.startswith("#") for link in page.attributes("href"))
    policy = next(it for it in page.attributes("content") if it.startswith("default-src"))
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    hashed = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    )
    assert "@import" not in style.group(1)
    assert "url(" not in style.group(1).replace("url(#hatch)", "")


def test_cells_of_one_table_are_cited_once_with_the_persons_behind_each() -> None:
    text = Page(render_html(sample())).text
    assert text.count("table expenditure_cell, column counted_cents, where contract_id") == 2
    assert "lakeside and each cell's own period_id and enrolment_type" in text
    assert "Persons behind each value of counted expenditure" in text
    assert "fact, settlements/lakeside_PY2025.yaml:14, CMS report, received 2026-07-15" in text


def test_differing_sources_of_one_quantity_are_listed_with_their_cells() -> None:
    document = sample()
    cells = [it for it in document["lines"] if it["path"] == "mssp_benchmark/updated"]
    cells[0]["source"] = fact(99)
    text = Page(render_html(document)).text
    assert "2 entries performance (2025), ESRD fact, settlements/lakeside_PY2025.yaml:99" in text
    assert "performance (2025), disabled; performance (2025), aged dual" in text


def test_the_digits_that_a_page_does_not_show_are_given_exactly() -> None:
    document = changed("mssp_settlement/shared_savings", value="1800000.004")
    assert "Exactly 1800000.004" in Page(render_html(document)).text
    assert "Exactly" not in Page(render_html(sample())).text


def test_text_from_the_document_is_never_markup() -> None:
    document = sample()
    evil = "<script>alert(1)</script>"
    document["title"] = evil
    document["payer"]["name"] = evil
    for name in ("says", "cite", "formula"):
        document["lines"][0][name] = evil
    html = render_html(document, problems=[Problem(evil, "wrong")])
    assert "<script" not in html
    assert evil in Page(html).text


def test_the_page_can_be_read_aloud() -> None:
    page = Page(render_html(sample(), problems=[Problem("x:1", "missing")]))
    tags = [tag for tag, _ in page.tags]
    assert dict(page.tags)["html"]["lang"] == "en"
    assert [tags.count(it) for it in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tags.count("caption") == tags.count("table")
    assert all("scope" in found for tag, found in page.tags if tag == "th")
    drawn = next(found for tag, found in page.tags if tag == "svg")
    assert drawn["role"] == "img"
    assert set((drawn["aria-labelledby"] or "").split()) <= set(page.attributes("id"))
    assert "savings or losses $2,400,000.00" in page.text


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return sum(weight * it for weight, it in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "paper"])
def test_text_stands_out_from_its_ground(scheme: int) -> None:
    """WCAG 2 AA: (lighter + 0.05) ÷ (darker + 0.05) is at least 4.5."""
    css = (Path(openvbc.contract.__file__).parent / "statement.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[scheme]
    colours = {
        name: "#" + "".join(digit * (2 if len(code) == 3 else 1) for digit in code)
        for name, code in re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", block)
    }
    for ink in ("ink", "soft", "accent", "below", "warn"):
        for ground in ("paper", "accent-soft"):
            if ground == "paper" or ink in {"ink", "soft"}:
                low, high = sorted((_luminance(colours[ink]), _luminance(colours[ground])))
                assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def opened(html: str, folder: Path) -> tuple[str, list[str]]:
    """The page as a browser holds it after opening it from disk, and what it complains of."""
    page = folder / "statement.html"
    page.write_text(html, encoding="utf-8")
    options = [*QUIET, f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr"]
    done = subprocess.run(  # noqa: S603 - a fixed program on our own page
        [str(BROWSER), *options, "--dump-dom", page.as_uri()],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    return done.stdout, [row for row in done.stderr.splitlines() if "CONSOLE" in row]


@pytest.mark.skipif(BROWSER is None, reason="no chromium found to open the page in")
def test_a_browser_opens_the_page_from_disk_and_asks_for_nothing_else(tmp_path: Path) -> None:
    """The page passes its own policy, which allows no request; a picture put into it does not."""
    html = render_html(sample())
    content, complaints = opened(html, tmp_path)
    headings = re.findall(r"<h[12][^>]*>([^<]+)<", content)
    assert headings[0] == "Lakeside ACO, Shared Savings Program, ENHANCED track"
    assert "How each amount came about" in headings
    assert complaints == []
    picture = '<img src="https://openvbc.invalid/x.png" alt="">'
    _, complaints = opened(html.replace("<header>", f"<header>{picture}"), tmp_path)
    assert "https://openvbc.invalid/x.png" in "".join(complaints)


# The form of the JSON


def test_the_sample_has_the_form_of_a_statement() -> None:
    assert broken(sample()) == []
    assert broken(loss()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"kind": "draft"},
        {"schema": "openvbc.statement/2"},
        {"as_of": "31.8.2026"},
        {"statement_id": "abc"},
        {"results": ["no line id"]},
        {"waterfall": [{"line": line_id("a/b"), "step": "plus"}]},
        {"lines": [line("a/b", "1", formula="c", unit="euro")]},
        {"lines": [line("a/b", "1", formula="c", unknown="and yet a value")]},
        {"lines": [line("a/b", "1", formula="c", source=fact(1))]},
        {"lines": [line("a/b", "1")]},
        {"lines": [line("a/b", "1", source={**fact(1), "page": 3})]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_is_refused(change: Document) -> None:
    assert broken({**deepcopy(sample()), **change})
