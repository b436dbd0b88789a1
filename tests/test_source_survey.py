"""Surveys, screenings and activity logs; rosters and the public NPPES file."""

from decimal import Decimal
from pathlib import Path

from load_tables import PERSON, load_it, quarantine, rows, write_source


def text(folder: Path, name: str, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder


def test_every_filled_column_of_a_respondent_file_is_an_answer(tmp_path: Path) -> None:
    """Two respondents, three questions, one left empty once: five answers. Who did not answer
    stays with the disposition."""
    folder = text(
        tmp_path / "in",
        "CAHPS_2025.csv",
        "Finder Number,Disposition,Survey Mode,Survey Language,Weight,Group TIN,Q01,Q02,Q18_2",
        "1001,M10,Mail,English,1.25,96-0000001,1,4,10",
        "1002,M10,Telephone,Spanish,0.75,960000001,1,,M",
        "1003,M32,Mail,English,1.00,960000001,,,",
    )
    result = load_it(tmp_path / "data", folder)
    assert result.kind == "survey"
    columns = "response_id, item_code, answer_code, mode, practice_tin, instrument"
    assert rows(result, "questionnaire_answer", columns) == [
        ("test:1001", "Q01", "1", "mail", "960000001", "cahps"),
        ("test:1001", "Q02", "4", "mail", "960000001", "cahps"),
        ("test:1001", "Q18_2", "10", "mail", "960000001", "cahps"),
        ("test:1002", "Q01", "1", "telephone", "960000001", "cahps"),
        ("test:1002", "Q18_2", "M", "telephone", "960000001", "cahps"),
        ("test:1003", "none", None, "mail", "960000001", "cahps"),
    ]
    weights = {it[0] for it in rows(result, "questionnaire_answer", "sampling_weight")}
    assert weights == {Decimal("1.25"), Decimal("0.75"), Decimal(1)}


def test_a_long_file_has_one_answer_a_line(tmp_path: Path) -> None:
    folder = text(
        tmp_path / "in",
        "hrsn_screening.csv",
        "Screening ID,MBI,Screening Date,Tool,LOINC,Response",
        "S1,1AA0AA0AA01,03/05/2024,AHC-HRSN,71802-3,LA31993-1",
    )
    result = load_it(tmp_path / "data", folder)
    columns = "person_id, instrument, item_code, answer_code, CAST(authored_date AS VARCHAR)"
    assert rows(result, "questionnaire_answer", columns) == [
        ("1AA0AA0AA01", "ahc-hrsn", "71802-3", "LA31993-1", "2024-03-05")
    ]


def test_an_activity_log_needs_no_numbers_of_its_own(tmp_path: Path) -> None:
    """Two entries that say the same are two acts; the same log again is the same two acts."""
    data = tmp_path / "data"
    load_it(data, write_source(tmp_path / "people", person=[PERSON]))
    lines = (
        "Member ID,Contact Date,Contact Type,Duration,Result,Social Need",
        "P1,2024-03-05,Outreach,15,Not reached,Food",
        "P1,2024-03-05,Outreach,15,Not reached,Food",
        "P9,2024-03-05,Outreach,15,Reached,Food",
    )
    result = load_it(data, text(tmp_path / "in", "outreach_march.csv", *lines))
    columns = "person_id, activity_type, minutes, outcome, need"
    assert rows(result, "activity", columns) == [
        ("P1", "outreach", 15, "not reached", "food"),
        ("P1", "outreach", 15, "not reached", "food"),
    ]
    assert [it[2] for it in quarantine(result)] == [3]
    again = load_it(data, text(tmp_path / "again", "outreach_april.csv", *lines))
    assert again.tables["activity"].redelivered == 2


def test_a_roster_is_known_by_what_its_columns_mean(tmp_path: Path) -> None:
    folder = text(
        tmp_path / "in",
        "lakeside_roster.csv",
        "Provider Name,Provider NPI,Tax ID,CMS Specialty,Effective Date,Term Date,Network",
        '"Doe, Jane",1999999980,96-0000001,8,01/01/2025,,Lakeside',
        '"Roe, Rob",1999999981,960000001,11,01/01/2025,12/31/2024,Lakeside',
    )
    result = load_it(tmp_path / "data", folder)
    columns = "roster, tin, npi, name, specialty_code, CAST(valid_from AS VARCHAR)"
    assert rows(result, "roster_entry", columns) == [
        ("Lakeside", "960000001", "1999999980", "Doe, Jane", "08", "2025-01-01")
    ]
    assert quarantine(result) == [
        ("roster_entry", "lakeside_roster.csv", 2, "ends before it starts")
    ]


def test_nppes_gives_the_names_of_npis_in_force(tmp_path: Path) -> None:
    header = (
        '"NPI","Entity Type Code","Replacement NPI","Employer Identification Number (EIN)",'
        '"Provider Organization Name (Legal Business Name)","Provider Last Name (Legal Name)",'
        '"Provider First Name","NPI Deactivation Date","NPI Reactivation Date"'
    )
    folder = text(
        tmp_path / "in",
        "npidata_pfile_20050523-20251109.csv",
        header,
        '"1999999980","1","","","","DOE","JANE","",""',
        '"1999999981","2","","<UNAVAIL>","LAKESIDE CLINIC","","","",""',
        '"1999999982","1","","","","ROE","ROB","01/31/2020",""',
    )
    result = load_it(tmp_path / "data", folder)
    assert rows(result, "provider", "npi, name") == [
        ("1999999980", "DOE, JANE"),
        ("1999999981", "LAKESIDE CLINIC"),
    ]


def test_our_own_tables_are_no_roster_and_no_survey(tmp_path: Path) -> None:
    """`roster_entry.csv` has a roster's name and columns, but it is a canonical table."""
    entry = {"roster": "Lakeside", "tin": "960000001", "npi": "", "valid_from": "2025-01-01"}
    answer = {"response_id": "1", "item_code": "Q01", "answer_number": 1, "instrument": "cahps"}
    act = {
        "activity_id": "1",
        "person_id": "P1",
        "activity_type": "outreach",
        "activity_date": "2025-01-01",
    }
    folder = write_source(
        tmp_path / "in",
        person=[PERSON],
        roster_entry=[entry],
        questionnaire_answer=[answer],
        activity=[act],
    )
    result = load_it(tmp_path / "data", folder)
    assert result.kind == "own"
    assert rows(result, "roster_entry", "roster, tin") == [("Lakeside", "960000001")]
