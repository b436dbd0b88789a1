"""Preventable use: tests done again, hospital claims by class, and what a grouper does not know.

Lists of tests (CPT), the probabilities of emergency visits and AHRQ's value sets are the user's own
files; the lists here are made up.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conftest import Vbc
from grouper_sample import ask, claim, counted, diagnoses, give, group, make, small
from openvbc.analyses import FILE, read_analyses
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.groupers.ccsr import ccsr_default
from openvbc.groupers.tables import Grouper, write_grouper
from openvbc.sources.reference.store import load_reference
from openvbc.workspace import Workspace

BIRTH = {"person_id": "P1", "birth_date": "2007-07-01", "sex": "female"}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine("300MB", tmp_path / "spill")
    yield made
    made.close()


def run(engine: DuckDBEngine, it: Grouper, claims: Any, held: Any, folder: Path) -> None:
    write_grouper(it, folder / "own")
    ask(engine, [it.name], folder, folder / "own")
    give(engine, "person", [BIRTH], folder)
    names = ("repeated_service", "classified_claim", "grouper_coverage")
    group(engine, claims, held, folder, names)


SCANS = small(service=[("G0297", "SCAN", "30")])


def scan(key: str, day: str, paid: int, **given: Any) -> dict[str, Any]:
    days: dict[str, Any] = {"claim_start_date": day, "claim_end_date": day}
    return claim(key, hcpcs_code="G0297", paid_cents=paid, **days, **given)


def test_a_test_again_within_its_days_is_flagged_with_its_dollars(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """Scans on 1 March, 31 March (30 days: again), 1 May (31 days: not) and 2 May (again).

    Those of 2 May are two lines of one test: $60 + $40. What is read on 3 May alone (modifier 26),
    a refused one and another person's are none. What is allowed is $120 where it is said, else what
    was paid.
    """
    claims = [
        scan("A", "2025-03-01", 9_000),
        scan("B", "2025-03-31", 9_000, allowed_cents=12_000),
        scan("C", "2025-05-01", 9_000),
        scan("D", "2025-05-02", 6_000),
        scan("E", "2025-05-02", 4_000, hcpcs_modifier_1="26"),
        scan("F", "2025-05-03", 9_000, denied=True),
        scan("H", "2025-05-03", 3_000, hcpcs_modifier_2="26"),
        scan("G", "2025-05-03", 9_000, person="P2"),
    ]
    found = []
    for order in (1, -1):
        run(engine, SCANS, claims[::order], [], tmp_path)
        sql = (
            "SELECT person_id, earlier_on, service_on, claims, allowed_cents, paid_cents "
            "FROM repeated_service ORDER BY service_on"
        )
        found.append(engine.rows(sql))
    assert found[0] == found[1] == [
        ("P1", date(2025, 3, 1), date(2025, 3, 31), 1, 12_000, 9_000),
        ("P1", date(2025, 5, 1), date(2025, 5, 2), 2, 10_000, 10_000),
    ]  # fmt: skip


CLASSES: dict[str, list[tuple[str, ...]]] = {
    "class": [
        ("emergency", "J069", "PRIMARY_CARE", "333333", ""),
        ("emergency", "J069", "NON_EMERGENT", "333333", ""),
        ("emergency", "J069", "EMERGENT", "333334", ""),
        ("emergency", "S72001A", "INJURY", "1000000", ""),
        ("stay", "J45901", "ASTHMA", "1000000", "18"),
    ],
    "unless": [("ASTHMA", "E849")],
}
THIRDS = small(**CLASSES)
EMERGENCY: dict[str, Any] = {
    "claim_type": "institutional", "bill_type_code": "131", "revenue_center_code": "0450",
}  # fmt: skip


def classes(engine: DuckDBEngine) -> set[tuple[Any, ...]]:
    return {
        *engine.rows(
            "SELECT claim_key, category, share_ppm, allowed_cents, paid_cents FROM classified_claim"
        )
    }


def test_an_emergency_claim_is_divided_to_the_cent(engine: DuckDBEngine, tmp_path: Path) -> None:
    """$100.00 in shares of .333334, .333333, .333333, laid end to end in the order of names:
    33.33, then 66.67 − 33.33 = 33.34, then 100.00 − 66.67 = 33.33. A line of another revenue
    centre belongs to the visit; an outpatient claim without an emergency department does not.
    """
    claims = [
        claim("E", **EMERGENCY, paid_cents=6_000),
        claim("E", **(EMERGENCY | {"revenue_center_code": "0300"}), claim_line_number=2,
              paid_cents=4_000),
        claim("O", **(EMERGENCY | {"revenue_center_code": "0510"})),
        claim("U", **EMERGENCY),
    ]  # fmt: skip
    held = [*diagnoses("E", "J069", "S72001A"), *diagnoses("O", "J069"), *diagnoses("U", "R51")]
    run(engine, THIRDS, claims, held, tmp_path)
    assert classes(engine) == {
        ("E", "EMERGENT", 333_334, 3_333, 3_333),
        ("E", "NON_EMERGENT", 333_333, 3_334, 3_334),
        ("E", "PRIMARY_CARE", 333_333, 3_333, 3_333),
        ("U", "unclassified", 1_000_000, 10_000, 10_000),
    }


@pytest.mark.parametrize(
    ("why", "day", "codes", "expected"),
    [
        ("eighteen that day", "2025-07-01", ["J45901"], "ASTHMA"),
        ("seventeen the day before", "2025-06-30", ["J45901"], "unclassified"),
        ("another diagnosis keeps it out", "2025-07-01", ["J45901", "E849"], "unclassified"),
        ("only the first diagnosis gives a class", "2025-07-01", ["E849", "J45901"],
         "unclassified"),
    ],
)  # fmt: skip
def test_a_hospital_stay_is_preventable_by_its_first_diagnosis_age_and_exclusions(
    why: str, day: str, codes: list[str], expected: str, engine: DuckDBEngine, tmp_path: Path
) -> None:
    stay = claim("S", stay=True, claim_start_date=day, claim_end_date=day, paid_cents=900_000)
    run(engine, THIRDS, [stay], diagnoses("S", *codes), tmp_path)
    assert classes(engine) == {("S", expected, 1_000_000, 900_000, 900_000)}, why


def test_what_a_grouper_does_not_know_is_counted_and_named(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    held = [*diagnoses("V", "E119", "R51", "25000", "E11.9"), *diagnoses("W", "44054006")]
    held[-1]["code_type"] = "snomed-ct"
    run(engine, small(), [claim("V"), claim("W")], held, tmp_path)
    sql = "SELECT persons, diagnoses, mapped, unmapped, invalid, other_system FROM grouper_coverage"
    assert engine.rows(sql) == [(1, 5, 1, 1, 2, 1)]
    named = engine.rows("SELECT code FROM grouper_diagnosis WHERE state = 'invalid' ORDER BY code")
    assert named == [("25000",), ("E11.9",)]


ASKED = """\
analyses:
  seniors:
    line_of_business: medicare
    years: [2025]
    paid_through: 2026-03-31
    groupers: [elixhauser, charlson, small]
