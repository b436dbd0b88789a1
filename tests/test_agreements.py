"""What a source permits is kept in a register, and every other use is refused by name."""

import json
from datetime import date
from pathlib import Path

import pytest

from load_tables import COVERAGE, PERSON, load_it, write_source
from openvbc.confidentiality.agreement import agreement_for_load, read_agreements
from openvbc.confidentiality.audit import AUDIT, audit_problems, record
from openvbc.confidentiality.consent import read_consents
from openvbc.confidentiality.load_terms import load_terms
from openvbc.confidentiality.release import asked_release
from openvbc.confidentiality.use import check_use, source_uses
from openvbc.errors import InputError

REGISTER = """
agreements:
  - id: DUA-7
    owner: CMS
    sources: [Lakeside]
    purposes: [payment, operations]
    recipients: [Lakeside ACO]
    valid_from: 2025-01-01
    valid_to: 2026-06-30
    cite: 42 CFR 425.710
"""
IN_FORCE = date(2026, 3, 1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "agreements.yaml").write_text(REGISTER, encoding="utf-8")
    return tmp_path


def refused(root: Path, source: str, agreement: str, purpose: str, day: date) -> list[str]:
    with pytest.raises(InputError) as error:
        agreement_for_load(root, source, agreement, [purpose], day)
    return [it.what for it in error.value.problems]


def test_a_load_under_an_agreement_takes_its_owner_and_its_purposes(root: Path) -> None:
    found = agreement_for_load(root, "Lakeside", "DUA-7", ["payment"], IN_FORCE)
    assert found is not None
    assert (found.owner, found.purposes) == ("CMS", ("payment", "operations"))


def test_unknown_expired_foreign_and_unpermitted_are_refused(root: Path) -> None:
    assert "did you mean DUA-7?" in refused(root, "Lakeside", "DUA-8", "payment", IN_FORCE)[0]
    late = refused(root, "Lakeside", "DUA-7", "payment", date(2026, 7, 1))
    assert late[0].startswith("is in force from 2025-01-01 to 2026-06-30 only")
    wrong = refused(root, "Harbor", "DUA-7", "research", IN_FORCE)
    assert wrong == [
        "is not of source Harbor; it covers Lakeside",
        "does not permit research; it permits payment, operations",
    ]


def test_without_an_agreement_a_load_is_for_payment_and_operations(root: Path) -> None:
    terms = load_terms(root, "Lakeside", None, None, None)
    assert (terms.owner, terms.agreement) == (None, None)
    assert terms.permitted_purpose == "payment; operations"
    with pytest.raises(InputError, match="unknown purpose; did you mean research"):
        load_terms(root, "Lakeside", None, None, ["reserch"])


def loaded(root: Path, name: str, agreement: str | None, permitted: str) -> None:
    people = [PERSON | {"person_id": f"{name}1"}]
    coverage = [COVERAGE | {"person_id": f"{name}1"}]
    source = write_source(root / f"in-{name}", person=people, eligibility=coverage)
    load_it(
        root / "data",
        source,
        data_source=name,
        agreement=agreement,
        permitted_purpose=permitted,
    )


def test_a_use_is_refused_with_each_source_that_does_not_permit_it(root: Path) -> None:
    """Two sources: one for payment only, one under an agreement that the register lacks."""
    loaded(root, "Harbor", None, "payment")
    check_use(root, root / "data", ["payment"])
    loaded(root, "Valley", "DUA-9", "payment; research")
    with pytest.raises(InputError) as error:
        check_use(root, root / "data", ["research"])
    assert [str(it) for it in error.value.problems] == [
        "source Harbor: permits payment, not research",
        "source Valley: its agreement DUA-9 is not in agreements.yaml",
    ]


def test_recipients_are_those_of_the_agreement_and_its_owner(root: Path) -> None:
    loaded(root, "Lakeside", "DUA-7", "payment; research")
    (use,) = source_uses(root, root / "data", IN_FORCE)
    # research is what the load says and the agreement does not
    assert use.purposes == ("payment",)
    assert use.against(["payment"], "Lakeside ACO") == ""
    assert use.against(["payment"], "CMS") == ""
    refusal = "may go to CMS, Lakeside ACO, not to Harbor"
    assert use.against(["payment"], "Harbor") == refusal
    (late,) = source_uses(root, root / "data", date(2027, 1, 1))
    assert late.against(["payment"], None) == "agreement DUA-7 ended or has not begun"


def test_a_register_says_everything_that_is_wrong_with_it(tmp_path: Path) -> None:
    text = "agreements:\n  - {id: A, owner: X, sources: [S], purposes: [pay], until: 2026-01-01}\n"
    (tmp_path / "agreements.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_agreements(tmp_path)
    said = sorted(it.what.split(";")[0].split(",")[0] for it in error.value.problems)
    assert said == ["unknown key until", "unknown purpose", "valid_from is missing"]


CONSENTS = """
consents:
  - {person: P1, categories: [hiv], recipient: Harbor, from: 2026-01-01, to: 2026-06-30}
"""


def test_consent_is_for_a_recipient_and_a_time(tmp_path: Path) -> None:
    (tmp_path / "consents.yaml").write_text(CONSENTS, encoding="utf-8")
    (consent,) = read_consents(tmp_path)
    assert consent.covers("Harbor", date(2026, 6, 30))
    assert not consent.covers("Harbor", date(2026, 7, 1))
    assert not consent.covers("Valley", date(2026, 6, 30))
    assert not consent.covers(None, date(2026, 6, 30))


def test_sensitive_rows_need_a_purpose_and_a_recipient() -> None:
    with pytest.raises(InputError) as error:
        asked_release(None, None, with_sensitive=True)
    assert [it.what.split(":")[0] for it in error.value.problems] == [
        "say why",
        "say who gets them",
    ]
    assert asked_release(None, None, with_sensitive=False, usual="payment").purpose == "payment"


def test_the_audit_log_shows_every_change(tmp_path: Path) -> None:
    """Three lines; one changed, one taken out, one that is none: each is found."""
    for count in (1, 2, 3):
        record(tmp_path, "sql", "payment", {"shown": count}, recipient=None)
    assert list(audit_problems(tmp_path)) == []
    path = tmp_path / AUDIT
    lines = path.read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[1])["previous"] == json.loads(lines[0])["sha256"]
    path.write_text("\n".join([lines[0], lines[1].replace('"shown": 2', '"shown": 9'), lines[2]]))
    assert [it.what.split(";")[0] for it in audit_problems(tmp_path)] == ["is not what was written"]
    path.write_text("\n".join([lines[0], lines[2]]))
    assert ["does not follow" in it.what for it in audit_problems(tmp_path)] == [True]
    path.write_text("nothing\n")
    assert [it.what.split(";")[0] for it in audit_problems(tmp_path)] == [
        "is no line of an audit log"
    ]
