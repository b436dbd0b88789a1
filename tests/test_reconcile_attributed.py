"""Payer and provider of a contract by a declared method: their packs, member by member.

HARBOR and Northside run the contract of attributed_contracts on their own tables. Ours has H1, H3
and H4, 27 months at $800 and $20,820 of claims, of which $10,240 lies above $10,000 for H1: of
savings of $11,020 half is paid, $5,510. The pooling charge stands on both sides and cancels.
"""

from pathlib import Path
from typing import Final

import pytest

from attributed_contracts import AWAY, CONTRACTS, SAME, X1, Other, delivery, write_files
from conftest import Vbc
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError
from openvbc.publish import settle_and_publish
from openvbc.reconcile.exchange import exchange
from openvbc.reconcile.pack import Pack
from openvbc.reconcile.twin import reconcile
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

SALT: Final = b"sixteen bytes or more"
HARBOR: Final = "harbor_PY2025"

ELSEWHERE: Final = tuple(("H4", X1, AWAY, f"2025-0{month}-20") for month in (2, 3, 4))
"""Three visits of H4 at another practice, of which ours knows nothing."""

THEIRS: Final = Other(
    covered_from={"H1": "2025-02-01"},
    visits=ELSEWHERE,
    without=frozenset({"S1"}),
    later={"S0": 500_000},
)


