"""Two sides' packs: every difference of members and claims has one cause and its dollars.

The rows are those of `twin_rows.py`, where a dollar of claims moves $0.588. Each of ten causes is
seeded alone and returns its dollars to the cent, then all together.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import pytest

from ledger_sample import usd
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.store import file_digest
from openvbc.errors import InputError
from openvbc.reconcile.classify import UNEXPLAINED, classes
from openvbc.reconcile.keys import keyed, name_keys, read_salt
from openvbc.reconcile.memberwalk import MemberWalk
from openvbc.reconcile.mixture import Mixture
from openvbc.reconcile.pack import MANIFEST, STATEMENT, Pack, read_pack
from openvbc.reconcile.twin import reconcile, reconciled_packs
from seen import Seen
from twin_rows import (
    ROW_SEEDS,
    TYPE,
    WITHOUT_MONTHS,
    YEAR,
    Claim,
    Member,
    RowSeed,
    Side,
    opted_out,
    other_amount,
    pack,
    seeded,
    settlement_of,
    side,
    written,
)
from twin_sample import resealed

CLASS = {"withheld member": "withheld data", "withheld claim": "withheld data"}
KINDS = (
    *("same", "attribution", "enrolment months", "missing claim", "later adjustment"),
    *("run-out or completion", "rounding", "withheld member", "withheld claim", UNEXPLAINED),
)
"""What can be put into a random claim, and the class of what is no class itself."""

CHANGES = [it.change for it in ROW_SEEDS]
"""Every seeded cause at once."""


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return seeded(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return seeded(tmp_path_factory.mktemp("theirs"), *CHANGES)


# Causes one by one


def test_the_same_pack_has_no_cause(ours: Pack) -> None:
    """($120,000 − $89,999.60) × 60 % × 98 % = $17,640.24."""
    found = reconciled_packs(ours, ours)
    assert (found.causes, found.difference, found.ours_cents) == ((), 0, usd("17,640.24"))
    assert found.explained


@pytest.mark.parametrize("seed", ROW_SEEDS, ids=lambda it: it.kind)
def test_a_cause_that_is_seeded_alone_returns_its_dollars(
    tmp_path: Path, ours: Pack, seed: RowSeed
) -> None:
    found = reconciled_packs(ours, seeded(tmp_path, seed.change))
    assert [(it.kind, it.alone, it.with_earlier) for it in found.causes] == [
        (seed.kind, usd(seed.dollars), 0)
    ]
    assert (found.difference, found.explained) == (usd(seed.dollars), True)


def test_the_words_of_a_cause_count_members_claims_months_and_cents(
    theirs: Pack, ours: Pack
) -> None:
    says = {it.kind: it.says for it in reconciled_packs(ours, theirs).causes}
    assert says["attribution"] == "1 member, months +12, claims 9,500.00"
    assert says["enrolment months"] == "1 member, months -1"
    assert says["later adjustment"] == "1 member, 1 claim, claims 400.50"
    assert says["risk score"] == "1 member"


# Causes together


def test_ten_causes_together_are_the_whole_difference(ours: Pack, theirs: Pack) -> None:
    """Person-years 10 + 1 − 1/12 = 131/12. Score months 12 × 9 + 11 + 12 × 1.1 = 132.2 … of 131.

    Claims $89,999.60 + $9,500 + $1,000 + $400.50 + $2,000 + $0.40 + $500 = $103,400.50. The
    benchmark is $12,000 × 131/12 × 132.2/131 = $132,200. Savings $28,799.50 × 75 % × 0.70 × 97 %
    = $14,666.15, which is $2,974.09 less than $17,640.24.
    """
    found = reconciled_packs(ours, theirs)
    assert found.theirs_cents == usd("14,666.15")
    assert found.difference == -usd("2,974.09") == sum(it.cents for it in found.causes)
    assert {it.kind: it.alone for it in found.causes} == {
        it.kind: usd(it.dollars) for it in ROW_SEEDS
    }
    kinds = {it.kind for it in ROW_SEEDS}
    assert [it.kind for it in found.causes] == [it for it in found.order if it in kinds]
    assert found.interaction == found.difference - sum(usd(it.dollars) for it in ROW_SEEDS)
    assert found.to_json()["residual_cents"] == 0
    assert found.explained


def test_the_other_way_round_the_same_causes_are_the_opposite_difference(
    ours: Pack, theirs: Pack
) -> None:
    found = reconciled_packs(theirs, ours)
    assert [it.kind for it in found.causes] == [
        it.kind for it in reconciled_packs(ours, theirs).causes
    ]
    assert sum(it.cents for it in found.causes) == found.difference == usd("2,974.09")


def test_in_another_order_alone_and_the_interaction_are_the_same(ours: Pack, theirs: Pack) -> None:
    found = reconciled_packs(ours, theirs)
    backwards = replace(classes(), order=classes().order[::-1])
    mixture = Mixture(ours, theirs)
    other = tuple(MemberWalk(ours, theirs, backwards, mixture).lines())
    mixture.close()
    assert {it.name: it.alone for it in other} == {it.name: it.alone for it in found.causes}
    assert sum(it.with_earlier for it in other) == found.interaction
    assert [it.name for it in other] != [it.name for it in found.causes]


@pytest.mark.parametrize("step", [2, 3])
def test_some_causes_together_are_the_whole_difference(
    tmp_path: Path, theirs: Pack, step: int
) -> None:
    """Both sides lack something: every second or third cause is on our side too."""
    mine = seeded(tmp_path, *CHANGES[::step])
    found = reconciled_packs(mine, theirs)
    assert sum(it.cents for it in found.causes) == found.difference
    kinds = {it.kind for number, it in enumerate(ROW_SEEDS) if number % step}
    assert {it.kind for it in found.causes} == kinds
    assert found.explained


# What nobody seeded


def test_one_version_with_two_amounts_is_unexplained(tmp_path: Path, ours: Pack) -> None:
    """$12.34 × 0.588 = $7.26: $17,640.2352 − $7.2559 = $17,632.98."""
    found = reconciled_packs(ours, seeded(tmp_path, other_amount))
    assert [(it.kind, it.cents) for it in found.causes] == [(UNEXPLAINED, -usd("7.26"))]
    assert not found.explained


def test_an_amount_beyond_the_pack_is_unexplained(tmp_path: Path, ours: Pack) -> None:
    """Their statement pays $5.00 more than its lines come to, on top of a missing claim."""
    missing = next(it for it in ROW_SEEDS if it.kind == "missing claim")
    found = reconciled_packs(ours, seeded(tmp_path, missing.change, more=500))
    assert [(it.kind, it.cents) for it in found.causes] == [
        ("missing claim", -usd("588.00")),
        (UNEXPLAINED, 500),
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_statement_whose_expenditure_is_not_its_packs_is_unexplained(
    tmp_path: Path, ours: Pack, swapped: bool
) -> None:
    """Their statement counts $1,000 that stands in no row of their pack: $588.00 nobody can see."""
    missing = next(it for it in ROW_SEEDS if it.kind == "missing claim")
    statement = seeded(tmp_path, missing.change).statement
    other = replace(ours, statement=statement)
    found = reconciled_packs(other, ours) if swapped else reconciled_packs(ours, other)
    sign, name = (-1, "ours") if swapped else (1, "theirs")
    amount, cells = found.causes
    assert (amount.kind, amount.cents) == (UNEXPLAINED, -sign * usd("588.00"))
    assert (cells.kind, cells.name, cells.cents) == (UNEXPLAINED, f"pack of {name}", 0)
    assert [(it.line, it.old, it.new) for it in cells.cells] == [
        (f"mssp_expenditure/{it}_expenditure@performance,{TYPE}", "90999.6", "89999.6")
        for it in ("claims", "counted")
    ]
    assert sum(it.cents for it in found.causes) == found.difference
    assert not found.explained


# Which cause a row has


def of(*changes: Callable[[Side], None]) -> Callable[[Path, Pack], dict[str, int]]:
    def classed(folder: Path, ours: Pack) -> dict[str, int]:
        found = reconciled_packs(ours, seeded(folder, *changes))
        assert sum(it.cents for it in found.causes) == found.difference
        return found.by_class()

    return classed


def test_a_member_who_opted_out_is_withheld_data_and_no_attribution(
    tmp_path: Path, ours: Pack
) -> None:
    """As M11 in attribution: ($12,000 − $9,500) × 0.588."""
    assert of(opted_out)(tmp_path, ours) == {"withheld data": usd("1,470.00")}


def test_a_claim_outside_enrolment_on_one_side_is_enrolment_months(
    tmp_path: Path, ours: Pack
) -> None:
    """M09 has no month for them when the claim ends: $9,000 × 0.588 more, none missing."""

    def outside(it: Side) -> None:
        claim = it.claim(f"M09/{YEAR}")
        claim.status, claim.cents = "not_enrolled", 0

    assert of(outside)(tmp_path, ours) == {"enrolment months": usd("5,292.00")}


def test_a_cancelled_claim_is_a_later_adjustment(tmp_path: Path, ours: Pack) -> None:
    """Version 2 takes the $9,000 back: it is known on both sides, so it is not missing."""

    def cancelled(it: Side) -> None:
        claim = it.claim(f"M09/{YEAR}")
        claim.version, claim.kind, claim.status, claim.cents = 2, "cancel", "cancelled", 0
        claim.effective_on = date(2026, 3, 1)

    assert of(cancelled)(tmp_path, ours) == {"later adjustment": usd("5,292.00")}


def test_a_claim_paid_after_the_other_sides_run_out_is_run_out(tmp_path: Path, ours: Pack) -> None:
    """Our run-out ends on 2026-03-31, whenever they received it."""

    def paid_later(it: Side) -> None:
        it.claims.append(Claim(YEAR, "paid", "M01", usd("100.00"), effective_on=date(2026, 4, 1)))

    assert of(paid_later)(tmp_path, ours) == {"run-out or completion": -usd("58.80")}


def test_a_claim_that_moves_nothing_is_no_cause(tmp_path: Path, ours: Pack) -> None:
    def denied(it: Side) -> None:
        it.claims.append(Claim(YEAR, "denied", "M01", 0, status="denied"))

    assert of(denied)(tmp_path, ours) == {}


def test_another_truncation_cut_is_one_cause_and_truncates_again(
    tmp_path: Path, ours: Pack
) -> None:
    """At $8,500.00 a person-year every member is cut: performance 10 × $500, but M05's $499.60."""

    def lower(it: Side) -> None:
        it.facts["aged_nondual: 122000.50}\n  completion_factor"] = (
            "aged_nondual: 8500}\n  completion_factor"
        )

    found = reconciled_packs(ours, seeded(tmp_path, lower))
    assert [(it.kind, it.name) for it in found.causes] == [("other fact", "truncation cut")]
    assert found.causes[0].cents == found.difference == usd("4,999.60") * 588 // 1000


