"""CMS's worked example: $260 of Part A and $707 of Part B are $967 (section 5.3.2).

The records are those of the document's Tables 4 and 6, written by position and loaded; every
number below is computed from canonical rows.
"""

from pathlib import Path

import duckdb
import pytest

from cclf_files import PERSON, archive, record
from load_tables import load_it

MBI = "6U50TE7GG18"

# CLM#, FROM, THRU, PAID, ADJ_TYPE, EFCTV_DT; CCN is 654321 throughout
PART_A = [
    (1, "2012-07-01", "2012-07-08", "200.00", 0, "2012-07-20"),
    (2, "2012-07-01", "2012-07-08", "0.00", 2, "2012-09-20"),
    (3, "2012-07-01", "2012-07-08", "200.00", 1, "2012-08-07"),
    (4, "2012-07-01", "2012-07-08", "210.00", 2, "2012-09-20"),
    (5, "2012-07-01", "2012-07-08", "0.00", 2, "2012-08-07"),
    (6, "2012-07-01", "2012-07-08", "0.00", 1, "2012-10-07"),
    (7, "2012-08-20", "2012-08-29", "50.00", 0, "2012-09-20"),
]
# CLM#, LINE_NUM, PAID, ADJ_TYPE, EFCTV_DT; CNTL_NUM is 7 throughout
PART_B = [
    (1, 3, "0.00", 1, "2012-09-02"),
    (1, 1, "380.00", 1, "2012-09-02"),
    (1, 2, "227.00", 1, "2012-09-02"),
    (2, 1, "380.00", 0, "2012-09-02"),
    (2, 2, "227.00", 0, "2012-09-02"),
    (2, 3, "100.00", 0, "2012-09-02"),
    (3, 3, "0.00", 0, "2012-08-15"),
    (3, 1, "380.00", 0, "2012-08-15"),
    (3, 2, "227.00", 0, "2012-08-15"),
]


def part_a() -> list[str]:
    return [
        record(
            "cclf1",
            {
                "cur_clm_uniq_id": f"{number:013}",
                "bene_mbi_id": MBI,
                "clm_type_cd": "60",
                "clm_from_dt": first,
                "clm_thru_dt": last,
                "clm_bill_fac_type_cd": "1",
                "clm_bill_clsfctn_cd": "1",
                "clm_bill_freq_cd": "1",
                "clm_pmt_amt": paid,
                "clm_adjsmt_type_cd": kind,
                "clm_efctv_dt": day,
                "clm_blg_prvdr_oscar_num": "654321",
            },
        )
        for number, first, last, paid, kind, day in PART_A
    ]


def part_b() -> list[str]:
    return [
        record(
            "cclf5",
            {
                "cur_clm_uniq_id": f"{number:013}",
                "clm_line_num": line,
                "bene_mbi_id": MBI,
                "clm_from_dt": "2012-08-01",
                "clm_thru_dt": "2012-08-01",
                "clm_line_cvrd_pd_amt": paid,
                "clm_adjsmt_type_cd": kind,
                "clm_efctv_dt": day,
                "clm_cntl_num": "7",
            },
        )
        for number, line, paid, kind, day in PART_B
    ]


def example() -> dict[str, list[str]]:
    return {"cclf1": part_a(), "cclf5": part_b(), "cclf8": [record("cclf8", PERSON)]}


def claims(data: Path, sql: str) -> list[tuple[object, ...]]:
    """Rows of a SELECT over `claim`, the medical claim lines of all loads."""
    path = data / "loads" / "*" / "medical_claim" / "**" / "*.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE VIEW claim AS SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
        )
        return connection.execute(sql).fetchall()


SIGNED = """
    SELECT CASE claim_type WHEN 'institutional' THEN 'A' ELSE 'B' END AS part,
           sum(sign * paid_cents)
    FROM claim GROUP BY part ORDER BY part
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    load_it(data, archive(tmp_path / "in", example()))
    return data


def test_expenditure_is_the_signed_sum(loaded: Path) -> None:
    # Part A: 200 + 0 - 200 + 210 + 0 - 0 + 50 = 260
    # Part B: -0 - 380 - 227 + 380 + 227 + 100 + 0 + 380 + 227 = 707
    assert claims(loaded, SIGNED) == [("A", 260_00), ("B", 707_00)]
    assert 260 + 707 == 967


def test_every_record_keeps_its_kind_its_claim_and_its_day(loaded: Path) -> None:
    found = claims(
        loaded,
        "SELECT claim_id, version_type, sign, CAST(effective_on AS VARCHAR), "
        "dense_rank() OVER (ORDER BY claim_key) FROM claim "
        "WHERE claim_type = 'institutional' ORDER BY CAST(claim_id AS BIGINT)",
    )
    # claims 1 to 6 are related (one natural key), claim 7 is another
    assert found == [
        ("1", "original", 1, "2012-07-20", 1),
        ("2", "adjust", 1, "2012-09-20", 1),
        ("3", "cancel", -1, "2012-08-07", 1),
        ("4", "adjust", 1, "2012-09-20", 1),
        ("5", "adjust", 1, "2012-08-07", 1),
        ("6", "cancel", -1, "2012-10-07", 1),
        ("7", "original", 1, "2012-09-20", 2),
    ]
