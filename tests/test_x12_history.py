"""Claims (837), remittances (835) and enrolment (834) that come with different loads.

An answer may come months after its claim, and a claim after its answer. Whatever comes first, the
claims that stand in the end are those of one load with all the files. Every load's file is called
the same, as many payers' are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_tables import load_it, quarantine
from openvbc.engine.model import MODELS_FOLDER
from openvbc.sources.loads import loaded_partitions
from test_x12 import PAID
from test_x12_enrolment import file, member
from x12_sample import claim, interchange, payment

DATED = "DTM*232*20250105\nDTM*233*20250105"
TAKEN_BACK = "CLP*C1*22*-150*-100*0*12*ICN1*11*1\nNM1*QC*1*D*J****MI*M1\nCAS*CO*45*-50\n" + DATED
PAID_ANEW = "CLP*C9*1*150*90*0*12*ICN2*11*7\nNM1*QC*1*D*J****MI*M1\nCAS*CO*45*60\n" + DATED
OWED = "PLB*1111111112*20251231*FB:T2*-10"

# C1 is claimed and paid as ICN1; C9 replaces ICN1, and is paid where C1 is taken back
FILES = {
    "claimed": interchange("837P", claim(), control=1),
    "paid": interchange("835", payment(PAID, paid="100"), control=2),
    "replaced": interchange(
        "837P", claim("C9", frequency="7", reference="ICN1", submitted="20250210"), control=3
    ),
    "settled": interchange(
        "835",
        payment(TAKEN_BACK, PAID_ANEW, paid="0", day="20250301", trace="T2", plb=OWED),
        control=4,
    ),
}

ORDERS = [
    ["claimed", "paid", "replaced", "settled"],
    ["settled", "replaced", "paid", "claimed"],
    ["replaced", "settled", "claimed", "paid"],
]
LINEAGE = "load_id, file_name, row_number, received_on"
STANDING = """
    SELECT c.* EXCLUDE ({lineage}, superseded_on) FROM final_claim AS c
    WHERE superseded_on IS NULL AND version_type <> 'cancel' ORDER BY ALL
"""


def loads(data: Path, folder: Path, *deliveries: Sequence[str]) -> Path:
    """One load of each list of files; nothing may be set aside."""
    for at, contents in enumerate(deliveries):
        delivered = folder / str(at)
        delivered.mkdir(parents=True)
        for number, content in enumerate(contents):
            (delivered / f"file{number}.x12").write_text(content)
        assert quarantine(load_it(data, delivered)) == []
    return data


def standing(data: Path, sql: str = STANDING) -> list[Any]:
    """Claim lines that stand in the end, by the models."""
    canonical = MODELS_FOLDER / "canonical"
    with duckdb.connect(config={"threads": 1}) as connection:
        for table in ("medical_claim", "diagnosis"):
            path = f"{data}/loads/*/{table}/**/*.parquet"
            connection.execute(
                f"CREATE VIEW {table} AS "
                f"SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
            )
        for model in ("superseded_version", "superseded_month", "final_claim"):
            text = (canonical / f"{model}.sql").read_text(encoding="utf-8")
            connection.execute(f"CREATE VIEW {model} AS {text}")
        return connection.execute(sql.format(lineage=LINEAGE)).fetchall()


CODED = """
    SELECT d.claim_key, d.sequence, d.code FROM diagnosis AS d
    SEMI JOIN ({standing}) AS c
        ON c.claim_key = d.claim_key AND c.version_number = d.version_number
    ORDER BY ALL
""".replace("{standing}", STANDING)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_each_file_with_a_load_of_its_own_in_any_order(order: list[str], tmp_path: Path) -> None:
    """In the end one claim stands, C1's, as C9 was paid: 90.00, with its diagnoses."""
    whole = loads(tmp_path / "one", tmp_path / "in" / "one", list(FILES.values()))
    apart = loads(tmp_path / "many", tmp_path / "in" / "many", *([FILES[it]] for it in order))
    assert standing(apart) == standing(whole)
    assert standing(apart, CODED) == standing(whole, CODED)
    amounts = "SELECT DISTINCT claim_key, claim_id, sum(paid_cents) OVER () FROM ({}) AS c"
    assert standing(apart, amounts.format(STANDING)) == [("test:1111111112:C1", "C9", 90_00)]