SEEN = Seen(*KINDS, "negative")


def random_claim(draw: Random, number: int) -> tuple[str, Claim | None, Claim | None]:
    """A claim as both sides have it, and the cause that was put into it."""
    kind = draw.choice(KINDS)
    member = {"attribution": "M11", "withheld member": "M12"}.get(kind, f"M{number % 10 + 1:02}")
    one = Claim(YEAR, f"random {number}", member, draw.randrange(1, 90_000) * 100 + 60)
    other = replace(one)
    if kind == "later adjustment":
        other = replace(one, version=2, kind="adjust", cents=draw.randrange(9_000_000))
    elif kind == "enrolment months":
        other = replace(one, status="not_enrolled", cents=0)
    elif kind == "rounding":
        other = replace(one, cents=one.cents + 40)
    elif kind == UNEXPLAINED:
        other = replace(one, cents=one.cents + draw.randrange(1, 40))
    elif kind == "withheld claim":
        one = other = replace(one, sensitive=True)
    elif kind == "run-out or completion":
        one = other = replace(one, received_on=date(2026, 9, 20))
    if kind in {"attribution", "withheld member"}:
        return kind, None, other
    if kind in {"missing claim", "withheld claim", "run-out or completion"}:
        return (kind, None, other) if draw.random() < 0.5 else (kind, one, None)
    return (kind, one, other) if draw.random() < 0.5 else (kind, other, one)


