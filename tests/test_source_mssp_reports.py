"""The reports that ACOs get beside the claims: lists, exclusions, crosswalk, workbooks, rosters."""

from decimal import Decimal
from pathlib import Path

import pytest

from load_tables import load_it, quarantine, rows, select
from openvbc.errors import InputError
from workbook_sample import write_workbook

ONE = "1AA0AA0AA01"
TWO = "1AA0AA0AA02"
THREE = "1AA0AA0AA03"
FLAGS = ",".join(f"EnrollFlag{month}" for month in range(1, 13))
STAMP = "D250815.T1200000"


def alr(folder: Path, table: int, text: str, stamp: str = STAMP) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"P.A1001.ACO.QALR.2025Q2.{stamp}_1-{table}.csv").write_text(text)


def assigned(folder: Path, *lines: str, stamp: str = STAMP) -> None:
    header = (
        f"BENE_MBI_ID,BENE_SEX_CD,BENE_BRTH_DT,IN_VA_MAX,VA_TIN,VA_NPI,CBA_FLAG,ASSIGNMENT_TYPE,"
        f"ASG_STATUS,{FLAGS},ESRD_SCORE,DIS_SCORE,AGDU_SCORE,AGND_SCORE\n"
    )
    alr(folder, 1, header + "\n".join(lines) + "\n", stamp)


def delivery(folder: Path) -> Path:
    """One by claims, two by her own choice; one moved from aged non-dual to dual in March."""
    claims = f"{ONE},2,02/01/1950,0,,,1,1,0,4,4,3,3,3,3,0,0,0,0,0,0,0.9,1.1,1.25,0.8"
    chosen = f"{TWO},1,03/01/1948,1,960000009,1999999992,0,1,0,4,4,4,4,4,4,,,,,,,,,,1.000000001"
    assigned(folder, claims, chosen)
    who = "BENE_MBI_ID,MASTER_ID"
    alr(folder, 2, f"{who},B_EM_LINE_CNT_T\n{ONE},960000001,2\n{ONE},960000002,5\n")
    alr(
        folder,
        4,
        f"{who},NPI_USED,PCS_COUNT\n{ONE},960000001,1999999980,9\n{ONE},960000002,1999999981,3\n"
        f"{ONE},960000002,1999999982,3\n",
    )
    alr(folder, 5, f"BENE_MBI_ID,PLUR_R05,AB_R01,HMO_R03\n{THREE},0,0,1\n")
    alr(folder, 6, f"BENE_MBI_ID,VA_SELECTION_ONLY\n{ONE},0\n")
    return folder


def test_a_person_is_assigned_through_the_tin_and_then_the_npi_with_most_services(
    tmp_path: Path,
) -> None:
    """TIN 2 has five services against two. Within it two NPIs have three: the lower one counts,
    although an NPI of the other TIN has nine. The last eligible month's type is aged dual."""
    result = load_it(tmp_path / "data", delivery(tmp_path / "in"))
    assert result.kind == "mssp_reports"
    columns = "report, report_period, person_id, status, tin, npi, enrolment_type, months"
    assert rows(result, "reported_assignment", columns) == [
        ("QALR-1", "PY2025Q2", ONE, "assigned", "960000002", "1999999981", "aged_dual", 6),
        ("QALR-1", "PY2025Q2", TWO, "voluntary", "960000009", "1999999992", "aged_nondual", 6),
        ("QALR-5", "PY2025Q2", THREE, "left", None, None, None, None),
        ("QALR-6", "PY2025Q2", ONE, "assignable", None, None, None, None),
    ]
    scores = rows(result, "reported_assignment", "risk_score_e9")
    assert scores == [(1_000_000_001,), (1_250_000_000,), (None,), (None,)]


