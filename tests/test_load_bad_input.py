"""Bad input: what cannot be read is refused whole with every problem, what is wrong is set aside.

A refusal stores nothing. A row set aside is listed with file, row number and reason, and the
counts add up: in = accepted + redelivered + quarantined.
"""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from load_tables import COVERAGE, LINE, PERSON, load_it, quarantine, rows, select, write_source
from openvbc.errors import ExitCode, InputError


def refused(data: Path, source: Path, **options: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_it(data, source, **options)
    assert caught.value.exit_code == ExitCode.REFUSED
    assert not list((data / "loads").glob("*")), "nothing is stored"
    return [str(problem) for problem in caught.value.problems]


# ---- refused whole ------------------------------------------------------------------------------


def test_a_truncated_line_names_file_and_line(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=[LINE, LINE])
    path = source / "medical_claim.csv"
    path.write_text(path.read_text()[:-60])
    assert refused(tmp_path / "data", source) == [
        (
            f"{path}:3: found too few fields, expected 15; the file may be cut off; "
            "deliver it again whole"
        )
    ]


def test_a_quote_that_is_never_closed_names_file_and_line(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[PERSON, PERSON | {"person_id": '"P2'}])
    path = source / "person.csv"
    path.write_text(path.read_text().replace('"""P2"', '"P2'))
    assert refused(tmp_path / "data", source) == [
        (
            f"{path}:3: found a quote that is not closed; the file may be cut off; "
            "deliver it again whole"
        )
    ]


def test_too_many_fields_are_refused(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[PERSON])
    path = source / "person.csv"
    path.write_text(path.read_text() + "P2,1950-01-01,male,extra\n")
    assert refused(tmp_path / "data", source) == [
        f"{path}:3: found too many fields, expected 3; quote fields that hold a comma"
    ]


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[PERSON])
    path = source / "person.csv"
    path.write_bytes(path.read_bytes() + "P2,1950-01-01,féminin\n".encode("latin-1"))
    assert refused(tmp_path / "data", source) == [
        f"{path}:3: found bytes that are not UTF-8, expected UTF-8 text; save the file as UTF-8"
    ]


@given(lines=st.integers(0, 40), width=st.integers(1, 90_000))
@settings(max_examples=15, deadline=None)
def test_the_line_of_a_wrong_byte_is_found_at_any_place(
    tmp_path_factory: pytest.TempPathFactory, lines: int, width: int
) -> None:
    """Also where a character or a line lies across two blocks of reading."""
    source = tmp_path_factory.mktemp("in")
    path = source / "person.csv"
    line = f"{'é' * width},\n".encode()
    path.write_bytes(b"person_id,birth_date\n" + line * lines + b"\xff,\n")
    found = refused(source / "data", source)
    assert found[0].startswith(f"{path}:{lines + 2}: found bytes that are not UTF-8")


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    source = write_source(
        tmp_path / "in",
        person=[{"birth_date": "1950-01-01", "person_id": "P1"}],
        eligibility=[{"person_id": "P1", "line_of_business": "medicare"}],
    )
    (source / "medical_claim.csv").write_text("")
    (source / "facility.parquet").write_bytes(b"PAR1 cut off")
    found = refused(tmp_path / "data", source, kind="own")
    assert found == [
        f"{source}/eligibility.csv:1: missing column enrollment_start_date; add it",
        f"{source}/facility.parquet: is not a whole Parquet file; deliver it again",
        f"{source}/medical_claim.csv:1: the file is empty; expected a line of column names",
    ]


