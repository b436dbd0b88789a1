"""A workspace's claim lines divided among pools: inside the capitation, or paid fee for service.

Each line of a member's month in the contract lands in one cell of the matrix, or is listed. What
was paid fee for service for a capitated service comes off the capitation, so nothing is paid twice;
what is carved out stays as it was paid.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

from conftest import Vbc
from member_sample import (
    COST,
    capitation,
    contract,
    deliver,
    person,
    settled,
    settlement,
    span,
    workspace,
)
from openvbc.members.services import divide_claims
from openvbc.responsibility.divide import service_facts
from openvbc.responsibility.matrix import POOLS, read_matrix
from openvbc.workspace import Workspace
from openvbc.yamlfile import write_yaml

MATRIX: Final = """\
service,place,network,pool,valid_from,valid_to
inpatient,*,*,hospital,2025-01-01,
office_visit,*,*,professional,2025-01-01,
transplant,*,*,carve_out,2025-01-01,
drug,*,*,pharmacy,2025-01-01,
"""

SERVICES: Final = """\
claim_type,place_of_service,bill_type,revenue_center,hcpcs_from,hcpcs_to,billing_tin,service,place,network
institutional,,11,036,,,,transplant,hospital,any
institutional,,11,,,,,inpatient,hospital,any
professional,11,,,99202,99215,111111111,office_visit,office,in
professional,11,,,99202,99215,,office_visit,office,out
pharmacy,,,,,,,drug,any,any
"""


def line(
    claim: str, kind: str, value_cents: int, paid_cents: int, **more: object
) -> dict[str, Any]:
    """One line of a claim of 10 March, worth value_cents, of which paid_cents were paid."""
    return {
        "claim_key": claim,
        "claim_id": claim,
        "version_number": 1,
        "claim_line_number": 1,
        "version_type": "original",
        "sign": 1,
        "effective_on": "2025-04-01",
        "claim_type": kind,
        "person_id": "A",
        "claim_start_date": "2025-03-10",
        "claim_end_date": "2025-03-10",
        "allowed_cents": value_cents,
        "paid_cents": paid_cents,
        "payer": "HARBOR",
        "line_of_business": "commercial",
        **more,
    }


CLAIMS: Final = [
    line("C1", "institutional", 900_000, 0, bill_type_code="111", revenue_center_code="0120"),
    line("C2", "institutional", 5_000_000, 5_000_000, bill_type_code="111",
         revenue_center_code="0360"),
    line("C3", "professional", 12_000, 0, place_of_service_code="11", hcpcs_code="99213",
         billing_tin="111111111"),
    line("C4", "professional", 13_000, 13_000, place_of_service_code="11", hcpcs_code="99214",
         billing_tin="222222222"),
    line("C5", "professional", 7_000, 7_000, place_of_service_code="11", hcpcs_code="99213",
         claim_start_date="2025-09-10", claim_end_date="2025-09-10"),
]  # fmt: skip
"""C5 is in September, when the member has left: no line of this contract."""


def capitated(tmp_path: Path, vbc: Vbc, claims: list[dict[str, Any]]) -> Path:
    space = workspace(
        tmp_path / "space", {"part": (contract("part", capitation(900)), settlement("part", COST))}
    )
    (space / "contracts" / "matrix.csv").write_text(MATRIX)
    (space / "contracts" / "services.csv").write_text(SERVICES)
    spans = [span("A", "2025-01-01", "2025-06-30")]
    deliver(vbc, space, "2025-12-15", spans, [person("A")], medical_claim=claims)
    assert vbc("build", "-w", space)[0] == 0
    return space


def divided(vbc: Vbc, space: Path) -> tuple[int, dict[str, Any], str]:
    folder = space / "contracts"
    code, said, err = vbc(
        *("responsibility", folder / "matrix.csv", "--services", folder / "services.csv"),
        *("--settlement", "part_PY2025", "--json", "-w", space),
    )
    return code, json.loads(said) if said else {}, err


def test_claim_lines_of_the_members_land_in_one_pool_each(vbc: Vbc, tmp_path: Path) -> None:
    """Hospital $9,000, paid $0 (capitated); professional $120 + $130, of which $130 was paid
    fee for service by mistake; the transplant's $50,000 is carved out and stays as it was paid.
    """
    space = capitated(tmp_path, vbc, CLAIMS)
    code, found, err = divided(vbc, space)
    assert (code, err, found["lines"], found["cents"]) == (0, "", 4, 5_925_000)
    amounts = {name: (it["lines"], it["cents"]) for name, it in found["pools"].items()}
    assert amounts == {
        "payer": (0, 0),
        "hospital": (1, 900_000),
        "professional": (2, 25_000),
        "pharmacy": (0, 0),
        "carve_out": (1, 5_000_000),
    }
    assert found["paid_cents"] == {
        "payer": 0,
        "hospital": 0,
        "professional": 13_000,
        "pharmacy": 0,
        "carve_out": 5_000_000,
    }


def test_the_pools_settle_the_capitation_without_paying_a_service_twice(
    vbc: Vbc, tmp_path: Path
) -> None:
    """Six months × $900 = $5,400 of capitation against $9,250 of capitated cost.

    Deficit $3,850, all the entity's. The $130 paid fee for service comes off; $50,000 stays paid
    outside. $5,400 − $0 prepaid − $130 = $5,270 is due.
    """
    space = capitated(tmp_path, vbc, CLAIMS)
    opened = Workspace(space)
    division = divide_claims(
        read_matrix(space / "contracts" / "matrix.csv"),
        space / "contracts" / "services.csv",
        opened.settlements["part_PY2025"],
        opened.fresh_run(),
    )
    facts = service_facts(
        division, ["hospital", "professional"], source="claims", received_on=date(2026, 3, 1)
    )
    services = f"  - capitated_services:\n      strata: [{', '.join(POOLS)}]\n"
    (space / "contracts" / "part.yaml").write_text(contract("part", capitation(900) + services))
    path = space / "settlements" / "part_PY2025.yaml"
    write_yaml(
        path,
        {
            "contract": "part",
            "period": "PY2025",
            "kind": "final",
            "first_day": date(2025, 1, 1),
            "last_day": date(2025, 12, 31),
            "as_of": date(2026, 3, 31),
            "facts": {
                **facts,
                "capitation_prepaid": {
                    "unit": "usd",
                    "value": 0,
                    "source": "books",
                    "received_on": date(2026, 3, 1),
                },
            },
        },
    )
    code, _, err = vbc("settle", "-w", space)
    assert code == 0, err
    values = {it["path"].split("/")[1]: it["value"] for it in settled(space, "part")["lines"]}
    expected = {
        "capitation_revenue": "5400",
        "capitated_cost": "9250",
        "capitation_surplus": "-3850",
        "capitated_paid_per_service": "130",
        "carved_out_paid_per_service": "50000",
        "capitation_amount_due": "5270",
    }
    assert {name: values[name] for name in expected} == expected


def test_claims_that_name_the_payer_otherwise_are_no_zero(vbc: Vbc, tmp_path: Path) -> None:
    """Coverage says HARBOR, claims say Harbor: nothing lands, which is no cost of 0."""
    odd = line("C1", "institutional", 900_000, 0, bill_type_code="111", payer="Harbor")
    code, _, err = divided(vbc, capitated(tmp_path, vbc, [odd]))
    assert (code, "and 1 stand there, of Harbor, commercial; coverage" in err) == (2, True)


def test_every_posting_that_stands_of_one_claim_counts(vbc: Vbc, tmp_path: Path) -> None:
    """A visit in two postings of one claim, $130 and $20 more; neither was cancelled: $150."""
    more = {"place_of_service_code": "11", "hcpcs_code": "99214", "debit_credit": True}
    postings = [
        line("C7", "professional", 13_000, 13_000, **more),
        line("C7", "professional", 2_000, 2_000, version_number=2, version_type="adjust", **more),
    ]
    space = capitated(tmp_path, vbc, postings)
    code, found, err = divided(vbc, space)
    assert (code, err, found["lines"], found["cents"]) == (0, "", 2, 15_000)
    assert found["paid_cents"]["professional"] == 15_000


def test_a_partial_credit_takes_off_its_own_amount(vbc: Vbc, tmp_path: Path) -> None:
    """A debit of $100 and a credit of $30 on it: $70 are left, not nothing."""
    more = {"place_of_service_code": "11", "hcpcs_code": "99214", "debit_credit": True}
    credit = {"version_number": 2, "version_type": "cancel", "sign": -1}
    postings = [
        line("C7", "professional", 10_000, 10_000, **more),
        line("C7", "professional", 3_000, 3_000, **credit, **more),
    ]
    code, found, err = divided(vbc, capitated(tmp_path, vbc, postings))
    assert (code, err, found["lines"], found["cents"]) == (0, "", 2, 7_000)


def test_claim_lines_of_no_rule_are_listed_and_fail(vbc: Vbc, tmp_path: Path) -> None:
    """An office visit elsewhere (place of service 22) fits no rule: listed with its cents."""
    odd = line("C6", "professional", 4_000, 4_000, place_of_service_code="22", hcpcs_code="99213")
    space = capitated(tmp_path, vbc, [*CLAIMS, odd])
    code, found, _ = divided(vbc, space)
    assert (code, found["lines"], found["cents"]) == (1, 5, 5_929_000)
    (listed,) = found["unmapped"]["listed"]
    assert (listed["service"], listed["place"], listed["cents"]) == ("unmapped", "22", 4_000)
    assert sum(it["cents"] for it in found["pools"].values()) + 4_000 == found["cents"]


def test_everything_wrong_with_a_list_of_services_is_said_at_once(vbc: Vbc, tmp_path: Path) -> None:
    space = capitated(tmp_path, vbc, CLAIMS)
    wrong = SERVICES + "dental,,,,,,,visit,office,in\nprofessional,,,,99215,99202,,,office,in\n"
    (space / "contracts" / "services.csv").write_text(wrong)
    code, _, err = divided(vbc, space)
    assert code == 2
    assert [it.rpartition("/")[2].partition(": ")[2][:24] for it in err.splitlines()] == [
        "claim_type: found 'denta",
        "service is empty; say wh",
        "hcpcs 99215 to 99202: ex",
    ]
