"""A mapping: what each canonical column is made of, loaded by the ordinary load.

The example is that of the documentation's page on mappings: four claim lines of a plan, of which
the last takes a claim back.
"""

import gzip
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load_tables import load_it, quarantine, rows
from openvbc.errors import InputError
from openvbc.mapping.check import check
from openvbc.mapping.document import read_mapping
from openvbc.mapping.expression import parse
from openvbc.sources.landing import _MACROS

PAGE = Path(__file__).parents[1] / "docs" / "mapping.md"
FENCE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = dict(FENCE.findall(PAGE.read_text(encoding="utf-8")))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A folder with the page's file, and its mapping beside it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "harbor.csv").write_text(SHOWN["harbor.csv"])
    (tmp_path / "harbor.yaml").write_text(SHOWN["harbor.yaml"])
    return tmp_path


def load_page(page: Path, data: str = "data") -> Any:
    return load_it(page / data, page / "in", kind=str(page / "harbor.yaml"))


def test_the_example_of_the_page_loads(page: Path) -> None:
    """Paid: 64.40 + 6.40 + 8,800.00, and 32.00 taken back. A2 was never paid by check: it stands
    from its last day."""
    result = load_page(page)
    columns = (
        "claim_key, claim_line_number, version_type, sign, claim_type, effective_on::VARCHAR, "
        "charge_cents, allowed_cents, paid_cents, billing_tin, payer"
    )
    first = ("harbor:A1", 1, "original", 1, "professional", "2024-04-01")
    second = ("harbor:A1", 2, "original", 1, "professional", "2024-04-01")
    stay = ("harbor:A2", 1, "original", 1, "institutional", "2024-03-25")
    back = ("harbor:A3", 1, "cancel", -1, "institutional", "2024-05-01")
    assert rows(result, "medical_claim", columns) == [
        (*first, 12000, 8050, 6440, "123456789", "Harbor"),
        (*second, 2000, 850, 640, "123456789", "Harbor"),
        (*stay, 1200000, 900000, 880000, "987654321", "Harbor"),
        (*back, 5000, 4000, 3200, "987654321", "Harbor"),
    ]
    assert rows(result, "person", "person_id, birth_date::VARCHAR, sex") == [
        ("M1", "1950-02-14", "female"),
        ("M2", "1961-12-31", "male"),
    ]
    assert result.tables["person"].redelivered == 2
    assert rows(result, "medical_claim", "DISTINCT file_name") == [("harbor.csv",)]
    assert quarantine(result) == []


def test_the_check_of_the_example_finds_nothing(page: Path) -> None:
    report = check(page / "harbor.yaml", page / "in")
    assert report.findings == ()
    assert report.set_aside == {"medical_claim": 0, "person": 0}


def test_what_a_mapping_says_is_part_of_the_loads_id_and_how_it_is_written_is_not(
    page: Path,
) -> None:
    first = load_page(page)
    assert first.kind == read_mapping(page / "harbor.yaml").kind
    kept = page / "data" / "mappings" / f"{first.kind.replace('@', '-')}.yaml"
    assert kept.read_text() == SHOWN["harbor.yaml"]
    assert load_page(page).already_loaded
    mapping = page / "harbor.yaml"
    mapping.write_text("# another comment\n" + SHOWN["harbor.yaml"].replace('"-"', "'-'"))
    assert load_page(page).already_loaded
    mapping.write_text(SHOWN["harbor.yaml"].replace("F: female", "F: unknown"))
    assert load_page(page, "other").load_id != first.load_id


@pytest.mark.parametrize("form", ["tsv", "psv", "parquet", "csv.gz"])
def test_other_forms_of_the_same_file_give_the_same_rows(page: Path, form: str) -> None:
    before = rows(load_page(page), "medical_claim", "* EXCLUDE (file_name, load_id)")
    path = page / "in" / "harbor.csv"
    other = page / "in" / f"harbor.{form}"
    with duckdb.connect(config={"threads": 1, "memory_limit": "200MB"}) as connection:
        said = {
            "tsv": "FORMAT csv, HEADER, DELIMITER '\t'",
            "psv": "FORMAT csv, HEADER, DELIMITER '|'",
            "parquet": "FORMAT parquet",
        }
        if form in said:
            read = f"SELECT * FROM read_csv('{path}', all_varchar = true)"
            connection.execute(f"COPY ({read}) TO '{other}' ({said[form]})")
        else:
            other.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    after = load_page(page, "other")
    assert rows(after, "medical_claim", "* EXCLUDE (file_name, load_id)") == before