def test_every_random_claim_has_the_cause_that_was_put_into_it(tmp_path: Path) -> None:
    """2,000 claims in one pair of packs: the cents of each cause are those of its claims."""
    draw, sides, expected = Random(4), (side(), side()), Counter[str]()
    sides[1].members[YEAR, "M11"] = sides[1].members[YEAR, "M12"] = Member()
    sides[0].withheld.add("M12")
    for number in range(2_000):
        kind, *claims = random_claim(draw, number)
        cents = [0 if it is None else it.cents for it in claims]
        expected[CLASS.get(kind, kind)] += cents[1] - cents[0]
        for one, claim in zip(sides, claims, strict=True):
            one.claims += [] if claim is None else [claim]
        SEEN.note(**{it: it == kind for it in KINDS}, negative=cents[1] < cents[0])
    settlement = settlement_of(tmp_path / "files", sides[0].facts)
    ours, theirs = (written(tmp_path / str(id(it)), it, settlement, {}) for it in sides)
    mixture = Mixture(ours, theirs)
    moved = {kind: it.cents for kind, it in mixture.moved.items()}
    cells = [mixture.cells(it)["expenditure_cell", YEAR, TYPE] for it in ((), moved)]
    mixture.close()
    assert moved == {kind: it for kind, it in expected.items() if kind != "same"}
    assert cells[1]["claims_cents"] - cells[0]["claims_cents"] == sum(expected.values())


def test_the_random_claims_met_enough_of_each_kind() -> None:
    SEEN.check()


# Files


def test_a_pack_is_read_as_it_was_written(ours: Pack, theirs: Pack) -> None:
    assert read_pack(ours.folder).manifest == ours.manifest
    assert reconcile(ours.folder, theirs.folder).difference == -usd("2,974.09")


def problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_pack(folder)
    return [it.what for it in caught.value.problems]


