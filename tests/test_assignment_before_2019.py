"""A performance year before 2019 from claims to the amount due: assignment by the rules of 2018.

The rules year by year are worked by hand in tests/models/attribution_before_2019.yaml; here a user
settles such a year, and meets what it asks for besides: who attests for the ACO's clinics.
"""

import csv
from pathlib import Path

import pytest

from conftest import Vbc
from openvbc.generate.population import generate
from openvbc.sources.load import load
from openvbc.workspace import Workspace
from test_mssp_national_benchmark_build import SHOWN

IN_2018 = {
    "PY2019": "PY2018",
    "2019-01-01": "2018-01-01",
    "2019-12-31": "2018-12-31",
    "2020-08-31": "2019-08-31",
    "2020-07-15": "2019-07-15",
    "value: second": "value: first",
}
CLINIC = "363800"
"""A rural health clinic of the generated claims."""


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People of 2014 to 2019, and an agreement of 2018 whose list holds a clinic."""
    root = tmp_path_factory.mktemp("py2018")
    made = root / "source"
    generate(made, members=300, seed=3, first_year=2014, years=6, memory_limit="400MB", threads=1)
    (root / "vbc.toml").write_text("buckets = 1\nmemory_mb = 600\nworkers = 1\n")
    for name in ("contracts", "settlements"):
        (root / name).mkdir()
    load(root / "data", made, kind="own", buckets=1, data_source="invented")
    (root / "contracts" / "oakhollow.yaml").write_text(SHOWN["contracts/oakhollow.yaml"])
    settlement = SHOWN["settlements/oakhollow_PY2019.yaml"]
    (root / "settlements" / "oakhollow_PY2019.yaml").write_text(settlement)
    for old, new in IN_2018.items():
        settlement = settlement.replace(old, new)
    (root / "settlements" / "oakhollow_PY2018.yaml").write_text(settlement)
    return root


PHYSICIANS = ["1900000329", "1900000345"]
"""Two of its seven clinicians."""


def write_list(root: Path, *more: str, role: str = "rhc") -> None:
    """The practices of the generated ACO, its clinic, and more rows."""
    with (root / "source" / "participants.csv").open(encoding="utf-8", newline="") as given:
        rows = [row for row in csv.DictReader(given) if row["aco_id"] == "A1001" and row["tin"]]
    lines = [f"{row['tin']},,,practice,,," for row in rows]
    text = ["tin,npi,ccn,role,group_id,valid_from,valid_to", *lines, f",,{CLINIC},{role},,,", *more]
    (root / "contracts" / "oakhollow_participants.csv").write_text("\n".join(text) + "\n")


def assigned(root: Path) -> tuple[int, set[str], set[str]]:
    """How many are assigned in PY2018, and as whom its clinic counts in PY2018 and in PY2019."""
    engine = Workspace(root).run().open("300MB", 1)
    classes = """
    SELECT DISTINCT s.provider_class
    FROM primary_care_service AS s
    JOIN assignment_window AS w ON w.window_id = s.window_id
    WHERE s.unit_id = ? AND w.period_id = ?"""
    people = "SELECT count(*) FROM attribution WHERE assigned AND period_id = 'PY2018'"
    try:
        return (
            int(engine.rows(people)[0][0]),
            {it for (it,) in engine.rows(classes, [CLINIC, "PY2018"])},
            {it for (it,) in engine.rows(classes, [CLINIC, "PY2019"])},
        )
    finally:
        engine.close()


@pytest.mark.parametrize("role", ["rhc", "RHC"])
@pytest.mark.parametrize("ended", ["", f",1234567893,{CLINIC},rhc,,,2017-12-31"])
def test_a_clinic_without_an_attested_physician_is_refused(
    space: Path, vbc: Vbc, role: str, ended: str
) -> None:
    """Also where the attestation ended before the year."""
    write_list(space, *filter(None, [ended]), role=role)
    code, _, said = vbc("check", "--workspace", space)
    assert code == 2
    assert f"{CLINIC} is a clinic" in " ".join(said.split())


def test_the_year_settles_from_claims_by_who_is_attested(space: Path, vbc: Vbc) -> None:
    """With a stranger all that the clinic furnished is a nurse's, and fewer people come by it.

    The next year, of the same list, counts it whole as a primary care physician's.
    """
    counted = []
    for attested in (["1234567893"], PHYSICIANS):
        write_list(space, *(f",{npi},{CLINIC},rhc,,," for npi in attested))
        for command in ("check", "build", "settle"):
            code, _, said = vbc(command, "--workspace", space)
            assert code == 0, said
        counted.append(assigned(space))
    (fewer, *strangers), (more, *known) = counted
    assert strangers == [{"npp"}, {"pcp"}]
    assert known == [{"npp", "pcp"}, {"pcp"}]
    assert fewer < more
