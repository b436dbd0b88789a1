"""Two statements of one contract, the payer's and the provider's: why they differ, to the cent.

Each of ten causes is seeded alone, then all together. `alone` is what a cause does by itself to our
amount: it is the same whatever else differs. What causes do only together stands apart.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_sample import settlement as aco
from contract_sample import tables
from golden_case import folders, settle_folder
from ledger_sample import usd
from openvbc.contract.component import component, component_names
from openvbc.contract.facts import FirstOf
from openvbc.contract.settle import settle
from openvbc.contract.statement import Document
from openvbc.errors import ExitCode, InputError
from openvbc.money import dollars
from openvbc.reconcile.classify import OTHER, PARAMETER_VERSION, UNEXPLAINED, WITHHELD, classes
from openvbc.reconcile.exchanged import SAME
from openvbc.reconcile.show import reconcile_command
from openvbc.reconcile.twin import reconcile, reconciled
from openvbc.reconcile.walk import Walk
from seen import Seen, depths
from twin_sample import CONTRACT, SEEDS, SETTLEMENT, Seed, cents, resealed, sent, twin

BY_CLASS = {it.kind: it for it in SEEDS}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Document:
    return twin(tmp_path_factory.mktemp("ours"))


# Causes one by one


def test_the_same_statement_has_no_cause(ours: Document) -> None:
    found = reconciled(ours, ours)
    assert (found.causes, found.difference, found.ours_cents) == ((), 0, usd("2,200,000.00"))
    assert found.explained


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_every_golden_statement_reconciles_with_itself(folder: Path) -> None:
    """Every component: nothing that settles by itself is taken as withheld or unexplained."""
    document = settle_folder(folder).document
    if not document["payments"] or None in {it["amount"] for it in document["payments"]}:
        pytest.skip("its amount is not determined, or it pays nothing by itself")
    found = reconciled(document, document)
    assert (found.causes, found.explained) == ((), True)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda it: it.kind)
def test_a_cause_that_is_seeded_alone_returns_its_dollars(
    tmp_path: Path, ours: Document, seed: Seed
) -> None:
    found = reconciled(ours, twin(tmp_path, [seed]))
    (line,) = found.causes
    assert (line.kind, line.name) == (seed.kind, seed.leaf)
    assert (line.alone, line.with_earlier) == (cents(seed), 0)
    assert (found.difference, found.explained) == (cents(seed), True)


def test_the_other_way_round_a_cause_has_the_opposite_sign(tmp_path: Path, ours: Document) -> None:
    for number, seed in enumerate(SEEDS):
        found = reconciled(twin(tmp_path / str(number), [seed]), ours)
        assert [(it.kind, it.cents) for it in found.causes] == [(seed.kind, -cents(seed))]


# Causes together


def test_ten_causes_together_are_the_whole_difference(tmp_path: Path, ours: Document) -> None:
    """Months 119,900 × $420 × 1.01 = $50,861,580; claims $46,250,000.40 ÷ 0.98 = $47,193,877.96
    and $560,000 = $47,753,877.96; of savings $3,107,702.04 × 45 % × ½ = $699,232.96; knees
    103 × $20,000 − $1,900,000.37 = $159,999.63: $859,232.59 instead of $2,200,000.
    """
    found = reconciled(ours, twin(tmp_path, SEEDS))
    assert found.theirs_cents == usd("859,232.59")
    assert sum(it.cents for it in found.causes) == found.difference == -usd("1,340,767.41")
    assert {it.kind: it.alone for it in found.causes} == {it.kind: cents(it) for it in SEEDS}
    alone = sum(map(cents, SEEDS))
    assert found.interaction == found.difference - alone
    assert [it.kind for it in found.causes] == [it for it in found.order if it in BY_CLASS]
    assert found.explained


def test_two_causes_that_do_not_meet_have_no_interaction(tmp_path: Path, ours: Document) -> None:
    """Knees and claims: $60,000 − $125,000.20."""
    seeds = [BY_CLASS["attribution"], BY_CLASS["missing claim or later adjustment"]]
    found = reconciled(ours, twin(tmp_path, seeds))
    assert (found.difference, found.interaction) == (-usd("65,000.20"), 0)


def test_what_two_causes_do_only_together_stands_apart(tmp_path: Path, ours: Document) -> None:
    """Share −5 % alone −$210,000; score alone −$1,050,000; together 4.2 M × 45 % × ½ = $945,000.

    That is −$1,155,000: $105,000 less than the two alone, and it stands with the later.
    """
    seeds = [BY_CLASS["quality"], BY_CLASS["terms of the contract"]]
    found = reconciled(ours, twin(tmp_path, seeds))
    assert [(it.kind, it.alone, it.with_earlier) for it in found.causes] == [
        ("terms of the contract", -usd("210,000.00"), 0),
        ("quality", -usd("1,050,000.00"), usd("105,000.00")),
    ]


MOVES = st.lists(st.sampled_from(range(len(SEEDS))), unique=True, min_size=1, max_size=5)


@cache
def settled(folder: Path, chosen: frozenset[int], more: int = 0) -> Document:
    """A side with some seeds, or with other claims; settled once."""
    return twin(folder, [_claims(more)] if more else [SEEDS[it] for it in sorted(chosen)])


@depths
def test_any_causes_in_any_order_are_the_difference_to_the_cent(tmp_path: Path, depth: int) -> None:
    """What a cause does alone, and what all do only together, is the same in every order."""
    seen = Seen("several", "interacting", "negative", "unexplained", "no_savings", depth=depth)

    @settings(max_examples=100 * depth, deadline=None)
    @given(
        MOVES.map(frozenset), st.sampled_from((0, 700, 900, -700)), st.sampled_from((0, 1, -1_234))
    )
    def holds(chosen: frozenset[int], more: int, hidden: int) -> None:
        one, theirs = settled(tmp_path, frozenset(), more), settled(tmp_path, chosen)
        theirs = beyond(theirs, hidden) if hidden else theirs
        found = reconciled(one, theirs)
        assert sum(it.cents for it in found.causes) == found.difference
        assert found.by_class().get(UNEXPLAINED, 0) == hidden
        assert found.explained == (hidden == 0)
        backwards = replace(classes(), order=classes().order[::-1])
        other = tuple(Walk(one, theirs, backwards).lines())
        assert sum(it.cents for it in other) == found.difference
        assert {it.name: it.alone for it in other} == {it.name: it.alone for it in found.causes}
        assert sum(it.with_earlier for it in other) == found.interaction
        (savings,) = _lines(one, "savings_settlement")
        seen.note(
            several=len(chosen) > 1,
            interacting=found.interaction != 0,
            negative=found.difference < 0,
            unexplained=hidden != 0,
            no_savings=savings["value"] == "0",
        )

    holds()
    seen.check()


def _claims(hundred_thousands: int) -> Seed:
    """Our claims are higher or lower by up to $4.5 million: also short of the minimum savings."""
    value = str(Decimal(46_000_000) + Decimal(hundred_thousands) * Decimal("5000.01"))
    (old, new) = next(iter(SEEDS[0].words.items()))
    return SEEDS[0]._replace(words={old: new.replace("46250000.40", value)})


def _lines(document: Document, name: str) -> list[Document]:
    return [it for it in document["lines"] if it["path"].endswith(f"/{name}")]


# What nobody seeded


def beyond(document: Document, more: int) -> Document:
    """A statement that pays some cents more than its own leaves settle."""
    copy = deepcopy(document)
    payment = copy["payments"][0]
    payment["amount"] = str(Decimal(payment["amount"]) + dollars(more))
    return resealed(copy)


def test_a_cause_that_nobody_seeded_is_unexplained(tmp_path: Path, ours: Document) -> None:
    """Their system pays $12.34 more than its leaves settle, on top of three more knees."""
    theirs = beyond(twin(tmp_path, [BY_CLASS["attribution"]]), 1_234)
    found = reconciled(ours, theirs)
    assert [(it.kind, it.cents) for it in found.causes] == [
        ("attribution", usd("60,000.00")),
        (UNEXPLAINED, 1_234),
    ]
    assert found.causes[-1].name == "shared_savings"
    assert found.causes[-1].says == "theirs states +1,234 cents beyond what its own leaves settle"
    assert not found.explained


def test_two_unexplained_amounts_that_cancel_are_both_shown(ours: Document) -> None:
    """Both sides pay $5.00 too much: no difference, and nothing is hidden."""
    found = reconciled(beyond(ours, 500), beyond(ours, 500))
    assert (found.difference, found.explained) == (0, False)
    assert [it.cents for it in found.causes] == [-500, 500]


def test_statements_that_no_rule_settles_are_wholly_unexplained(
    tmp_path: Path, ours: Document
) -> None:
    one, other = deepcopy(ours), deepcopy(twin(tmp_path, [BY_CLASS["quality"]]))
    for document in (one, other):
        document["results"] = ["gone/amount@performance"]
    found = reconciled(one, other)
    assert found.by_class() == {"quality": 0, UNEXPLAINED: -usd("1,050,000.00")}
    assert not found.explained


# Data that a side withholds


def withheld(document: Document, name: str) -> Document:
    """A statement whose sender took the value of a leaf out."""
    copy = deepcopy(document)
    for it in _lines(copy, name):
        it["value"] = None
    return resealed(copy)


@pytest.mark.parametrize("swapped", [False, True])
def test_what_is_left_for_a_withheld_value_is_inferred(
    tmp_path: Path, ours: Document, swapped: bool
) -> None:
    """They withhold the claims and state $125,000.20 less; knees are told and are $60,000."""
    seeds = [BY_CLASS["attribution"], BY_CLASS["missing claim or later adjustment"]]
    theirs = withheld(twin(tmp_path, seeds), "expenditure_claims")
    found = reconciled(theirs, ours) if swapped else reconciled(ours, theirs)
    sign = -1 if swapped else 1
    assert [(it.kind, it.cents, it.inferred) for it in found.causes] == [
        ("attribution", sign * usd("60,000.00"), False),
        (WITHHELD, -sign * usd("125,000.20"), True),
    ]
    (cell,) = found.causes[-1].cells
    assert (cell.old, cell.new) == ((None, "known") if swapped else ("known", None))
    assert not found.explained


# An ACO: tables and parameters


def lakeside(folder: Path, changes: dict[str, str] | None = None, **counted: Any) -> Document:
    folder.mkdir()
    one = aco(folder, changes or {})
    rows = replace(tables(**counted), source={"kind": "table"})
    done = settle(one, FirstOf([rows, one.facts()]), "run")
    assert done.holds, done.problems
    return done.document


def test_cells_of_tables_and_a_completion_factor_have_their_classes(tmp_path: Path) -> None:
    ours = lakeside(tmp_path / "ours")
    changes = {"value: 1.013": "value: 1.02", "value: 0.86": "value: 0.80"}
    more = {"hcc_score_months_e9": Decimal(12_100) * 10**9, "member_months": Decimal(12_010)}
    theirs = lakeside(tmp_path / "theirs", changes, **more, assigned_beneficiaries=Decimal(6_010))
    found = reconciled(ours, theirs)
    assert {it.name.partition("/")[2]: it.kind for it in found.causes} == {
        "assigned_beneficiaries": "attribution",
        "member_months": "enrolment months",
        "completion_factor": "run-out or completion",
        "hcc_score_months_e9": "risk score",
        "quality_score": "quality",
    }
    assert sum(it.cents for it in found.causes) == found.difference != 0
    assert found.explained


def test_another_value_or_another_citation_of_a_parameter_is_its_version(tmp_path: Path) -> None:
    """2 % sequestration here, 3 % there: 0.97 ÷ 0.98; and a citation that was checked later."""
    ours = lakeside(tmp_path / "ours")
    theirs = deepcopy(ours)
    (rate,) = [it for it in theirs["lines"] if it["path"] == "parameters/sequestration_rate"]
    assert rate["value"] == "0.02"
    rate["value"] = "0.03"
    (paid,) = theirs["payments"]
    saved = Decimal(paid["amount"]) / Decimal("0.98")
    paid["amount"] = str((saved * Decimal("0.97")).quantize(Decimal("0.01")))
    (other,) = [it for it in theirs["lines"] if it["path"] == "parameters/maximum_sharing_rate"]
    other["source"]["checked"] = "1999-01-01"
    found = reconciled(ours, resealed(theirs))
    assert [(it.kind, it.name.partition("/")[2]) for it in found.causes] == [
        (PARAMETER_VERSION, "sequestration_rate"),
        (PARAMETER_VERSION, "maximum_sharing_rate"),
    ]
    assert [it.cents for it in found.causes] == [found.difference, 0]
    assert found.difference < 0
    assert found.explained


# The mapping


def test_every_name_of_the_mapping_is_a_leaf_and_every_class_is_declared() -> None:
    leaves = {leaf for name in component_names() for leaf in component(name).leaves}
    found = classes()
    assert sorted(set(found.names) - leaves) == []
    used = {*found.names.values(), *found.tables.values(), *found.units.values()}
    assert used | set(found.structure.values()) <= set(found.order)


def test_an_unknown_leaf_is_another_fact() -> None:
    line = {"path": "x/nobody_knows", "unit": "usd", "source": {"kind": "fact"}}
    assert classes().of_leaf(line) == OTHER
    counted = {**line, "source": {"kind": "table", "table": "risk_cell"}}
    assert classes().of_leaf(counted) == "risk score"
    assert classes().of_leaf({**line, "unit": "persons"}) == "attribution"


@pytest.mark.parametrize(
    ("ours", "theirs", "rounded"),
    [
        ("1.0204", "1.02043", True),
        ("1.02043", "1.0204", True),
        ("1.02", "1.0204", False),  # two decimals are no rounding that anybody declared
        ("0.9", "0.90003", True),  # 0.9 is 0.9000
        ("1.0205", "1.02043", False),
    ],
)
def test_a_rounded_rate_has_four_decimals_or_more(ours: str, theirs: str, rounded: bool) -> None:
    def line(value: str, kind: str) -> Document:
        return {"path": "x/y", "unit": "rate", "value": value, "source": {"kind": kind}}

    kind = classes().of_cell(line(ours, "fact"), line(theirs, "fact"))
    assert (kind == "rounding") == rounded
    assert classes().of_cell(line(ours, "table"), line(theirs, "table")) == OTHER


# Refusals


def other_period(document: Document) -> None:
    document["period"]["id"] = "PY2026"
    document["period"]["last_day"] = "2026-12-31"


def other_contract(document: Document) -> None:
    document["contract"]["id"] = "hills"


def not_determined(document: Document) -> None:
    document["payments"][0]["amount"] = None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_period, ["another period: PY2025 and PY2026", "another last day: 2025-12-31 and"]),
        (other_contract, ["another contract: twin and hills"]),
        (not_determined, ["theirs does not determine shared_savings/savings_settlement"]),
    ],
)
def test_statements_of_different_things_are_refused_with_what_differs(
    ours: Document, change: Callable[[Document], None], said: list[str]
) -> None:
    theirs = deepcopy(ours)
    change(theirs)
    with pytest.raises(InputError) as caught:
        reconciled(ours, theirs)
    found = [it.what for it in caught.value.problems]
    assert len(found) == len(said)
    assert all(one.startswith(other) for one, other in zip(found, said, strict=True))


def test_every_word_of_what_must_be_the_same_stands_in_a_statement(ours: Document) -> None:
    for keys in SAME.values():
        found: Any = ours
        for key in keys:
            assert key in found
            found = found[key]


def refused(tmp_path: Path, ours: Document, document: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        reconcile(sent(tmp_path / "ours.json", ours), sent(tmp_path / "theirs.json", document))
    return [it.what for it in caught.value.problems]


def test_a_file_that_was_changed_is_refused(tmp_path: Path, ours: Document) -> None:
    (said,) = refused(tmp_path, ours, {**ours, "title": "another"})
    assert said.startswith("is not what its statement_id says")


def test_another_schema_and_half_a_statement_are_refused(tmp_path: Path, ours: Document) -> None:
    (said,) = refused(tmp_path, ours, {**ours, "schema": "openvbc.statement/2"})
    assert said == "found schema openvbc.statement/2, expected openvbc.statement/1"
    (said,) = refused(tmp_path, ours, [])
    assert said == "found schema list, expected openvbc.statement/1"
    half = {key: it for key, it in ours.items() if key != "lines"}
    assert refused(tmp_path, ours, half) == ["is no whole statement: lines missing"]


def test_a_value_that_is_no_number_is_refused(tmp_path: Path, ours: Document) -> None:
    copy = deepcopy(ours)
    _lines(copy, "expenditure_claims")[0]["value"] = "lots"
    del _lines(copy, "member_months")[0]["cite"]
    found = refused(tmp_path, ours, resealed(copy))
    assert sorted(found) == ["cite missing", "found a value that is no number, expected usd"]


# The command


def test_the_command_writes_its_json_and_says_by_its_code_if_all_is_explained(
    tmp_path: Path, ours: Document
) -> None:
    theirs = twin(tmp_path, [BY_CLASS["quality"]])
    mine, other = sent(tmp_path / "a.json", ours), sent(tmp_path / "b.json", theirs)
    _, code = reconcile_command(mine, other, tmp_path / "out.json")
    assert code == ExitCode.DONE
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["by_class"] == {"quality": -105_000_000}
    assert (written["difference_cents"], written["residual_cents"]) == (-105_000_000, 0)
    _, code = reconcile_command(mine, sent(tmp_path / "c.json", beyond(theirs, 1)))
    assert code == ExitCode.CHECK_FAILED


def test_the_sample_has_every_seeded_word_once() -> None:
    for seed in SEEDS:
        assert all(SETTLEMENT.count(it) == 1 for it in seed.words)
        assert all(CONTRACT.count(it) == 1 for it in seed.terms)