"""


def test_a_workspace_builds_shipped_groupers_and_its_own(tmp_path: Path, vbc: Vbc) -> None:
    """Its own stand in packs/. One asks for two years, so the year before is read."""
    vbc("init", tmp_path)
    write_grouper(small(), tmp_path / "packs")
    (tmp_path / FILE).write_text(ASKED)
    assert read_analyses(tmp_path).days()["2025"] == (date(2024, 1, 1), date(2025, 12, 31))
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "person.csv").write_text("person_id,birth_date,sex\nP1,1950-05-01,female\n")
    (folder / "diagnosis.csv").write_text(
        "claim_key,version_number,sequence,person_id,claim_end_date,code_type,code,line_of_business\n"
        "V,1,1,P1,2025-06-30,icd-10-cm,E119,medicare\n"
        "W,1,1,P1,2024-06-30,icd-10-cm,E119,medicare\n"
    )
    assert vbc("load", folder, "--workspace", tmp_path)[::2] == (0, "")
    assert vbc("build", "--workspace", tmp_path)[::2] == (0, "")
    opened = Workspace(tmp_path).run().open("300MB", 1)
    sql = "SELECT grouper, category, claims FROM person_comorbidity ORDER BY grouper"
    assert opened.rows(sql) == [
        ("charlson", "DIABETES", 1), ("elixhauser", "DIAB_UNCX", 1), ("small", "SUGAR", 2),
    ]  # fmt: skip
    opened.close()


def test_a_grouper_that_is_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(ASKED)
    with pytest.raises(InputError, match="unknown grouper small"):
        read_analyses(tmp_path)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("2026-07-01", ""), "grouper small is for days from 2026-07-01 on, and 2025 has none"),
        (("2020-01-01", "2024-12-31"),
         "grouper small is for days from 2020-01-01 to 2024-12-31, and 2025 has none"),
        (("2025-12-31", ""), None),
        (("2020-01-01", "2025-01-01"), None),
    ],
)  # fmt: skip
def test_a_year_that_lies_outside_a_grouper_s_days_is_refused(
    days: tuple[str, str], said: str | None, tmp_path: Path
) -> None:
    """A year of which one day lies inside is taken: code lists change in October."""
    made = small()
    head = {**made.head, "first_day": days[0], "last_day": days[1]}
    write_grouper(replace(made, head=head), tmp_path / "packs")
    (tmp_path / FILE).write_text(ASKED)
    if said is None:
        assert read_analyses(tmp_path).by_name
        return
    with pytest.raises(InputError) as refused:
        read_analyses(tmp_path)
    line = ASKED.splitlines().index("    groupers: [elixhauser, charlson, small]") + 1
    assert str(refused.value).startswith(f"{tmp_path / FILE}:{line}: {said}")


def test_the_default_ccsr_is_made_of_the_file_that_a_user_keeps(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    """AHRQ quotes its codes. S72001A's default here is none (XXX000), so it is unmapped."""
    file = tmp_path / "DXCCSR.csv"
    file.write_text(
        "ICD-10-CM CODE,Default CCSR CATEGORY IP\n"
        "'E119','END002'\n'J449','RSP008'\n'S72001A','XXX000'\n"
    )
    made = ccsr_default(load_reference(tmp_path / "data", "ccsr_diagnosis", file, "v2026.1"))
    held = [*diagnoses("V", "E119", "J449"), *diagnoses("W", "S72001A")]
    run(engine, made, [claim("V"), claim("W")], held, tmp_path)
    make(engine, "person_comorbidity")
    assert counted(engine, "ccsr_default") == {"END002"}
    assert engine.rows("SELECT mapped, unmapped FROM grouper_coverage") == [(2, 1)]
    wrong = load_reference(tmp_path / "data", "adi", _adi(tmp_path), "2023")
    with pytest.raises(InputError, match="adi: is not the reference set ccsr_diagnosis"):
        ccsr_default(wrong)


def _adi(folder: Path) -> Path:
    path = folder / "adi.csv"
    path.write_text("FIPS,ADI_NATRANK\n250010101001,13\n")
    return path