def test_a_missing_file_of_a_known_kind_is_named(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", encounters=[{"encounterclass": "wellness"}])
    found = refused(tmp_path / "data", source)
    for name in ("patients", "payers", "payer_transitions", "organizations", "providers", "claims"):
        what = f"missing file {name}.csv or .parquet; a synthea export needs it"
        assert f"{source}: {what}" in found


def test_an_unknown_export_is_refused_with_what_was_looked_for(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", stuff=[{"a": 1}])
    (found,) = refused(tmp_path / "data", source)
    assert "no known kind of export" in found
    for part in ("own (", "tuva (", "synthea (", "encounters with column encounterclass"):
        assert part in found


def test_a_kind_that_does_not_exist_lists_those_that_do(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[PERSON])
    found = refused(tmp_path / "data", source, kind="tuvva")
    assert found[0].startswith(
        "kind of export: found 'tuvva', expected a mapping (.yaml) or one of own, "
    )


def test_a_table_given_twice_is_refused(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[PERSON])
    write_source(source / "person", part=[PERSON])
    found = refused(tmp_path / "data", source)
    assert found == [
        f"{source}/person: person is there more than once: 2 files; keep one file or one folder"
    ]


def test_an_absent_or_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert refused(tmp_path / "data", tmp_path / "in") == [
        f"{tmp_path}/in: holds no .csv and no .parquet file, and none of a known format"
    ]
    assert refused(tmp_path / "data", tmp_path / "no") == [f"{tmp_path}/no: no such file or folder"]


def test_parquet_that_is_damaged_inside_is_refused(tmp_path: Path) -> None:
    """Its footer is whole, so it opens; the pages are not."""
    path = tmp_path / "in" / "person.parquet"
    path.parent.mkdir()
    with duckdb.connect() as connection:
        people = "SELECT 'P' || i AS person_id, md5(i::VARCHAR) AS race FROM range(5000) AS t(i)"
        connection.execute(f"COPY ({people}) TO '{path}' (FORMAT parquet)")
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(2000) + whole[2100:])
    found = refused(tmp_path / "data", tmp_path / "in")
    assert found == ["person: a file cannot be read to its end; deliver it again whole"]


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text("person_id,sex,sex\nP1,male,male\n")
    found = refused(tmp_path / "data", tmp_path / "person.csv")
    assert found == [f"{tmp_path}/person.csv:1: columns named more than once: sex; name each once"]


def test_another_number_of_buckets_than_before_is_refused(tmp_path: Path) -> None:
    load_it(tmp_path / "data", write_source(tmp_path / "one", person=[PERSON]), buckets=2)
    with pytest.raises(InputError, match="has loads in 2 buckets, asked for 3"):
        load_it(tmp_path / "data", write_source(tmp_path / "two", person=[PERSON]), buckets=3)


def test_a_memory_limit_that_is_no_size_is_refused(tmp_path: Path) -> None:
    source = write_source(tmp_path / "in", person=[PERSON])
    (found,) = refused(tmp_path / "data", source, memory_limit="much")
    assert "expected megabytes or gigabytes such as 800MB or 1.5GB" in found


# ---- set aside row by row -----------------------------------------------------------------------

BAD_LINES: dict[str, dict[str, object]] = {
    "unexplained negative amount": {"paid_cents": -1},
    "ends before it starts": {"claim_start_date": "2024-03-06"},
    "unknown version type": {"version_type": "void"},
    "unknown claim type": {"claim_type": "dental"},
    "claim_key is missing": {"claim_key": " "},
    "paid_cents is missing": {"paid_cents": ""},
    "claim_end_date: found text that is not a date as YYYY-MM-DD": {"claim_end_date": "05/03/2024"},
    "paid_cents: more than two decimals": {"paid_cents": "10.5"},
    "paid_cents: found text that is not a whole number": {"paid_cents": "ten"},
    "claim_line_number: found text that is not a whole number": {"claim_line_number": "1.5"},
    "denied: found text that is not true or false": {"denied": "perhaps"},
    "service_unit_quantity: found text that is not a number that fits DECIMAL(18,3)": {
        "service_unit_quantity": "1.23456"
    },
    "person is in no person row of this or an earlier load": {"person_id": "P9"},
}


@pytest.mark.parametrize("reason", BAD_LINES)
def test_a_bad_line_is_set_aside_with_its_row_and_reason(tmp_path: Path, reason: str) -> None:
    bad = LINE | {"claim_key": "C2"} | BAD_LINES[reason]
    lines = [LINE | {"denied": "", "service_unit_quantity": ""}, bad]
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=lines)
    result = load_it(tmp_path / "data", source)
    assert quarantine(result) == [("medical_claim", "medical_claim.csv", 2, reason)]
    count = result.tables["medical_claim"]
    assert (count.rows_in, count.accepted, dict(count.quarantined)) == (2, 1, {reason: 1})
    assert rows(result, "medical_claim", "claim_key") == [("C1",)]


@pytest.mark.parametrize("value", ["10000", " 10000 ", "10000.00", "+10000"])
def test_a_whole_amount_may_be_written_in_several_ways(tmp_path: Path, value: str) -> None:
    line = LINE | {"paid_cents": value}
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=[line])
    assert rows(load_it(tmp_path / "data", source), "medical_claim", "paid_cents") == [(10000,)]


def test_a_fraction_of_a_cent_in_parquet_is_set_aside(tmp_path: Path) -> None:
    """A cast to BIGINT would round it away without a word."""
    source = write_source(tmp_path / "in", person=[PERSON])
    line = ", ".join(
        f"{value!r} AS {column}" for column, value in LINE.items() if column != "paid_cents"
    )
    with duckdb.connect() as connection:
        for name, paid in (("a", 10000.0), ("b", 10000.5)):
            (source / "medical_claim").mkdir(exist_ok=True)
            connection.execute(
                f"COPY (SELECT {line}, CAST({paid} AS DOUBLE) AS paid_cents) "
                f"TO '{source}/medical_claim/{name}.parquet' (FORMAT parquet)"
            )
    result = load_it(tmp_path / "data", source)
    assert rows(result, "medical_claim", "paid_cents") == [(10000,)]
    assert quarantine(result) == [
        ("medical_claim", "medical_claim/b.parquet", 1, "paid_cents: more than two decimals")
    ]


