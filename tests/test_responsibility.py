"""The division of financial responsibility: every line of claims lands in exactly one cell.

Two rows for one cell would pay a line twice, a cell without a row would pay it never; so both are
refused, and a line of a service that the matrix does not know is listed with its cents.
"""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from openvbc.contract.contract import read_contract
from openvbc.contract.settle import settle
from openvbc.contract.settlement import read_settlement
from openvbc.errors import CheckFailedError, InputError
from openvbc.responsibility.divide import capitation_facts, divide, service_facts
from openvbc.responsibility.matrix import POOLS, Matrix, read_matrix
from openvbc.responsibility.show import division_text
from openvbc.yamlfile import write_yaml
from seen import Seen
from test_docs import FENCE

PAGE = Path(__file__).parents[1] / "docs" / "responsibility.md"
HEAD = "service,place,network,pool,valid_from,valid_to\n"
RECEIVED = date(2027, 5, 15)


def example(name: str) -> str:
    """A file or an output of the page."""
    blocks: list[tuple[str, str, str]] = FENCE.findall(PAGE.read_text("utf-8"))
    return next(body for _, title, body in blocks if name in title)


def matrix(folder: Path, *rows: str) -> Matrix:
    path = folder / "matrix.csv"
    path.write_text(HEAD + "".join(f"{it}\n" for it in rows))
    return read_matrix(path)


def refused(folder: Path, *rows: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        matrix(folder, *rows)
    return [str(it).removeprefix(f"{folder}/") for it in caught.value.problems]


def summary(folder: Path, *lines: str) -> Path:
    path = folder / "summary.csv"
    path.write_text("service,place,network,month,cents\n" + "".join(f"{it}\n" for it in lines))
    return path


def page_files(folder: Path) -> tuple[Matrix, Path]:
    (folder / "matrix.csv").write_text(example("harbor_responsibility.csv"))
    (folder / "summary.csv").write_text(example("summary.csv"))
    return read_matrix(folder / "matrix.csv"), folder / "summary.csv"


# The example of the page


def test_the_example_of_the_page_gives_the_table_that_it_shows(tmp_path: Path) -> None:
    found = divide(*page_files(tmp_path))
    # $79,999.50 + $12,000.00 + $610,000.00 − $150.00 = $701,849.50
    assert found.pools["professional"].cents == 7_999_950 + 1_200_000 + 61_000_000 - 15_000
    assert found.pools["professional"].cents == 70_184_950
    # $4,125,000.00 of inpatient care + $81,250.50 of imaging before July
    assert found.pools["hospital"].cents == 412_500_000 + 8_125_050
    assert [(it.line, it.cents) for it in found.unmapped] == [(11, 900_000)]
    page = io.StringIO()
    Console(file=page, width=80, no_color=True).print(division_text(found))
    assert "\n".join(it.rstrip() for it in page.getvalue().splitlines()) + "\n" == example(
        "division"
    )


def test_what_comes_in_goes_out(tmp_path: Path) -> None:
    said = divide(*page_files(tmp_path)).to_json()
    pools, unmapped = said["pools"].values(), said["unmapped"]
    assert said["lines"] == 10 == sum(it["lines"] for it in pools) + unmapped["lines"]
    assert said["cents"] == sum(it["cents"] for it in pools) + unmapped["cents"]
    assert sum(it["lines"] for it in said["cells"]) == 9
    assert (said["first_month"], said["last_month"]) == ("2026-05", "2026-07")


# What is refused


def test_two_rows_for_one_cell_in_one_month_are_refused_at_the_later_line(tmp_path: Path) -> None:
    """A row with `*` has no lower rank: whoever wrote both must say which holds."""
    assert refused(
        tmp_path,
        "imaging,*,in,hospital,2026-01-01,2026-12-31",
        "imaging,office,in,professional,2026-07-01,2026-12-31",
    ) == [
        (
            "matrix.csv:3: imaging × office × in is hospital in line 2 too from 2026-07-01; "
            "a month has one pool"
        )
    ]


def test_two_rows_with_stars_overlap_in_a_cell_that_nobody_names(tmp_path: Path) -> None:
    said = refused(tmp_path, "imaging,*,*,hospital,,", "*,office,*,professional,,")
    assert "matrix.csv:3: imaging × office × any other is hospital in line 2 too" in said[0]


def test_a_cell_without_a_pool_is_refused(tmp_path: Path) -> None:
    """Imaging is in the office and visits in the clinic: two of the four cells have no row."""
    assert refused(tmp_path, "imaging,office,*,hospital,,", "visit,clinic,*,professional,,") == [
        "matrix.csv: imaging × clinic × any other has no pool; add a row",
        "matrix.csv: visit × office × any other has no pool; add a row",
    ]


def test_a_month_without_a_pool_is_refused_at_the_row_before_it(tmp_path: Path) -> None:
    assert refused(
        tmp_path,
        "visit,*,*,payer,2026-01-01,2026-03-31",
        "visit,*,*,hospital,2026-05-01,2026-12-31",
        "drug,*,*,pharmacy,2026-01-01,2027-01-31",
    ) == [
        (
            "matrix.csv:3: visit × any other × any other has no pool "
            "from 2026-04-01 to 2026-04-30; add a row"
        ),
        (
            "matrix.csv:3: visit × any other × any other has no pool "
            "from 2027-01-01 to 2027-01-31; add a row"
        ),
    ]


def test_everything_wrong_with_the_rows_is_told_at_once(tmp_path: Path) -> None:
    assert refused(
        tmp_path,
        "visit,,*,payor,2026-01-01,2026-03-31",
        "visit,office,*,payer,2026-01-15,2026-13-31",
        "drug,*,*,pharmacy,2026-05-01,2026-03-31",
    ) == [
        "matrix.csv:2: place is empty; name one, or write * for every place",
        "matrix.csv:2: pool: found payor; did you mean payer?",
        "matrix.csv:3: valid_to: found '2026-13-31', expected YYYY-MM-DD",
        (
            "matrix.csv:3: valid_from 2026-01-15: expected the first day of a month; "
            "lines come by month"
        ),
        "matrix.csv:4: valid_to 2026-03-31 is before valid_from 2026-05-01",
    ]


def test_a_matrix_that_is_empty_cut_short_or_lacks_a_column_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path) == ["matrix.csv: has no row; nothing would land anywhere"]
    assert "matrix.csv:2: has another number of cells" in refused(tmp_path, "visit,*,*")[0]
    path = tmp_path / "matrix.csv"
    path.write_text("service,place,pool\n")
    with pytest.raises(InputError, match=r"matrix.csv:1: lacks the columns network, valid_from"):
        read_matrix(path)