@pytest.mark.parametrize("order", [["claimed", "paid"], ["paid", "claimed"]], ids="-".join)
def test_the_remittance_stands_from_its_payment_day(order: list[str], tmp_path: Path) -> None:
    """As of a day before the payment the claim stands as submitted, where it was there by then."""
    data = loads(tmp_path / "data", tmp_path / "in", *([FILES[it]] for it in order))
    days = "SELECT effective_on::VARCHAR, superseded_on::VARCHAR, paid_cents FROM final_claim "
    found = standing(data, days + "WHERE effective_on <> superseded_on IS NOT FALSE ORDER BY ALL")
    paid = [("2025-02-01", None, 2000), ("2025-02-01", None, 8000)]
    submitted = [("2025-01-10", "2025-02-01", 0)] * 2
    assert found == (paid if order[0] == "paid" else submitted + paid)


def test_a_payee_whose_number_only_the_claim_has_is_counted_once(tmp_path: Path) -> None:
    """Alone the remittance had a key without NPI; when the claim comes, it is taken back there."""
    unnamed = FILES["paid"].replace("N1*PE*CLINIC*XX*1111111112", "N1*PE*CLINIC*FI*911111111")
    whole = loads(tmp_path / "one", tmp_path / "in" / "one", [FILES["claimed"], unnamed])
    apart = loads(tmp_path / "two", tmp_path / "in" / "two", [unnamed], [FILES["claimed"]])
    assert standing(apart) == standing(whole)
    assert sum(row[0] for row in standing(apart, _PAID)) == 100_00


_PAID = f"SELECT paid_cents FROM ({STANDING}) AS c"


def test_a_load_adds_only_the_claims_that_it_touches(tmp_path: Path) -> None:
    data = loads(tmp_path / "data", tmp_path / "in" / "a", [FILES["claimed"], FILES["paid"]])
    other = tmp_path / "in" / "other"
    other.mkdir()
    (other / "file0.x12").write_text(interchange("837P", claim("C5"), control=9))
    counts = load_it(data, other).tables["medical_claim"]
    assert (counts.rows_in, counts.accepted) == (2, 2)


def test_a_whole_enrolment_file_ends_members_of_earlier_loads(tmp_path: Path) -> None:
    """M1 and M2 came in January; the whole file of July holds M2 only: M1 ends with June."""
    added = file(1, "20250101", member("021", "20250101"), member("021", "20250101", person="M2"))
    whole = file(2, "20250701", member("030", "20250101", person="M2"), action="4")
    data = loads(tmp_path / "data", tmp_path / "in", [added], [whole])
    assert spans(data) == [("M1", "2025-01-01", "2025-06-30"), ("M2", "2025-01-01", None)]


def spans(data: Path) -> list[Any]:
    """The coverage that stands: person, first and last day."""
    files = [str(data / it.path) for it in loaded_partitions(data)["eligibility"]]
    with duckdb.connect(config={"threads": 1}) as connection:
        return connection.execute(
            "SELECT person_id, enrollment_start_date::VARCHAR, enrollment_end_date::VARCHAR FROM "
            f"read_parquet({files}, hive_partitioning = false) ORDER BY ALL"
        ).fetchall()


def test_coverage_that_is_taken_back_later_stands_no_longer(tmp_path: Path) -> None:
    """M1's coverage of January ends the day before it began: it never was. M2's begins in March."""
    added = file(1, "20250101", member("021", "20250101"), member("021", "20250101", person="M2"))
    void = file(2, "20250201", member("024", "20250101", "20241231"))
    moved = file(3, "20250301", member("001", "20250301", person="M2"))
    data = loads(tmp_path / "data", tmp_path / "in" / "a", [added], [void])
    assert spans(data) == [("M2", "2025-01-01", None)]
    corrected = tmp_path / "in" / "moved"
    corrected.mkdir()
    (corrected / "file.x12").write_text(moved)
    count = load_it(data, corrected).tables["eligibility"]
    assert spans(data) == [("M2", "2025-03-01", None)]
    assert (count.rows_in, count.accepted, count.withdrawn) == (1, 1, 1)