def test_the_same_line_twice_is_redelivered_and_with_other_content_set_aside(
    tmp_path: Path,
) -> None:
    lines = [LINE, LINE, LINE | {"paid_cents": 9999}]
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=lines)
    result = load_it(tmp_path / "data", source)
    count = result.tables["medical_claim"]
    # 3 in = 1 accepted + 1 redelivered + 1 set aside
    assert (count.rows_in, count.accepted, count.redelivered, count.set_aside) == (3, 1, 1, 1)
    assert quarantine(result) == [
        ("medical_claim", "medical_claim.csv", 3, "same claim version, different content")
    ]
    assert rows(result, "medical_claim", "paid_cents") == [(10000,)]


OVERLAP = "overlapping coverage within one payer and line of business"


def test_overlapping_coverage_is_set_aside_and_dual_coverage_is_not(tmp_path: Path) -> None:
    later = COVERAGE | {"enrollment_start_date": "2024-12-31", "enrollment_end_date": ""}
    spans = [
        COVERAGE,
        COVERAGE,  # redelivered
        later,  # its first day is the last day of the first span
        later | {"payer": "Example Mutual"},
        later | {"line_of_business": "medicaid"},
        COVERAGE | {"enrollment_start_date": "2023-01-01", "enrollment_end_date": "2023-12-31"},
    ]
    source = write_source(tmp_path / "in", person=[PERSON], eligibility=spans)
    result = load_it(tmp_path / "data", source)
    assert quarantine(result) == [("eligibility", "eligibility.csv", 3, OVERLAP)]
    count = result.tables["eligibility"]
    # 6 in = 4 accepted + 1 redelivered + 1 set aside
    assert (count.rows_in, count.accepted, count.redelivered) == (6, 4, 1)


def test_coverage_that_overlaps_an_earlier_load_is_set_aside(tmp_path: Path) -> None:
    load_it(
        tmp_path / "data",
        write_source(tmp_path / "one", person=[PERSON], eligibility=[COVERAGE]),
    )
    spans = [COVERAGE, COVERAGE | {"enrollment_start_date": "2024-06-01"}]
    result = load_it(tmp_path / "data", write_source(tmp_path / "two", eligibility=spans))
    assert quarantine(result) == [("eligibility", "eligibility.csv", 2, OVERLAP)]
    assert result.tables["eligibility"].redelivered == 1


def test_a_person_given_twice_with_other_content_is_set_aside(tmp_path: Path) -> None:
    people = [PERSON, PERSON, PERSON | {"sex": "male"}]
    result = load_it(tmp_path / "data", write_source(tmp_path / "in", person=people))
    reason = "same person_id, different content"
    assert quarantine(result) == [("person", "person.csv", 3, reason)]
    assert rows(result, "person", "person_id, sex") == [("P1", "female")]


def test_a_person_of_an_earlier_load_is_known(tmp_path: Path) -> None:
    load_it(tmp_path / "data", write_source(tmp_path / "one", person=[PERSON]))
    source = write_source(tmp_path / "two", medical_claim=[LINE])
    assert load_it(tmp_path / "data", source).tables["medical_claim"].accepted == 1


def test_no_value_of_a_row_is_in_the_quarantine(tmp_path: Path) -> None:
    bad = LINE | {"person_id": "SECRET-PERSON", "claim_end_date": "SECRET-DATE"}
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=[bad])
    result = load_it(tmp_path / "data", source)
    path = result.folder / "quarantine.parquet"
    assert "SECRET" not in str(select(f"SELECT * FROM '{path}'"))
    assert select(f"SELECT expected FROM '{path}'") == [("a date as YYYY-MM-DD",)]


# ---- too much of it -----------------------------------------------------------------------------


def mixed(folder: Path, good: int, bad: int) -> Path:
    lines = [LINE | {"claim_key": f"G{number}"} for number in range(good)]
    lines += [LINE | {"claim_key": f"B{number}", "paid_cents": -1} for number in range(bad)]
    return write_source(folder, person=[PERSON], medical_claim=lines)


def test_up_to_the_allowed_share_is_set_aside_and_above_it_the_load_is_refused(
    tmp_path: Path,
) -> None:
    """Rows in: one person, one source row and the lines. 2 of 200 is 1 %, 3 of 201 is more."""
    one_percent = Decimal("0.01")
    result = load_it(tmp_path / "a", mixed(tmp_path / "in", 196, 2), max_quarantine=one_percent)
    assert result.tables["medical_claim"].set_aside == 2
    found = refused(tmp_path / "b", mixed(tmp_path / "in2", 196, 3), max_quarantine=one_percent)
    assert (
        "found 3 of 201 rows (1.49 %) that cannot be accepted, expected at most 1.00 %" in found[0]
    )
    assert found[1] == "medical_claim: 3 rows: unexplained negative amount"
    (listed,) = (tmp_path / "b" / "refused").iterdir()
    assert select(f"SELECT row_number, reason FROM '{listed}'") == [
        (number, "unexplained negative amount") for number in (197, 198, 199)
    ]