def test_wrong_lines_of_the_summary_are_refused_with_their_lines(tmp_path: Path) -> None:
    """Cents are whole: $12.50 as 12.50 would be twelve cents and a half to somebody."""
    rule = matrix(tmp_path, "visit,*,*,payer,,")
    path = summary(tmp_path, "visit,office,in,2026-13,100", "visit,office,in,2026-05,12.50")
    with pytest.raises(InputError) as caught:
        divide(rule, path)
    assert [str(it).removeprefix(f"{tmp_path}/") for it in caught.value.problems] == [
        "summary.csv:2: month: found '2026-13', expected YYYY-MM",
        "summary.csv:3: cents: found '12.50', expected whole cents such as 125000",
    ]


# Facts of a settlement

CONTRACT = """\
contract: harbor
title: Harbor Health and Northside Medical Group, capitation of two pools
parties:
  payer: {id: HARBOR, name: Harbor Health Plan}
  entity: {id: NMG, name: Northside Medical Group}
line_of_business: commercial
agreement: {start: 2026-01-01}
components:
  - capitated_services: {strata: [payer, hospital, professional, pharmacy, carve_out]}
  - capitation:
      strata: [adult]
      capitation_rate: {adult: 420}
"""


def test_facts_are_refused_while_a_line_is_unmapped(tmp_path: Path) -> None:
    found = divide(*page_files(tmp_path))
    for make in (service_facts, capitation_facts):
        with pytest.raises(CheckFailedError, match=r"summary.csv:11: is in no cell of the matrix"):
            make(found, ["hospital"], source="claims", received_on=RECEIVED)
    with pytest.raises(InputError, match="hospitals: no such pool"):
        service_facts(found, ["hospitals"], source="claims", received_on=RECEIVED)


def test_the_totals_settle_a_capitation_to_the_cent(tmp_path: Path) -> None:
    rule, path = page_files(tmp_path)
    path.write_text(path.read_text().replace("dialysis,clinic,in,2026-06,900000\n", ""))
    found = divide(rule, path)
    given = {"source": "claims", "received_on": RECEIVED}
    covered = ["hospital", "professional"]
    facts = service_facts(found, covered, source="claims", received_on=RECEIVED)
    facts["capitation_member_months"] = {"unit": "months", **given, "values": {"adult": 12000}}
    facts["capitation_prepaid"] = {"unit": "usd", **given, "value": 5_040_000}
    year = {"first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)}
    head = {"contract": "harbor", "period": "CY2026", **year, "kind": "final"}
    write_yaml(tmp_path / "s.yaml", {**head, "as_of": date(2027, 6, 30), "facts": facts})
    (tmp_path / "c.yaml").write_text(CONTRACT)
    contract = read_contract(tmp_path / "c.yaml")
    one = read_settlement(tmp_path / "s.yaml", {"harbor": contract})
    done = settle(one, one.facts(), None)
    assert done.holds, done.problems
    values = {it["path"]: it["value"] for it in done.document["lines"] if not it["at"]["stratum"]}
    # hospital $4,206,250.50 + professional $701,849.50 = $4,908,100.00
    assert values["capitated_services/capitated_cost"] == "4908100"
    # 12,000 × $420 = $5,040,000; less the cost: $131,900.00 of surplus
    assert values["capitation/capitation_surplus"] == "131900"
    alone = capitation_facts(found, covered, source="claims", received_on=RECEIVED)
    assert alone["capitated_cost"]["value"] == 4_908_100


# Properties: the matrix as its rows say it, one by one, is the judge

SERVICES, PLACES, NETWORKS = ("drug", "visit"), ("home", "office"), ("in",)
MONTHS = tuple(date(2026, number, 1) for number in range(1, 5))
ENDS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))
OTHER = "unheard_of"