def test_a_row_that_has_not_the_declared_form_is_set_aside_by_the_load(page: Path) -> None:
    """Two bad lines: a day that there is not, and a third of a cent."""
    bad = [
        "A4,1,M1,02/14/1950,F,P,02/31/2024,03/05/2024,O,1,1.00,1.00,1.00,04/01/2024",
        "A5,1,M1,02/14/1950,F,P,03/05/2024,03/05/2024,O,1,1.00,1.00,1.003,04/01/2024",
    ]
    (page / "in" / "harbor.csv").write_text(SHOWN["harbor.csv"] + "\n".join(bad) + "\n")
    assert quarantine(load_page(page)) == [
        (
            "medical_claim",
            "harbor.csv",
            5,
            "claim_start_date: found text that is not a date as YYYY-MM-DD",
        ),
        ("medical_claim", "harbor.csv", 6, "paid_cents: more than two decimals"),
    ]


def test_a_file_that_lacks_a_column_is_refused(page: Path) -> None:
    (page / "in" / "harbor.csv").write_text(SHOWN["harbor.csv"].replace("Net Paid", "Paid Net"))
    with pytest.raises(InputError, match=r"harbor\.csv:1: missing column net paid; add it"):
        load_page(page)


def test_only_files_of_the_name_are_read(page: Path) -> None:
    (page / "in" / "notes.csv").write_text("a,b\n1,2\n")
    assert load_page(page).ignored == ("notes",)


FAULTS = """\
mapping: Harbor Claims
tabels: {}
tables:
  medical_claim:
    claim_id: {column: A, sql: "DROP TABLE x"}
    paid_cents: B
    charge_cents: {column: C, money: pounds}
    claim_start_date: {column: D, date: "%m/%d/%y"}
    claim_end_date: {column: D, date: "%Q"}
    drg_cod: E
    denied: {column: F, money: dollars}
    paid_date: {column: F, time: "%Y"}
    sex: {constant: x}
    hcpcs_code: {column: A, constant: x}
    sign: {column: A, otherwise: keep}
    version_type: {column: A, codes: [O, V]}
    effective_on: {first_of: A}
    claim_line_number: {number_within: []}
    facility_npi: {column: G, width: 0}
    plan: 5
    place_of_service_code: {column: G, codes: {01: "11"}, remove: 5}
    ime_cents: {first_of: [H, {column: I, money: cents}]}
    dsh_cents: {column: H, money: [cents]}
"""


def test_every_fault_of_a_mapping_is_told_with_its_line(tmp_path: Path) -> None:
    """First those of the frame; once it stands, those of the columns."""
    path = tmp_path / "m.yaml"
    path.write_text(FAULTS)
    with pytest.raises(InputError) as frame:
        read_mapping(path)
    assert [str(it.where) for it in frame.value.problems] == [f"{path}:2", f"{path}:1"]
    path.write_text(FAULTS.replace("Harbor Claims", "harbor").replace("tabels: {}\n", "says: x\n"))
    with pytest.raises(InputError) as columns:
        read_mapping(path)
    told = [str(it).removeprefix(f"{path}:") for it in columns.value.problems]
    expected = [
        "5: claim_id: sql cannot stand here",
        "6: paid_cents: say whether B holds money: dollars or money: cents",
        "7: charge_cents: money: expected dollars or cents",
        "8: claim_start_date: date: %m/%d/%y has %y; two digits do not say the century",
        "9: claim_end_date: date: %Q is no format of a day",
        "10: drg_cod is no column of the table; did you mean drg_code?",
        "11: denied: holds no money",
        "12: paid_date: holds no time; say date",
        "13: sex is no column of the table",
        "14: hcpcs_code: expected exactly one of",
        "15: sign: otherwise: stands only beside codes",
        "16: version_type: codes: expected a mapping of the file's codes to ours",
        "17: effective_on: first_of: expected a list of expressions",
        "18: claim_line_number: number_within: expected a list of columns",
        "19: facility_npi: width: expected a whole number from 1 to 50",
        "20: plan: expected the name of a column",
        "21: place_of_service_code: remove: expected the characters to take out",
        "21: place_of_service_code: put the file's values below codes and empty in quotes",
        "22: ime_cents: say whether H holds money: dollars or money: cents",
        "23: dsh_cents: money: expected dollars or cents",
        "4: medical_claim.claim_key is required",
        "4: medical_claim.version_number is required",
        "4: medical_claim.claim_type is required",
        "4: medical_claim.person_id is required",
    ]
    assert len(told) == len(expected)
    assert [it for it, line in zip(expected, told, strict=True) if not line.startswith(it)] == []