def test_a_file_that_is_gone_or_was_changed_is_refused(tmp_path: Path) -> None:
    folder = pack(tmp_path, side()).folder
    (folder / "claim.parquet").unlink()
    (folder / "member.parquet").write_bytes(b"other")
    assert problems(folder) == [
        "is not what the manifest says: it was changed; ask again",
        "is missing from the pack; ask for it again",
    ]


def rewritten(folder: Path, table: str, select: str) -> None:
    """Replace a table of a pack as a careless or other system would have written it."""
    path = folder / f"{table}.parquet"
    connection = duckdb.connect(config={"memory_limit": "100MB"})
    connection.execute(f"CREATE TABLE given AS SELECT * FROM read_parquet('{path}')")
    connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    connection.close()
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][path.name] = file_digest(path)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def test_rows_that_do_not_fit_are_refused_all_at_once_and_without_a_value(tmp_path: Path) -> None:
    folder = pack(tmp_path, side()).folder
    rewritten(folder, "attribution", "SELECT * REPLACE ('MEMBER-7' AS member) FROM given LIMIT 2")
    said = problems(folder)
    assert [it.partition(":")[0] for it in said] == ["attribution", "attribution", "member"]
    assert "never send an id" in said[0]
    assert "MEMBER-7" not in str(said)
    rewritten(folder, "claim", "SELECT claim FROM given")
    assert problems(folder)[0].startswith("expected the columns period_id VARCHAR, claim VARCHAR")


def test_claims_that_do_not_sum_to_their_members_are_refused(tmp_path: Path) -> None:
    folder = pack(tmp_path, side()).folder
    rewritten(folder, "claim", "SELECT * REPLACE (claims_cents + 1 AS claims_cents) FROM given")
    (said,) = problems(folder)
    assert said == "member: expenditure that is not the sum of the member's claims: 40 rows"


def test_packs_of_two_salts_are_refused(ours: Pack) -> None:
    other = replace(ours, manifest={**ours.manifest, "salt_check": "another"})
    with pytest.raises(InputError, match="made with different salts; agree on one"):
        reconciled_packs(ours, other)


def test_packs_without_a_member_in_common_are_refused(
    tmp_path: Path, ours: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One salt, other kinds of ids: no key is the same, and all dollars would be attribution."""
    monkeypatch.setattr("twin_rows.SALT", b"keys of ids of another kind")
    monkeypatch.setattr(
        "twin_rows.WITHOUT_MONTHS", WITHOUT_MONTHS.replace("without months", "other ids")
    )
    other = seeded(tmp_path)
    other = replace(other, manifest={**other.manifest, "salt_check": ours.manifest["salt_check"]})
    with pytest.raises(InputError, match="no member is in both packs"):
        reconciled_packs(ours, other)


def test_a_pack_beside_a_statement_is_refused(ours: Pack) -> None:
    with pytest.raises(InputError, match="one is a pack and the other a statement"):
        reconcile(ours.folder, ours.folder / STATEMENT)


def test_a_pack_of_another_contract_is_refused(ours: Pack) -> None:
    document = resealed({**ours.statement, "payer": {**ours.statement["payer"], "id": "P9"}})
    with pytest.raises(InputError, match="another payer: CMS and P9"):
        reconciled_packs(ours, replace(ours, statement=document))


# Keys


@pytest.mark.parametrize(
    ("salt", "name", "key"),
    [
        (
            b"\x0b" * 20,
            "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"\xaa" * 131,
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_a_key_is_the_published_one_for_one_id_and_for_a_column(
    tmp_path: Path, salt: bytes, name: str, key: str
) -> None:
    """RFC 4231, test cases 1 and 6: a short salt and one longer than a block."""
    assert keyed(name, salt) == key
    engine = DuckDBEngine("100MB", tmp_path)
    name_keys(engine, salt)
    assert engine.rows("SELECT keyed(name) FROM (SELECT ? AS name)", [f" {name} "]) == [(key,)]
    engine.close()


def test_a_salt_of_few_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "salt"
    path.write_bytes(b"0123456789abcde\n")
    with pytest.raises(InputError, match="has 15 bytes, expected 16 or more"):
        read_salt(path)
    path.write_bytes(b"0123456789abcdef\n")
    assert read_salt(path) == b"0123456789abcdef"
    with pytest.raises(InputError, match="cannot be read"):
        read_salt(tmp_path / "none")


def test_a_member_of_one_side_has_its_own_months(ours: Pack, tmp_path: Path) -> None:
    """M12 has six months: $6,000 of benchmark less $1,000 of claims, × 0.588."""

    def half(it: Side) -> None:
        it.members[YEAR, "M12"] = Member(6)
        it.claims.append(Claim(YEAR, "of M12", "M12", usd("1,000.00")))

    assert of(half)(tmp_path, ours) == {"attribution": usd("2,940.00")}