def test_people_whom_no_claim_names_are_people_too(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", delivery(tmp_path / "in"))
    columns = "person_id, sex, CAST(birth_date AS VARCHAR)"
    assert rows(result, "person", columns) == [
        (ONE, "female", "1950-02-01"),
        (TWO, "male", "1948-03-01"),
        (THREE, "unknown", None),
    ]


def test_of_two_deliveries_of_a_period_the_later_stamp_counts(tmp_path: Path) -> None:
    folder = delivery(tmp_path / "in")
    later = f"{ONE},2,02/01/1950,0,,,1,1,0,4,0,0,0,0,0,0,0,0,0,0,0,,,,0.5"
    assigned(folder, later, stamp="D251101.T0900000")
    result = load_it(tmp_path / "data", folder)
    found = select(
        f"SELECT person_id, months FROM read_parquet('{result.folder}/reported_assignment/**/"
        "*.parquet', hive_partitioning = false) WHERE report = 'QALR-1'"
    )
    assert found == [(ONE, 1)]


EXCLUSIONS = """<?xml version="1.0" encoding="UTF-8"?>
<PFDCACOBeneData><Header><HeaderCode>HDR_BNEXC</HeaderCode>
<FileCreationDate>20260212</FileCreationDate><PerformanceYear>2026</PerformanceYear>
<ReportMonth>02</ReportMonth></Header><Beneficiarys><Beneficiary><MBI>1AA0AA0AA01</MBI>
<HICN></HICN><DOB>19500201</DOB><Gender>F</Gender><BeneExcReasons>
<BeneExcReason>PC</BeneExcReason><BeneExcReason>BD</BeneExcReason></BeneExcReasons></Beneficiary>
</Beneficiarys><Trailer><TrailerCode>TRL_BNEXC</TrailerCode>
<FileCreationDate>20260212</FileCreationDate><RecordCount>1</RecordCount></Trailer>
</PFDCACOBeneData>"""


def exclusions(folder: Path, text: str = EXCLUSIONS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "P.A1001.BNEX.R26.D260212.T1420360.xml").write_text(text)
    return folder


def test_an_excluded_person_keeps_every_reason(tmp_path: Path) -> None:
    result = load_it(tmp_path / "data", exclusions(tmp_path / "in"))
    columns = "report, report_period, person_id, status, reason_code"
    assert rows(result, "reported_assignment", columns) == [
        ("BNEX", "PY2026-02", ONE, "excluded", "BD;PC")
    ]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (EXCLUSIONS[:-30], "is not whole XML"),
        (EXCLUSIONS.replace("<RecordCount>1", "<RecordCount>2"), "its trailer says 2"),
        (EXCLUSIONS.replace("<PFDC", "<!DOCTYPE x><PFDC", 1), "document type"),
    ],
)
def test_an_exclusion_file_that_is_not_whole_is_refused(
    tmp_path: Path, broken: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        load_it(tmp_path / "data", exclusions(tmp_path / "in", broken))


@pytest.mark.parametrize("comma", ["", ","])
def test_a_previous_mbi_is_its_current_person(tmp_path: Path, comma: str) -> None:
    """The crosswalk has no header; with or without commas. A line that is no record is told."""
    folder = exclusions(tmp_path / "in")
    record = comma.join(["2026", "02", ONE, TWO, "20200101", "20240630"])
    (folder / "P.A1001.BNEX.MBIXREF.txt").write_text(f"{record}\nnonsense\n")
    result = load_it(tmp_path / "data", folder)
    columns = "identifier, person_id, CAST(last_day AS VARCHAR)"
    assert rows(result, "person_identifier", columns) == [
        (ONE, ONE, None),
        (TWO, ONE, "2024-06-30"),
    ]
    assert [it[:3] for it in quarantine(result) if it[0] == "mbi_xref"] == [
        ("mbi_xref", "P.A1001.BNEX.MBIXREF.txt", 2)
    ]


def test_every_filled_cell_of_a_workbook_is_a_figure(tmp_path: Path) -> None:
    """A label alone opens a section, a bracketed one too though it has values of its own."""
    folder = tmp_path / "in"
    folder.mkdir()
    write_workbook(
        folder / "P.A1001.ACO.BNMRK.D250709.T1405028.xlsx",
        {
            "Cover": [["Historical Benchmark Report"]],
            "Parameters": [["Parameters", None], ["ACO Track", "ENHANCED"]],
            "Table 1 - Historical Benchmark": [
                ["Table 1"],
                ["Benchmark Calculation", "BY1", "BY2[3]"],
                ["[A2] Person Years", Decimal(5622), Decimal("5778.5")],
                ["ESRD", "-", Decimal(42)],
                ["Trended Expenditures", None, None],
                ["ESRD", Decimal("174011.26493481"), None],
                ["Note: rounded.", "no figure"],
            ],
        },
    )
    result = load_it(tmp_path / "data", folder)
    columns = "report, report_period, section, measure, stratum, value_number, value_text"
    table = "Table 1 - Historical Benchmark / "
    said = ("BNMRK", "PY2025")
    assert rows(result, "reported_figure", columns) == [
        (*said, "Parameters / Parameters", "ACO Track", "value 1", None, "ENHANCED"),
        (
            *said,
            f"{table}Trended Expenditures",
            "ESRD",
            "BY1",
            Decimal("174011.264935"),
            "174011.26493481",
        ),
        (*said, f"{table}[A2] Person Years", "ESRD", "BY1", None, "-"),
        (*said, f"{table}[A2] Person Years", "ESRD", "BY2", Decimal(42), None),
        (*said, f"{table}[A2] Person Years", "[A2] Person Years", "BY1", Decimal(5622), None),
        (*said, f"{table}[A2] Person Years", "[A2] Person Years", "BY2", Decimal("5778.5"), None),
    ]


def test_a_participant_list_is_a_roster_of_its_year(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "Participants List.csv").write_text(
        "Program Year,ACO ID,Participant TIN,Participant Legal Business Name\n"
        "2025,A1001,'960000001,Lakeside Practice\n"
    )
    (folder / "Providers and Suppliers List.csv").write_text(
        "Program Year,ACO ID,Participant TIN,Individual NPI,CCN,Specialty\n"
        "2025,A1001,96-0000001,'1999999980,,8\n"
    )
    result = load_it(tmp_path / "data", folder)
    columns = "roster, tin, npi, specialty_code, CAST(valid_from AS VARCHAR)"
    assert rows(result, "roster_entry", columns) == [
        ("A1001 participants", "960000001", None, None, "2025-01-01"),
        ("A1001 providers and suppliers", "960000001", "1999999980", "08", "2025-01-01"),
    ]