def space(
    folder: Path, other: Other = SAME, point: int | None = 10_000, *, turned: bool = False
) -> Workspace:
    """A side's workspace, built and settled.

    point: above what one person's claims are cut. turned: the truncation stands before the target.
    """
    made = Workspace.init(folder / "space", Settings(buckets=1))
    write_files(made.root)
    path = made.root / "contracts" / "harbor.yaml"
    text = CONTRACTS["harbor"].replace("truncation_point: 10000", f"truncation_point: {point}")
    start, end = text.index("  - truncated_exp"), text.index("  - shared_savings")
    target = text.index("  - commercial_target")
    if point is None:
        text = text[:start] + text[end:]
    elif turned:
        text = text[:target] + text[start:end] + text[target:start] + text[end:]
    path.write_text(text)
    source = delivery(folder / "source", other)
    load(made.data, source, buckets=1, data_source=folder.name, memory_limit="300MB")
    made.build()
    for settlement in ("harbor_PY2025", "reach_PY2025", "mill_PY2025"):
        assert settle_and_publish(made, settlement).holds
    return made


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return space(tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def our_pack(ours: Workspace) -> Pack:
    return exchange(ours, HARBOR, ours.root.parent / "pack", SALT)


def causes(
    our_pack: Pack, folder: Path, other: Other, point: int | None = 10_000
) -> dict[str, int]:
    """Class of cause → its cents, alone and with those above it; together the whole difference."""
    theirs = space(folder, other, point)
    found = reconcile(our_pack.folder, exchange(theirs, HARBOR, folder / "pack", SALT).folder)
    assert found.explained
    assert sum(it.cents for it in found.causes) == found.difference
    return {it.kind: it.cents for it in found.causes if it.cents}


def test_a_pack_is_what_the_contract_counts(our_pack: Pack) -> None:
    """H1, H3 and H4; H2 has most visits elsewhere. H3's claim of August is after coverage ended:
    it stands in the pack and does not count. H4's of February is none of HARBOR's business: BLUE
    covered it."""
    engine = DuckDBEngine("200MB", our_pack.folder.parent)
    our_pack.name_tables(engine, "")
    members = engine.rows("SELECT count(*), sum(months), sum(claims_cents) FROM member")
    statuses = engine.rows(
        "SELECT status, count(*), sum(claims_cents) FROM claim GROUP BY status ORDER BY status"
    )
    engine.close()
    assert members == [(3, 12 + 6 + 9, 2_082_000)]
    assert statuses == [("counts", 6, 2_082_000), ("not_enrolled", 1, 0)]


def test_a_withheld_claim_is_its_dollars_and_nothing_where_it_has_none(tmp_path: Path) -> None:
    """H0020 is treatment of substance use. H3's stay of March counts: its $500 are a row without
    dates. Of H3's stay of August, after coverage, and of H4's visit of February, which BLUE
    covered, nothing is told, not that there was one."""
    made = space(tmp_path, Other(codes=dict.fromkeys(("S1", "S2", "V7"), "H0020")))
    pack = exchange(made, HARBOR, tmp_path / "pack", SALT)
    engine = DuckDBEngine("200MB", tmp_path)
    pack.name_tables(engine, "")
    found = engine.rows(
        "SELECT version_type, effective_on, status, claims_cents FROM claim WHERE sensitive"
    )
    ((claims,),) = engine.rows("SELECT count(*) FROM claim")
    engine.close()
    assert found == [("withheld", None, "counts", 50_000)]
    assert claims == 6  # H1's three visits and stay, H3's stay, H4's visit of July


@pytest.mark.parametrize(
    ("other", "kind", "cents"),
    [
        # H4 is theirs no more: 9 x 800 of the benchmark and $80 of claims.
        pytest.param(Other(visits=ELSEWHERE), "attribution", -(7_200 - 80) * 50, id="attribution"),
        pytest.param(
            Other(covered_from={"H1": "2025-02-01"}), "enrolment months", -800 * 50, id="months"
        ),
        pytest.param(Other(without=frozenset({"S1"})), "missing claim", 500 * 50, id="missing"),
        # H1's claims fall from 20,240 to 5,240, and of them 10,000 counted.
        pytest.param(
            Other(later={"S0": 500_000}), "later adjustment", (10_000 - 5_240) * 50, id="adjusted"
        ),
    ],
)
def test_a_cause_alone_has_its_dollars(
    our_pack: Pack, tmp_path: Path, other: Other, kind: str, cents: int
) -> None:
    """A dollar less of savings is fifty cents less paid."""
    assert causes(our_pack, tmp_path, other) == {kind: cents}


def test_five_causes_together_are_the_whole_difference(our_pack: Pack, tmp_path: Path) -> None:
    """One after the other, half of what each moves. Of H1 $12,000 count instead of 10,000; H4
    is gone; H1 has a month less; H3's $500 are missing; H1 has 5,240, all below the point. Theirs
    has 17 months: 13,600 - 5,240 = 8,360, of which half is 4,180: 1,330 less than ours."""
    assert causes(our_pack, tmp_path, THEIRS, point=12_000) == {
        "terms of the contract": -2_000 * 100 // 2,
        "attribution": -(7_200 - 80) * 100 // 2,
        "enrolment months": -800 * 100 // 2,
        "missing claim": 500 * 100 // 2,
        "later adjustment": (12_000 - 5_240) * 100 // 2,
    }


def test_a_truncation_that_only_one_side_has_is_a_term(
    our_pack: Pack, ours: Workspace, tmp_path: Path
) -> None:
    """Without it H1's $10,240 above the point count: half of them, 5,120, are less savings."""
    assert causes(our_pack, tmp_path, SAME, point=None) == {"terms of the contract": -512_000}
    back = reconcile(tmp_path / "pack", our_pack.folder)
    assert {it.kind: it.cents for it in back.causes if it.cents} == {
        "terms of the contract": 512_000
    }
    assert back.explained


def test_statements_alone_settle_again_where_two_components_count_the_same_months(
    ours: Workspace, tmp_path: Path
) -> None:
    """The target and the truncation both ask for `member_months`, which stands in the statement
    once, under the same of both in whatever order the contract has them. Without packs H3's $500
    are one sum, half of which is paid."""
    theirs = space(tmp_path, Other(without=frozenset({"S1"})), turned=True)
    found = reconcile(ours.statement_path(HARBOR), theirs.statement_path(HARBOR))
    assert {it.kind: it.cents for it in found.causes} == {
        "missing claim or later adjustment": 500 * 100 // 2
    }


def test_of_reach_a_claim_of_an_aligned_person(ours: Workspace, tmp_path: Path) -> None:
    """R1's stay of $5,000 (S4) is not in theirs. A global ACO has all of the savings, which rise
    from 920 to 5,920: the first corridor ends at 25 % of 6,000, which is 1,500, of which it has
    all; it has half of the next 10 % (600), a quarter of the next 15 % (900) and a tenth of the
    rest (2,920): 1,500 + 300 + 225 + 292 = 2,317. Less 2 %: 2,270.66, before 901.60."""
    theirs = space(tmp_path, Other(without=frozenset({"S4"})))
    one = exchange(ours, "reach_PY2025", tmp_path / "one", SALT)
    other = exchange(theirs, "reach_PY2025", tmp_path / "other", SALT)
    found = reconcile(one.folder, other.folder)
    assert {it.kind: it.cents for it in found.causes} == {"missing claim": 227_066 - 90_160}
    assert found.explained


def test_what_counts_no_claims_and_no_months_has_no_pack(
    ours: Workspace, tmp_path: Path, vbc: Vbc
) -> None:
    """Care management goes by members (vbc members), whose months are no cells of these tables."""
    with pytest.raises(InputError, match="counts nothing of its population by itself for a pack"):
        exchange(ours, "mill_PY2025", tmp_path / "pack", SALT)
    salt = tmp_path / "salt"
    salt.write_bytes(SALT)
    code, printed, wrong = vbc(
        "exchange", HARBOR, "-w", ours.root, "--salt-file", salt, "--out", tmp_path / "pack"
    )
    assert (code, "contract_analysis" in printed) == (0, True), wrong
