"""`vbc map propose` and `vbc map check`: a guess that says how sure it is, and what is wrong.

A proposal is judged by what a person would have written, and a check by what the load then does.
"""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from load_tables import load_it, quarantine
from mutate import mutations
from openvbc.cli import app
from openvbc.errors import InputError
from openvbc.mapping.check import check
from openvbc.mapping.document import read_mapping
from openvbc.mapping.names import likeness, words
from openvbc.mapping.propose import Proposed, propose
from openvbc.mapping.write import mapping_yaml
from test_mapping import SHOWN

CLAIMS = """\
CLM_NBR|LN_NUM|MBR_ID|FROM_DT|THRU_DT|TOB|REV_CD|PROC_CD|RNDRNG_NPI|BLG_TIN|CHRG_AMT|ALWD_AMT|PD_AMT|CHK_DT
A1|1|M1|20240305|20240305|0131|0450|99284|1234567893|123456789|900.00|500.25|400.00|20240401
A1|2|M1|20240305|20240305|0131|0300|80053|1234567893|123456789|90.00|50.00|40.00|20240401
A2|1|M2|20240320|20240325|0111|0120||1234567893|987654321|9000.00|8000.00|7000.10|00000000
"""


def proposed(path: Path, *tables: str) -> dict[str, Proposed]:
    """Column → what is proposed for it, of the first table."""
    return {it.column: it for it in propose(path, tables).tables[tables[0]]}


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    path = tmp_path / "claims.psv"
    path.write_text(CLAIMS)
    return path


def test_names_are_spelled_out_before_they_are_compared() -> None:
    assert words("CLM_FROM_DT") == words("ClaimFromDate") == ("claim", "from", "date")
    assert likeness("MBR_DOB", "birth_date") == (1.0, "member birth date")
    assert likeness("Zip", "paid_cents")[0] < 0.5


def test_a_claim_feed_is_proposed_as_a_person_would_write_it(claims: Path) -> None:
    day = {"date": "%Y%m%d"}
    checked = {"column": "CHK_DT", **day, "empty": ["00000000"]}
    expected: dict[str, Any] = {
        "claim_key": {"join": [{"constant": "claims"}, "CLM_NBR"], "with": ":"},
        "version_number": {"constant": 1},
        "version_type": {"constant": "original"},
        "sign": {"constant": 1},
        "effective_on": {"first_of": [checked, {"column": "THRU_DT", **day}]},
        "claim_id": "CLM_NBR",
        "claim_line_number": "LN_NUM",
        "person_id": "MBR_ID",
        "claim_start_date": {"column": "FROM_DT", **day},
        "claim_end_date": {"column": "THRU_DT", **day},
        "bill_type_code": {"column": "TOB", "width": 3},
        "revenue_center_code": {"column": "REV_CD", "width": 4},
        "hcpcs_code": {"column": "PROC_CD", "upper": True},
        "rendering_npi": "RNDRNG_NPI",
        "billing_tin": {"column": "BLG_TIN", "remove": "-"},
        "paid_date": checked,
        "charge_cents": {"column": "CHRG_AMT", "money": "dollars"},
        "allowed_cents": {"column": "ALWD_AMT", "money": "dollars"},
        "paid_cents": {"column": "PD_AMT", "money": "dollars"},
    }
    found = proposed(claims, "medical_claim")
    assert {name: it.expression for name, it in found.items()} == expected
    assert found["claim_id"].confidence == 1.0
    assert found["sign"].confidence == 0.5
    whole = propose(claims, ["medical_claim"])
    assert (whole.missing, whole.unmatched) == (["medical_claim.claim_type"], [])


def test_a_proposal_mended_where_it_says_so_loads(claims: Path, tmp_path: Path) -> None:
    """What is missing is the claim type; then every line is accepted."""
    text = mapping_yaml(propose(claims, ["medical_claim", "person"]))
    mended = text.replace(
        "    claim_id:", "    claim_type: {constant: institutional}\n    claim_id:"
    )
    mapping = tmp_path / "claims.yaml"
    mapping.write_text(mended)
    assert check(mapping, claims).findings == ()
    result = load_it(tmp_path / "data", claims, kind=str(mapping))
    assert result.tables["medical_claim"].accepted == 3
    assert quarantine(result) == []


