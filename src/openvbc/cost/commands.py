"""`vbc cost`: an analysis' cost as tables, for other programs, and as one page."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from openvbc.confidentiality.release import asked_release
from openvbc.console import (
    JsonOption,
    PurposeOption,
    RecipientOption,
    WorkspaceOption,
    out,
    print_json,
)
from openvbc.cost.book import Book, open_book
from openvbc.cost.change import asked_years, trend
from openvbc.cost.market import concentration, markets, read_owners, shares
from openvbc.cost.page import render_page
from openvbc.cost.panels import expected, fairness
from openvbc.cost.section import LONG, Section, long_rows, section_text, sections_csv
from openvbc.cost.stays import read_days, stays
from openvbc.cost.totals import by_way, primary_care, stop_loss
from openvbc.csvtable import Row
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.store import publish_text
from openvbc.errors import InputError, Problem
from openvbc.money import parse_decimal, to_cents
from openvbc.workspace import Workspace

OWNER_ONLY: Final = 0o600


class Way(StrEnum):
    """By what cost is shown."""

    MONTH = "month"
    CATEGORY = "category"
    PLACE = "place"
    TIN = "tin"
    NPI = "npi"
    CCN = "ccn"
    INITIATOR = "initiator"


@dataclass(frozen=True)
class Asked:
    """Which tables are asked for."""

    ways: Sequence[str]
    trend: str | None
    primary_care: bool
    market: bool
    expected: bool
    stays: bool
    cuts: Sequence[int]
    risk: str | None
    owners: Sequence[Row]
    days: dict[str, Decimal]


def cost(
    analysis: Annotated[
        str | None, typer.Argument(help="The analysis of analyses.yaml.", show_default="the only")
    ] = None,
    by: Annotated[
        list[Way] | None, typer.Option(help="Total cost by this.", show_default="category")
    ] = None,
    trend_of: Annotated[
        str | None, typer.Option("--trend", help="Split the change of two years: 2024:2025.")
    ] = None,
    care: Annotated[
        bool, typer.Option("--primary-care", help="The share of primary care, narrow and broad.")
    ] = False,
    market: Annotated[
        bool, typer.Option("--market", help="Shares and concentration by county.")
    ] = False,
    owners: Annotated[
        Path | None, typer.Option(help="Who owns which TIN: tin,owner,first_day,last_day.")
    ] = None,
    against: Annotated[
        bool, typer.Option("--expected", help="Panels: actual, expected, credibility, need.")
    ] = False,
    risk: Annotated[
        str | None, typer.Option(help="The risk model of what is expected.", show_default="first")
    ] = None,
    hospital: Annotated[
        bool, typer.Option("--stays", help="Days in hospital against expected by DRG.")
    ] = False,
    expected_days: Annotated[
        Path | None, typer.Option(help="Expected days: drg,days.", show_default="the book's mean")
    ] = None,
    cut: Annotated[
        list[str] | None, typer.Option(help="Pool what a person costs above these dollars.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--parquet", help="Write the tables here, in long form.")
    ] = None,
    page: Annotated[Path | None, typer.Option("--html", help="Write one page here.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    purpose: PurposeOption = None,
    recipient: RecipientOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Show total cost of care: by what, its trend, primary care, market, panels, stays.

    Of the years of an analysis with measures: [cost]. Counts of 1 to 10 people are not told.
    """
    release = asked_release(purpose, recipient, with_sensitive=False)
    space = Workspace(workspace)
    space.check_use(release.purpose, recipient=recipient)
    ways = list(by or ())
    if not any((ways, trend_of, care, market, against, hospital, cut)):
        ways = [Way.CATEGORY]
    asked = Asked(
        ways, trend_of, care, market, against, hospital,
        [_cents(it) for it in cut or ()], risk, read_owners(owners), read_days(expected_days),
    )  # fmt: skip
    engine = space.fresh_run().open()
    try:
        book = open_book(engine, analysis)
        sections = list(report(space, book, asked))
        if file is not None:
            _write(engine, sections, file)
    finally:
        engine.close()
    space.record("cost", release, {"shown": sum(len(it.rows) for it in sections), "withheld": 0})
    if page is not None:
        publish_text(page, render_page(book.name, sections))
    _print(sections, as_json=as_json, as_csv=as_csv)


def _cents(text: str) -> int:
    amount = parse_decimal(text)
    if amount is None or amount <= 0:
        raise InputError(Problem("--cut", f"found {text!r}, expected dollars above zero"))
    return to_cents(amount)


def report(space: Workspace, book: Book, asked: Asked) -> Iterator[Section]:
    """The tables that are asked for, in the order of the page."""
    for way in asked.ways:
        yield from (by_way(book, year, way) for year in book.years)
    if asked.trend:
        yield trend(space, book, asked_years(asked.trend, book), asked.risk)
    if asked.primary_care:
        yield primary_care(book)
    if asked.market:
        found = markets(book, asked.owners)
        yield concentration(book, found)
        yield from (shares(book, year, it) for year, it in found.items())
    if asked.expected:
        for year in book.years:
            yield expected(book, year, asked.risk)
            yield fairness(book, year, asked.risk)
    if asked.stays:
        yield from (stays(book, year, asked.days) for year in book.years)
    if asked.cuts:
        yield stop_loss(book, asked.cuts)


def _write(engine: DuckDBEngine, sections: Sequence[Section], file: Path) -> None:
    """Write the tables as Parquet for their owner alone."""
    if file.suffix != ".parquet":
        raise InputError(Problem("--parquet", f"found {file.name}, expected a name in .parquet"))
    types = {"row": "BIGINT"}
    schema = {name: types.get(name, "VARCHAR") for name in LONG}
    engine.rows_as_table("cost_report", schema, long_rows(sections))
    file.touch(OWNER_ONLY)
    quoted = str(file).replace("'", "''")
    engine.rows(f"COPY cost_report TO '{quoted}' (FORMAT parquet, USE_TMP_FILE false)")


def _print(sections: Sequence[Section], *, as_json: bool, as_csv: bool) -> None:
    if as_json:
        print_json([it.to_json() for it in sections])
    elif as_csv:
        sys.stdout.write(sections_csv(sections))
    else:
        for it in sections:
            out.print(section_text(it))