@pytest.mark.parametrize(
    "content",
    [
        "mapping: a\n",
        "mapping: a\ntables: []\n",
        "mapping: a\ntables: {claims: {}}\n",
        "a: [\n",
        "",
    ],
    ids=["none", "a list", "no such table", "no YAML", "empty"],
)
def test_a_mapping_without_tables_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "m.yaml").write_text(content)
    with pytest.raises(InputError, match=r"m\.yaml"):
        read_mapping(tmp_path / "m.yaml")


def value_of(expression: Any, **cells: str | None) -> str | None:
    """What an expression gives for one row."""
    faults: list[str] = []
    it = parse(expression, faults.append)
    assert it is not None, faults
    listed = ", ".join(f"? AS {name}" for name in cells)
    with duckdb.connect(config={"threads": 1, "memory_limit": "100MB"}) as connection:
        connection.execute(_MACROS[0])
        sql = f"SELECT {it.sql()} FROM (SELECT {listed}, 'f' AS file_name, 1 AS row_number)"
        found = connection.execute(sql, list(cells.values())).fetchall()[0][0]
        return None if found is None else str(found)


@pytest.mark.parametrize(
    ("expression", "cell", "expected"),
    [
        ("A", "  x ", "x"),
        ("A", "  ", None),
        ({"column": "A", "empty": ["00000000"]}, "00000000", None),
        ({"column": "A", "remove": "-."}, "I50.-9", "I509"),
        ({"column": "A", "upper": True}, "g0439", "G0439"),
        ({"column": "A", "width": 4}, "450", "0450"),
        ({"column": "A", "width": 3}, "0111", "111"),
        ({"column": "A", "width": 3}, "12345", "12345"),
        ({"column": "A", "codes": {"M": "male"}}, "M", "male"),
        ({"column": "A", "codes": {"M": "male"}}, "X", "X"),
        ({"column": "A", "codes": {"M": "male"}, "otherwise": "empty"}, "X", None),
        ({"column": "A", "codes": {"V": -1}, "otherwise": {"constant": 1}}, None, "1"),
        ({"column": "A", "codes": {"Y": True}}, "Y", "true"),
        ({"column": "A", "date": "%m/%d/%Y"}, "3/5/2024", "2024-03-05"),
        ({"column": "A", "date": ["%m/%d/%Y", "%Y%m%d"]}, "20240305", "2024-03-05"),
        ({"column": "A", "date": "%m/%d/%Y"}, "02/30/2024", "02/30/2024"),
        ({"column": "A", "time": "%m/%d/%Y %H:%M"}, "3/5/2024 10:15", "2024-03-05 10:15:00"),
        ({"column": "A", "money": "dollars"}, "$1,234.50", "123450"),
        ({"column": "A", "money": "dollars"}, "(12.00)", "-1200"),
        ({"column": "A", "money": "dollars"}, "12.05-", "-1205"),
        ({"column": "A", "money": "dollars"}, "12.345", "12.345"),
        ({"column": "A", "money": "dollars", "unsigned": True}, "-12", "1200"),
        ({"column": "A", "money": "cents"}, "12", "12"),
        ({"constant": "it's"}, "", "it's"),
        ({"join": [{"constant": "h"}, "A"], "with": ":"}, "1", "h:1"),
        ({"join": [{"constant": "h"}, "A"], "with": ":"}, "", None),
        ({"first_of": ["A", {"constant": "none"}]}, "", "none"),
        ({"number_within": ["A"]}, "x", "1"),
    ],
)
def test_each_expression_says_one_thing(expression: Any, cell: str | None, expected: str) -> None:
    assert value_of(expression, a=cell) == expected


@given(
    cents=st.integers(-(10**12), 10**12),
    form=st.sampled_from(["{:.2f}", "{:,.2f}", "${:,.2f}", "({:.2f})", "{:.2f}-", "{:.3f}"]),
)
@settings(max_examples=60, deadline=None)
def test_dollars_are_read_to_the_cent(cents: int, form: str) -> None:
    """Whatever a plus, a comma or a bracket says, the cents are those that were written."""
    takes_sign = form in {"({:.2f})", "{:.2f}-"}
    amount = Decimal(abs(cents) if takes_sign else cents) / 100
    expected = -abs(cents) if takes_sign else cents
    assert value_of({"column": "A", "money": "dollars"}, a=form.format(amount)) == str(expected)


@given(st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_no_text_of_a_mapping_is_ever_run_as_sql(said: str) -> None:
    """A constant is the constant, whatever signs are in it; a column that is not there is none."""
    cleaned = said.replace("\0", "")
    assert value_of({"constant": cleaned}, a="x") == cleaned
    assert value_of({"column": "A", "codes": {"x": cleaned}}, a="x") == cleaned