def test_the_order_of_rows_and_columns_changes_no_expression(claims: Path, tmp_path: Path) -> None:
    before = {name: it.expression for name, it in proposed(claims, "medical_claim").items()}
    rows = [line.split("|") for line in CLAIMS.splitlines()]
    dice = random.Random(3)
    order = dice.sample(range(len(rows[0])), len(rows[0]))
    body = dice.sample(rows[1:], len(rows) - 1)
    shuffled = ["|".join(row[at] for at in order) for row in [rows[0], *body]]
    claims.write_text("\n".join(shuffled) + "\n")
    after = {name: it.expression for name, it in proposed(claims, "medical_claim").items()}
    assert after == before


ONE = {"P": "professional"}
BOTH = {"I": "institutional", "P": "professional"}


@pytest.mark.parametrize(
    ("values", "column", "expression", "confidence", "reason"),
    [
        (["03/04/2024", "05/06/2024"], "Paid Date", {"date": "%m/%d/%Y"}, 0.75, "just as well"),
        (["25/04/2024", "05/06/2024"], "Paid Date", {"date": "%d/%m/%Y"}, 1.0, "100% are days"),
        (["04-MAR-2024", "05-JUN-2024"], "Paid Date", {"date": "%d-%b-%Y"}, 1.0, "100% are days"),
        (["100", "250"], "Paid Amount", {"money": "dollars"}, 0.75, "dollars is a guess"),
        (["1.00", "(2.50)"], "Paid Amount", {"money": "dollars"}, 1.0, "1 negative"),
        (["P", "I"], "Claim Type", {"codes": BOTH}, 1.0, "2 codes"),
        (["P", "Q"], "Claim Type", {"codes": ONE}, 0.75, "1 more that"),
        (["", ""], "Paid Date", {}, 0.75, "no values"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_from_the_values_lowers_the_confidence(
    tmp_path: Path, values: list[str], column: str, expression: Any, confidence: float, reason: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(f"{column},z\n" + "".join(f"{it},1\n" for it in values))
    names = {"Paid Date": "paid_date", "Paid Amount": "paid_cents", "Claim Type": "claim_type"}
    it = proposed(path, "medical_claim")[names[column]]
    assert it.expression == ({"column": column, **expression} if expression else column)
    assert it.confidence == confidence
    assert reason in it.reason


def test_a_column_named_like_a_date_that_holds_none_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Paid Date,z\nyes,1\nno,1\n")
    found = propose(path, ["medical_claim"])
    assert "paid_date" not in {it.column for it in found.tables["medical_claim"]}
    assert found.unmatched == ["Paid Date", "z"]


def test_no_value_of_the_file_stands_in_a_proposal_but_known_codes(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("Member ID,Last Name,Sex,State\nM1,Secretname,F,ME\nM2,Othername,Q,ME\n")
    text = mapping_yaml(propose(path, ["person"]))
    assert "F: female" in text
    assert [it for it in ("M1", "M2", "Secretname", "Othername", "Q:", "ME") if it in text] == []


BAD = """\
A4,1,M1,02/14/1950,F,P,02/31/2024,03/05/2024,O,1,1.00,1.00,1.003,04/01/2024
A5,1,M1,02/14/1950,F,P,03/05/2024,03/01/2024,O,1,1.00,1.00,abc,04/01/2024
A6,1,,02/14/1950,X,Z,03/05/2024,03/05/2024,O,1,1.00,1.00,1.00,04/01/2024
A1,1,M1,02/14/1950,F,P,03/05/2024,03/05/2024,O,12-3456789,$120.00,80.50,64.41,04/01/2024
"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "harbor.csv").write_text(SHOWN["harbor.csv"] + BAD)
    (tmp_path / "harbor.yaml").write_text(SHOWN["harbor.yaml"])
    return tmp_path


def test_a_check_counts_by_column_with_file_and_line_and_no_value(bad: Path) -> None:
    """Line 1 is the header, 2 to 5 the page's example, 6 to 9 the bad ones."""
    report = check(bad / "harbor.yaml", bad / "in")
    found = [(it.table, it.column, it.reason, it.rows, it.where) for it in report.findings]
    six, seven, eight = ("harbor.csv:6",), ("harbor.csv:7",), ("harbor.csv:8",)
    claim = "medical_claim"
    key = "claim_key, version_number, claim_line_number"
    not_mapped = "1 codes that the mapping does not name"
    no_day = "claim_start_date: found text that is not a date as YYYY-MM-DD"
    no_number = "paid_cents: found text that is not a whole number"
    no_form = "in no form of its codes, so that it may match no list"
    clash = ("harbor.csv:2", "harbor.csv:9")
    assert found == [
        (claim, "claim_type", f"claim_type: {not_mapped}", 1, eight),
        (claim, "person_id", "person_id is missing", 1, eight),
        (claim, "claim_start_date", no_day, 1, six),
        (claim, "billing_tin", f"billing_tin: {no_form}", 3, (*six, *seven, *eight)),
        (claim, "paid_cents", "paid_cents: more than two decimals", 1, six),
        (claim, "paid_cents", no_number, 1, seven),
        (claim, key, f"same {key}, different content", 2, clash),
        ("person", "person_id", "person_id is missing", 1, eight),
        ("person", "sex", f"sex: {no_form}", 1, eight),
        ("person", "sex", f"sex: {not_mapped}", 1, eight),
    ]


def test_a_check_counts_what_the_load_then_sets_aside(bad: Path) -> None:
    """Of the claims 3 in the first pass; a fourth, with the key of another, in the second."""
    report = check(bad / "harbor.yaml", bad / "in")
    assert report.set_aside == {"medical_claim": 3, "person": 1}
    result = load_it(bad / "data", bad / "in", kind=str(bad / "harbor.yaml"))
    aside = [table for table, *_ in quarantine(result)]
    assert (aside.count("medical_claim"), aside.count("person")) == (3 + 1, 1)


def run(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["map", *map(str, arguments)])


def test_the_commands_propose_to_a_new_file_and_check_with_an_exit_code(bad: Path) -> None:
    out = bad / "new.yaml"
    file = bad / "in" / "harbor.csv"
    first = run("propose", file, "--table", "medical_claim", "--out", out)
    assert first.exit_code == 0, first.output
    assert "required ones not found" in first.stdout
    assert json.loads(run("propose", file, "--table", "person", "--json").stdout)["rows"] == 8
    assert run("propose", file, "--table", "person").stdout.startswith("# Proposed from harbor.csv")
    again = run("propose", file, "--table", "medical_claim", "--out", out)
    assert isinstance(again.exception, InputError)
    checked = run("check", bad / "harbor.yaml", bad / "in")
    assert checked.exit_code == 1
    assert "3 of 8 rows would be set aside" in checked.stdout
    assert run("check", bad / "harbor.yaml", bad / "in", "--json").stdout.startswith("{")


def test_a_file_without_columns_or_an_unknown_table_is_refused(
    claims: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="no canonical table; did you mean medical_claim"):
        propose(claims, ["medical_claims"])
    (tmp_path / "x.bin").write_bytes(b"\x00\x01")
    with pytest.raises(InputError, match="expected a file with a line of column names"):
        propose(tmp_path / "x.bin", ["person"])
    claims.write_text(CLAIMS + "A9|cut")
    with pytest.raises(InputError, match=r"claims\.psv:5: found too few fields"):
        propose(claims, ["medical_claim"])


def _damaged_files(folder: Path, count: int, seed: int) -> tuple[int, int]:
    """Load damaged files by the page's mapping: counts in = out. (loaded, refused)."""
    mapping = folder / "harbor.yaml"
    mapping.write_text(SHOWN["harbor.yaml"])
    refused = 0
    for at, content in enumerate(mutations(SHOWN["harbor.csv"].encode(), count, seed)):
        source = folder / f"in{at}"
        source.mkdir()
        (source / "harbor.csv").write_bytes(content)
        try:
            result = load_it(folder / f"data{at}", source, kind=str(mapping))
        except InputError:
            refused += 1
            continue
        for table in result.tables.values():
            out = table.accepted + table.redelivered + sum(table.quarantined.values())
            assert out == table.rows_in
    return count - refused, refused


def test_damaged_files_are_refused_or_counted(tmp_path: Path) -> None:
    loaded, refused = _damaged_files(tmp_path, 40, 5)
    assert loaded > 0
    assert refused > 0


def test_damaged_mappings_are_refused_or_read(tmp_path: Path) -> None:
    """Never a crash, and what is read can be asked for its SQL."""
    refused = 0
    path = tmp_path / "m.yaml"
    for content in mutations(SHOWN["harbor.yaml"].encode(), 400, 11):
        path.write_bytes(content)
        try:
            read = read_mapping(path)
        except InputError:
            refused += 1
        else:
            assert all(one.sql() for table in read.tables.values() for one in table.values())
    assert 100 < refused < 400


@pytest.mark.slow
def test_many_damaged_files_are_refused_or_counted(tmp_path: Path) -> None:
    loaded, refused = _damaged_files(tmp_path, 2_000, 6)
    assert loaded + refused == 2_000