Written = tuple[str, str, str, str, int, int]

rows = st.lists(
    st.tuples(
        st.sampled_from((*SERVICES, "*")),
        st.sampled_from((*PLACES, "*")),
        st.sampled_from((*NETWORKS, "*", "*")),
        st.sampled_from(POOLS),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=4,
)
"""Any rows; most of these matrices overlap or leave cells without a pool."""


@st.composite
def divided(draw: st.DrawFn) -> list[Written]:
    """Rows that hold every cell once: the axes are split as drawn, and so are the months."""
    found: list[Written] = []
    services = draw(st.sampled_from([("*",), SERVICES]))
    for service in services:
        for place in draw(st.sampled_from([("*",), PLACES])):
            cut = draw(st.integers(0, 3))
            first, second = draw(st.sampled_from(POOLS)), draw(st.sampled_from(POOLS))
            spans = [(0, cut, first), (cut + 1, 3, second)] if cut < 3 else [(0, 3, first)]
            found += [(service, place, "*", pool, one, last) for one, last, pool in spans]
    return draw(st.permutations(found))


def matching(written: Sequence[Written], cell: tuple[str, str, str], month: int) -> list[str]:
    """The pools of the rows that hold a cell in a month, row by row."""
    return [
        pool
        for *names, pool, first, last in written
        if all(name in {"*", value} for name, value in zip(names, cell, strict=True))
        and first <= month <= last
    ]


def text(row: Written) -> str:
    *names, pool, first, last = row
    return ",".join([*names, pool, MONTHS[first].isoformat(), ENDS[last].isoformat()])


def whole(written: Sequence[Written]) -> bool:
    """Whether no cell has two pools, and each cell of named values has one in each month."""
    lo, hi = min(it[4] for it in written), max(it[5] for it in written)
    named = [{it[0] for it in written}, {it[1] for it in written}, {it[2] for it in written}]
    named = [values - {"*"} for values in named]
    for service in (*named[0], OTHER):
        for place in (*named[1], OTHER):
            for network in (*named[2], OTHER):
                cell = (service, place, network)
                due = all(v != OTHER or not n for v, n in zip(cell, named, strict=True))
                counts = [len(matching(written, cell, it)) for it in range(lo, hi + 1)]
                if max(counts) > 1 or (due and min(counts) == 0):
                    return False
    return True


def test_a_matrix_is_accepted_just_when_every_cell_has_one_pool(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("matrix")
    seen = Seen("whole", "refused", "starred")

    @settings(max_examples=600, deadline=None)
    @given(st.one_of(rows, divided()))
    def holds(written: list[Written]) -> None:
        written = [(*it[:4], min(it[4:]), max(it[4:])) for it in written]
        right = whole(written)
        starred = any("*" in it[:3] for it in written)
        seen.note(whole=right, refused=not right, starred=starred)
        try:
            matrix(folder, *map(text, written))
        except InputError:
            assert not right
        else:
            assert right

    holds()
    seen.check()


lines = st.lists(
    st.tuples(
        st.sampled_from((*SERVICES, OTHER, "")),
        st.sampled_from((*PLACES, OTHER)),
        st.sampled_from((*NETWORKS, OTHER)),
        st.integers(0, 3),
        st.integers(-(10**9), 10**12),
    ),
    max_size=12,
)


def test_every_line_lands_in_the_one_row_that_holds_it_or_is_listed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("lines")
    seen = Seen("unmapped", "reversal", "several_pools")

    @settings(max_examples=500, deadline=None)
    @given(divided(), lines)
    def holds(written: list[Written], came: list[tuple[str, str, str, int, int]]) -> None:
        rule = matrix(folder, *map(text, written))
        path = summary(folder, *(f"{a},{b},{c},{MONTHS[m]:%Y-%m},{n}" for a, b, c, m, n in came))
        found = divide(rule, path)
        pools = [matching(written, (a, b, c), m) for a, b, c, m, _ in came]
        assert [[it.span.pool] if it.span else [] for it in found.landed] == pools
        unmapped = sum(it.cents for it in found.unmapped)
        assert sum(it.cents for it in found.pools.values()) + unmapped == sum(n for *_, n in came)
        counted = sum(it.lines for it in found.pools.values()) + len(found.unmapped)
        assert counted == len(came)
        seen.note(
            unmapped=bool(found.unmapped),
            reversal=any(n < 0 for *_, n in came),
            several_pools=len({it[0] for it in pools if it}) > 1,
        )

    holds()
    seen.check()


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    body = example("harbor_responsibility.csv").splitlines()
    (tmp_path / "summary.csv").write_text(example("summary.csv"))
    (tmp_path / "one.csv").write_text("\n".join(body))
    (tmp_path / "two.csv").write_text("\n".join([body[0], *reversed(body[1:])]))
    one, two = (
        divide(read_matrix(tmp_path / it), tmp_path / "summary.csv").pools
        for it in ("one.csv", "two.csv")
    )
    assert one == two
