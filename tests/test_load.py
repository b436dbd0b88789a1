"""A load reads a source once, stores what is right in order, and accounts for every row."""

import hashlib
import io
import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from load_tables import COVERAGE, LINE, PERSON, load_it, quarantine, rows, select, write_source
from openvbc.engine.model import LINEAGE
from openvbc.errors import InputError
from openvbc.report import load_table
from openvbc.sources.arrivals import ARRIVALS
from openvbc.sources.bucket import bucket_of, bucket_sql
from openvbc.sources.loads import loaded_partitions, loads, read_manifest
from openvbc.sources.reader import COMPUTED, canonical_models, readers


def a_source(folder: Path) -> Path:
    people = [PERSON | {"person_id": f"P{number}"} for number in range(1, 6)]
    return write_source(
        folder,
        person=people,
        eligibility=[COVERAGE | {"person_id": it["person_id"]} for it in people],
        medical_claim=[
            LINE
            | {"claim_key": f"C{number}", "person_id": f"P{number % 5 + 1}", "claim_end_date": day}
            for number, day in enumerate(["2024-03-05", "2024-03-31", "2024-04-01"] * 4)
        ],
    )


@given(person=st.text(min_size=1, max_size=20), buckets=st.integers(1, 300))
@settings(max_examples=25, deadline=None)
def test_the_bucket_of_a_person_is_the_same_in_sql_and_in_python(person: str, buckets: int) -> None:
    sql = f"SELECT {bucket_sql('?', buckets)}"
    with duckdb.connect(config={"threads": 1}) as connection:
        assert connection.execute(sql, [person]).fetchall() == [(bucket_of(person, buckets),)]


def test_the_bucket_formula_is_the_first_eight_digits_of_md5() -> None:
    # md5('P1') = 5f2b9323c39ee3c861a7b382d205c3d3; 0x5f2b9323 = 1,596,691,235; modulo 7 = 5
    digits = hashlib.md5(b"P1", usedforsecurity=False).hexdigest()[:8]
    assert bucket_of("P1", 7) == int(digits, 16) % 7


