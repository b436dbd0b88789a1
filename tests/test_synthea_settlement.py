"""A real Synthea export, 27 patients, from files to a settlement that refuses to guess.

The export is loaded as Medicare with Parts A and B in force (docs/load.md), built, and attributed
by our map of its encounter classes. A settlement prints expenditure and person-years, and then
refuses the minimum savings rate scale by name: it is not published below 500 lives.
"""

import json
from pathlib import Path

from conftest import Vbc

CONTRACT = """
contract: synthea
title: Twenty-seven synthetic patients
program: mssp
parties:
  payer: {id: CMS, name: Centers for Medicare & Medicaid Services}
  entity: {id: S1, name: Everybody who saw a patient}
line_of_business: medicare
agreement: {start: 2024-01-01, number: 1}
population:
  method: mssp
  participants: synthea_participants.csv
components:
  - mssp_expenditure
  - mssp_benchmark
  - mssp_settlement: {track: basic_a}
"""

CUTS = "{esrd: 500000.00, disabled: 200000.00, aged_dual: 200000.00, aged_nondual: 200000.00}"

SETTLEMENT = f"""
contract: synthea
period: PY2024
first_day: 2024-01-01
last_day: 2024-12-31
kind: interim
as_of: 2025-06-30
facts:
  quality_standard_met: {{value: true, unit: flag, source: assumed, received_on: 2025-06-30}}
  completion_factor: {{value: 1, unit: rate, source: assumed, received_on: 2025-06-30}}
  truncation_cut:
    unit: usd_per_capita
    source: assumed, above every patient
    received_on: 2025-06-30
    values:
      performance: {CUTS}
      base_1: {CUTS}
      base_2: {CUTS}
      base_3: {CUTS}
"""


def test_synthea_loads_builds_is_attributed_and_refuses_the_scale(
    shared: Path, tmp_path: Path, vbc: Vbc
) -> None:
    folder = tmp_path / "synthea"
    here = ("-w", folder)
    source = shared / "data" / "dbt_synthea_csv_seeds" / "seeds" / "synthea"
    assert vbc("init", folder)[0] == 0
    code, printed, _ = vbc("load", source, "--as-line-of-business", "medicare", *here)
    assert code == 0
    assert "synthea" in printed

    (folder / "contracts" / "synthea.yaml").write_text(CONTRACT)
    (folder / "settlements" / "synthea_PY2024.yaml").write_text(SETTLEMENT)
    participants = folder / "contracts" / "synthea_participants.csv"
    participants.write_text("tin,npi,ccn,role,group_id,valid_from,valid_to\n")
    assert vbc("build", *here)[0] == 0
    _, practices, _ = vbc(
        "sql",
        "SELECT DISTINCT billing_tin AS tin FROM medical_claim "
        "WHERE billing_tin IS NOT NULL ORDER BY tin",
        "--json",
        *here,
    )
    with participants.open("a") as file:
        file.writelines(f"{row['tin']},,,practice,,,\n" for row in json.loads(practices))
    assert vbc("build", *here)[0] == 0

    # every patient with a primary care service of the year is assigned to the one ACO
    _, assigned, _ = vbc(
        "sql",
        "SELECT assigned_persons AS people FROM assignment_cell WHERE period_id = 'PY2024'",
        "--json",
        *here,
    )
    people = json.loads(assigned)[0]["people"]
    assert 0 < people <= 27

    code, printed, err = vbc("settle", *here)
    assert code == 2
    assert "total expenditure" in printed
    assert "total person years" in printed
    assert (
        f"the minimum savings rate scale has no published formula for {people} assigned "
        "beneficiaries; it begins at 500"
    ) in err
    assert not (folder / "statements").exists()