def test_rows_lie_by_bucket_and_month_and_every_row_is_counted(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"))
    count = result.tables["medical_claim"]
    assert (count.rows_in, count.accepted, count.redelivered, count.set_aside) == (12, 12, 0, 0)
    files = sorted(
        path.relative_to(result.folder).as_posix() for path in result.folder.rglob("*.parquet")
    )
    # P1..P5 in two buckets; the eight lines of March and the four of April in two files each
    assert files == [
        *(f"eligibility/bucket=0{bucket}/data.parquet" for bucket in (0, 1)),
        *(
            f"medical_claim/bucket=0{bucket}/month=2024-0{month}.parquet"
            for bucket in (0, 1)
            for month in (3, 4)
        ),
        *(f"person/bucket=0{bucket}/data.parquet" for bucket in (0, 1)),
        "quarantine.parquet",
        "source/data.parquet",
    ]
    for path in (result.folder / "medical_claim").rglob("*.parquet"):
        bucket = int(path.parent.name[-2:])
        for person, day in select(f"SELECT person_id, claim_end_date FROM '{path}'"):
            assert bucket_of(person, 2) == bucket
            assert path.stem == f"month={day:%Y-%m}"


def test_rows_are_sorted_by_person_inside_each_file(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"), buckets=1)
    path = result.folder / "medical_claim" / "bucket=00" / "month=2024-03.parquet"
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT person_id, claim_key FROM '{path}'").fetchall()
    assert found == sorted(found)
    assert len(found) == 8


def test_every_row_says_where_it_came_from(tmp_path: Path) -> None:
    received = date(2025, 1, 15)
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"), received_on=received)
    lineage = ", ".join(LINEAGE)
    first = select(
        f"SELECT {lineage} FROM '{result.folder}/medical_claim/*/*.parquet' WHERE claim_key = 'C0'"
    )
    assert first == [
        ("test", "CMS", None, "medicare", None, received, result.load_id, "medical_claim.csv", 1)
    ]


def test_a_row_that_says_when_it_came_keeps_its_day(tmp_path: Path) -> None:
    lines = [LINE | {"received_on": "2024-05-02"}, LINE | {"claim_key": "C2", "received_on": ""}]
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=lines)
    result = load_it(tmp_path / "data", source, received_on=date(2025, 1, 15))
    found = rows(result, "medical_claim", "claim_key, received_on")
    assert found == [("C1", date(2024, 5, 2)), ("C2", date(2025, 1, 15))]


def test_stored_columns_are_those_declared_in_their_order(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"))
    for name in ("person", "eligibility", "medical_claim", "source"):
        path = next((result.folder / name).rglob("*.parquet"))
        with duckdb.connect() as connection:
            described = connection.execute(
                f"DESCRIBE SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
            ).fetchall()
        assert {row[0]: row[1] for row in described} == canonical_models()[name].stored_schema
        assert [row[0] for row in described] == list(canonical_models()[name].stored_schema)


RARE = ("debit_credit",)
"""Columns that few kinds have anything for; the others leave them out, which is empty."""


@pytest.mark.parametrize("kind", ["own", "tuva", "synthea"])
def test_every_select_gives_every_column_of_its_table(kind: str) -> None:
    from openvbc.sources.landing import create_landing  # noqa: PLC0415

    models = canonical_models()
    reader = readers(models)[kind]
    with duckdb.connect() as connection:
        for option in (
            "data_source",
            "line_of_business",
            "owner",
            "agreement",
            "permitted_purpose",
        ):
            connection.execute(f"SET VARIABLE {option} = CAST(NULL AS VARCHAR)")
        create_landing(connection, reader, [])
        connection.execute("CREATE SCHEMA shared")
        for script in reader.shared:
            connection.execute(script)
        for table, sql in reader.selects.items():
            found = {row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()}
            wanted = set(models[table].schema) - {*COMPUTED, *RARE} | {"file_name", "row_number"}
            assert wanted <= found, (kind, table)


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    source = a_source(tmp_path / "in")
    first = load_it(tmp_path / "one", source, threads=1)
    second = load_it(tmp_path / "two", source, threads=2)
    assert first.load_id == second.load_id
    digests = [
        {
            path.relative_to(it.folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in it.folder.rglob("*")
            if path.is_file() and path.name != "times.json"
        }
        for it in (first, second)
    ]
    assert digests[0] == digests[1]
    assert "load.json" in digests[0]


def test_the_manifest_lists_every_file_with_its_hash(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"))
    manifest = read_manifest(result.folder)
    for part in manifest["partitions"]:
        path = result.folder / part["path"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == part["sha256"]
        assert select(f"SELECT count(*) FROM '{path}'") == [(part["rows"],)]
    stored = {
        path for path in result.folder.rglob("*.parquet") if path.name != "quarantine.parquet"
    }
    assert len(manifest["partitions"]) == len(stored)
    assert json.loads((result.folder / "times.json").read_text())["started"]


def test_a_load_of_another_version_is_refused_by_its_manifest(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"))
    manifest = result.folder / "load.json"
    manifest.write_text(manifest.read_text().replace("openvbc.load/2", "openvbc.load/1"))
    with pytest.raises(InputError, match=r"load\.json: was loaded by another version"):
        loads(tmp_path / "data")


def changes(data: Path) -> list[int]:
    """When each file and folder last changed, but for the trail, which notes every arrival."""
    return sorted(it.stat().st_mtime_ns for it in data.rglob("*") if it.name != ARRIVALS)


def test_loading_the_same_files_again_changes_nothing(tmp_path: Path) -> None:
    source = a_source(tmp_path / "in")
    first = load_it(tmp_path / "data", source)
    before = changes(tmp_path / "data")
    second = load_it(tmp_path / "data", source)
    assert second.already_loaded
    assert not first.already_loaded
    assert (second.load_id, second.tables) == (first.load_id, first.tables)
    assert changes(tmp_path / "data") == before


def test_nothing_of_the_work_is_left_behind(tmp_path: Path) -> None:
    killed = tmp_path / "data" / "loads" / ".tmp-0123456789abcdef"
    killed.mkdir(parents=True)
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"))
    assert list((tmp_path / "data" / "loads").iterdir()) == [result.folder]


def test_claims_delivered_again_in_a_later_load_are_counted_and_not_stored_twice(
    tmp_path: Path,
) -> None:
    lines = [LINE, LINE | {"claim_line_number": 2, "paid_cents": 500}]
    first = write_source(tmp_path / "one", person=[PERSON], medical_claim=lines)
    second = write_source(
        tmp_path / "two", person=[PERSON], medical_claim=[*lines, LINE | {"claim_key": "C2"}]
    )
    load_it(tmp_path / "data", first)
    result = load_it(tmp_path / "data", second)
    count = result.tables["medical_claim"]
    # three lines in: two are there already, one is new
    assert (count.rows_in, count.accepted, count.redelivered) == (3, 1, 2)
    assert rows(result, "medical_claim", "claim_key") == [("C2",)]
    assert [it["load_id"] for it in loads(tmp_path / "data")][1] == result.load_id


def test_the_same_version_with_other_content_in_a_later_load_is_set_aside(tmp_path: Path) -> None:
    """Both ways: a changed line, and a line that the version did not have."""
    first = write_source(tmp_path / "one", person=[PERSON], medical_claim=[LINE])
    later = [LINE | {"paid_cents": 1}, LINE | {"claim_line_number": 2}]
    load_it(tmp_path / "data", first)
    result = load_it(tmp_path / "data", write_source(tmp_path / "two", medical_claim=later))
    reason = "same claim version, different content"
    assert quarantine(result) == [
        ("medical_claim", "medical_claim.csv", 1, reason),
        ("medical_claim", "medical_claim.csv", 2, reason),
    ]


def test_cancellations_and_adjustments_are_versions_and_are_all_kept(tmp_path: Path) -> None:
    lines = [
        LINE,
        LINE
        | {"version_number": 2, "version_type": "cancel", "sign": -1, "effective_on": "2024-05-01"},
        LINE | {"version_number": 3, "version_type": "adjust", "paid_cents": 9000},
    ]
    source = write_source(tmp_path / "in", person=[PERSON], medical_claim=lines)
    result = load_it(tmp_path / "data", source)
    assert rows(result, "medical_claim", "version_number, sign, paid_cents") == [
        (1, 1, 10000),
        (2, -1, 10000),
        (3, 1, 9000),
    ]


def test_a_later_load_may_end_a_span_of_coverage_and_begin_another(tmp_path: Path) -> None:
    """The open span is replaced by its ended self: state tables hold the latest of each key."""
    open_span = COVERAGE | {"enrollment_end_date": ""}
    ended = COVERAGE | {"enrollment_end_date": "2024-06-30"}
    begun = COVERAGE | {"enrollment_start_date": "2024-07-01"}
    load_it(
        tmp_path / "data",
        write_source(tmp_path / "one", person=[PERSON], eligibility=[open_span]),
    )
    source = write_source(tmp_path / "two", eligibility=[ended, begun])
    result = load_it(tmp_path / "data", source)
    count = result.tables["eligibility"]
    assert (count.accepted, count.updated, count.set_aside) == (2, 1, 0)
    stand = loaded_partitions(tmp_path / "data")["eligibility"]
    assert [part.rows for part in stand] == [2]
    assert select(
        f"SELECT enrollment_start_date, enrollment_end_date FROM '{tmp_path}/data/{stand[0].path}'"
    ) == [(date(2024, 1, 1), date(2024, 6, 30)), (date(2024, 7, 1), date(2024, 12, 31))]


def test_what_stands_after_two_loads(tmp_path: Path) -> None:
    """Claims of both loads stand; of the people, the bucket that the second load wrote whole."""
    other = PERSON | {"person_id": "P2", "death_date": "2024-09-09"}
    one = write_source(tmp_path / "one", person=[PERSON, other], medical_claim=[LINE])
    two = write_source(
        tmp_path / "two",
        person=[PERSON | {"death_date": "2024-08-08"}],
        medical_claim=[LINE | {"claim_key": "C2"}],
    )
    load_it(tmp_path / "data", one, buckets=1)
    load_it(tmp_path / "data", two, buckets=1)
    stand = loaded_partitions(tmp_path / "data")
    assert len(stand["medical_claim"]) == 2
    assert [part.rows for part in stand["person"]] == [2]
    path = tmp_path / "data" / stand["person"][0].path
    assert select(f"SELECT person_id, death_date FROM '{path}'") == [
        ("P1", date(2024, 8, 8)),
        ("P2", date(2024, 9, 9)),
    ]


def test_a_folder_of_parquet_parts_is_read_as_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "person").mkdir(parents=True)
    with duckdb.connect() as connection:
        for part in (1, 2):
            connection.execute(
                f"COPY (SELECT 'P{part}' AS person_id, DATE '1950-01-01' AS birth_date) "
                f"TO '{folder}/person/part-{part}.parquet' (FORMAT parquet)"
            )
    result = load_it(tmp_path / "data", folder)
    assert result.kind == "own"
    assert rows(result, "person", "person_id, file_name, row_number") == [
        ("P1", "person/part-1.parquet", 1),
        ("P2", "person/part-2.parquet", 1),
    ]


def test_line_ends_and_marks_of_other_systems_are_read(tmp_path: Path) -> None:
    """A byte order mark, CRLF, no end of line after the last row, a line break inside quotes."""
    path = tmp_path / "person.csv"
    text = '\ufeffperson_id,race\r\nP1,"a\r\nb"\r\nP2,c'
    path.write_bytes(text.encode())
    result = load_it(tmp_path / "data", path)
    assert rows(result, "person", "person_id, row_number") == [("P1", 1), ("P2", 2)]


def test_rows_of_text_are_numbered_in_file_order_by_several_threads(tmp_path: Path) -> None:
    """The row number is in the person's id, so a row that lost its place is seen."""
    path = tmp_path / "person.csv"
    wide = "x" * 200
    lines = [f"P{number},{wide}" for number in range(1, 20_001)]
    path.write_text("\n".join(["person_id,race", *lines]))
    result = load_it(tmp_path / "data", path, threads=2)
    found = rows(result, "person", "person_id, row_number")
    assert len(found) == 20_000
    assert all(person == f"P{number}" for person, number in found)


def test_parquet_and_csv_of_the_same_rows_give_the_same_rows(tmp_path: Path) -> None:
    """One way reads typed columns once per bucket, the other text staged once."""
    text = a_source(tmp_path / "text")
    typed = tmp_path / "typed"
    typed.mkdir()
    with duckdb.connect() as connection:
        for path in text.glob("*.csv"):
            connection.execute(
                f"COPY (FROM '{path}') TO '{typed}/{path.stem}.parquet' (FORMAT parquet)"
            )
    results = [load_it(tmp_path / it.name / "data", it) for it in (text, typed)]
    columns = ", ".join(canonical_models()["medical_claim"].schema)
    assert rows(results[0], "medical_claim", columns) == rows(results[1], "medical_claim", columns)
    assert len(rows(results[0], "medical_claim")) == 12


def test_buckets_above_the_few_are_staged_and_give_the_same_rows(tmp_path: Path) -> None:
    typed = tmp_path / "typed"
    typed.mkdir()
    text = a_source(tmp_path / "text")
    with duckdb.connect() as connection:
        for path in text.glob("*.csv"):
            connection.execute(
                f"COPY (FROM '{path}') TO '{typed}/{path.stem}.parquet' (FORMAT parquet)"
            )
    found = [
        rows(
            load_it(tmp_path / f"data{buckets}", typed, buckets=buckets),
            "medical_claim",
            "claim_key, person_id",
        )
        for buckets in (1, 7)
    ]
    assert found[0] == found[1]
    assert len(found[0]) == 12


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    load_it(
        tmp_path / "data",
        a_source(tmp_path / "in"),
        progress=lambda label, done, total: steps.append((label, done, total)),
    )
    assert steps[0][0] == "read person"
    assert steps[-1][0] == "publish"
    assert all(done <= total for _, done, total in steps)


def test_one_line_of_business_can_be_put_on_every_row(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", a_source(tmp_path / "in"), as_line_of_business="commercial")
    assert set(rows(result, "medical_claim", "line_of_business")) == {("commercial",)}
    assert read_manifest(result.folder)["options"]["as_line_of_business"] == "commercial"


def test_the_table_that_every_load_writes_itself_is_not_said_to_be_unread(tmp_path: Path) -> None:
    """`vbc generate` writes source.parquet beside the others; it says what the options say."""
    source = write_source(tmp_path / "source", person=[PERSON], source=[LINE], notes=[LINE])
    loaded = load_it(tmp_path / "data", source)
    page = io.StringIO()
    Console(file=page, width=200).print(load_table(loaded))
    assert page.getvalue().rstrip().endswith("files not read: notes")
