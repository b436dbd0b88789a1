"""The trail of arrivals: what came, when, and what became of it, a refusal included.

One payer's January (inventory_sample) comes on 10 February, the same folder comes again by mistake,
and a February whose every claim lacks its person is refused, then mended and loaded.
"""

import json
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conftest import Vbc
from inventory_sample import DECLARED, FIRST, claim, coverage, month_claims, people, workspace
from load_tables import load_it, write_source
from openvbc.errors import InputError
from openvbc.inventory.inventory import Inventory, inventory
from openvbc.inventory.page import render_page
from openvbc.inventory.trail import without_small_counts
from openvbc.sources import load as loading
from openvbc.sources.arrivals import ARRIVALS, Arrival, append, arrivals
from openvbc.workspace import Workspace

FEBRUARY = date(2025, 2, 1)
VALUE = "PATIENT-4711"


def january(folder: Path) -> Path:
    return write_source(
        folder / "january",
        person=people(),
        eligibility=coverage(),
        medical_claim=list(month_claims(FIRST, 40)),
    )


def broken(folder: Path) -> Path:
    """Forty claims of one unreadable day each; a value that must not be told stands beside it."""
    rows = [
        claim(f"{VALUE}-{number}", person_id=VALUE, claim_start_date=f"{VALUE} May")
        for number in range(40)
    ]
    return write_source(folder / "february", medical_claim=rows)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three arrivals by 12 March, and on 20 March a fourth that mends the third."""
    root = tmp_path_factory.mktemp("arrivals")
    space = workspace(root / "space", DECLARED.replace('    files: ["claims_*.csv"]\n', ""))
    given = {"data_source": "Made-up Mutual", "received_on": date(2025, 2, 10)}
    source = january(root)
    load_it(space.data, source, **given)
    load_it(space.data, source, **given)
    given["received_on"] = date(2025, 3, 12)
    with pytest.raises(InputError):
        load_it(space.data, broken(root), max_quarantine=0, **given)
    mended = write_source(root / "february", medical_claim=list(month_claims(FEBRUARY, 40)))
    load_it(space.data, mended, **given | {"received_on": date(2025, 3, 20)})
    return space


def told(found: Sequence[Arrival]) -> list[tuple[str, str, int, int, int]]:
    return [(it.delivery, it.outcome, it.rows_in, it.accepted, it.quarantined) for it in found]


def test_every_load_leaves_one_line_whatever_became_of_it(space: Workspace) -> None:
    """40 people, 40 spans of coverage and 40 claims are 120 rows."""
    found = arrivals(space.data)
    assert told(found) == [
        ("january", "loaded", 120, 120, 0),
        ("january", "redelivered", 120, 120, 0),
        ("february", "refused", 0, 0, 0),
        ("february", "loaded", 40, 40, 0),
    ]
    assert found[0].load_id == found[1].load_id != found[3].load_id
    assert found[2].load_id is None


def test_the_files_stand_with_hash_and_size_of_a_refused_delivery_too(space: Workspace) -> None:
    last = arrivals(space.data)[-1]
    content = (space.root.parent / "february" / "medical_claim.csv").read_bytes()
    as_it_lies = {"sha256": sha256(content).hexdigest(), "size": len(content)}
    assert list(last.files) == [{"name": "medical_claim.csv", **as_it_lies}]
    (refused,) = arrivals(space.data)[2].files
    assert refused["name"] == "medical_claim.csv"
    assert refused["sha256"] != as_it_lies["sha256"]


def test_the_trail_holds_neither_a_value_nor_a_path_of_the_machine(space: Workspace) -> None:
    text = (space.data / ARRIVALS).read_text()
    assert "cannot be accepted" in text
    assert VALUE not in text
    assert str(space.root.parent) not in text


def states(found: Inventory) -> list[tuple[str, str, str]]:
    (mine,) = found.arrivals.values()
    return [(f"{it.day:%d %b}", it.state, f"{it.month:%b}" if it.month else "") for it in mine]


def test_sources_shows_what_is_late_missing_duplicated_and_refused(space: Workspace) -> None:
    """January was due on 15 February, February on 15 March: it came on the 20th; March never."""
    assert states(inventory(space, date(2025, 4, 30))) == [
        ("10 Feb", "in time", "Jan"),
        ("10 Feb", "duplicated", "Jan"),
        ("12 Mar", "refused", ""),
        ("20 Mar", "late", "Feb"),
        ("15 Apr", "missing", "Mar"),
    ]


def details(found: Inventory, check: str) -> tuple[str, tuple[str, ...]]:
    (only,) = (it for it in found.results if it.check.id == check)
    return only.status, only.details


def test_a_refusal_is_open_until_the_same_file_is_loaded(space: Workspace) -> None:
    before = inventory(space, date(2025, 3, 15))
    status, lines = details(before, "delivery_refused")
    assert status == "fail"
    # 40 of 41 rows, the load's own row about its source among them: 41 less 40 is a small count
    refused = "february of 2025-03-12 was refused: february: found rows that cannot be accepted"
    assert lines[0].startswith(refused)
    assert details(inventory(space, date(2025, 3, 31)), "delivery_refused") == ("pass", ())
    assert "came again on 2025-02-10" in details(before, "delivery_repeated")[1][0]


def test_the_page_and_the_json_show_the_trail(space: Workspace) -> None:
    found = inventory(space, date(2025, 4, 30))
    page = render_page(found)
    assert "Late, missing, duplicated or refused: Made-up Mutual" in page
    assert "1 duplicated, 1 in time, 1 late, 1 missing, 1 refused" in page
    shown = json.loads(json.dumps(found.to_json()))["arrivals"]["Made-up Mutual"]
    assert [it["state"] for it in shown].count("refused") == 1


def test_a_load_of_which_the_trail_is_silent_is_shown_all_the_same(tmp_path: Path) -> None:
    """Loaded before there was a trail, or killed between the load's rename and its line."""
    space = workspace(tmp_path / "space", DECLARED)
    given = {"data_source": "Made-up Mutual", "received_on": date(2025, 2, 10)}
    load_it(space.data, january(tmp_path), **given)
    (space.data / ARRIVALS).unlink()
    assert states(inventory(space, date(2025, 2, 28))) == [("10 Feb", "in time", "Jan")]


def an_arrival(delivery: str, **other: Any) -> Arrival:
    told: dict[str, Any] = {
        "arrived_at": "2025-02-10T08:00:00+00:00",
        "data_source": "test",
        "kind": "own",
        "received_on": None,
        "delivery": delivery,
        "outcome": "loaded",
    }
    return Arrival(**told | other)


@pytest.mark.parametrize(
    ("kept", "source", "delivery", "outcome"),
    [
        (1, "unknown", "unknown", "cut off"),
        (120, "test", "unknown", "cut off"),
        (-20, "test", "second", "cut off"),
        (-1, "test", "second", "loaded"),  # only the line's end is gone
    ],
)
def test_a_torn_last_line_is_named_and_written_down_by_the_next(
    tmp_path: Path, kept: int, source: str, delivery: str, outcome: str
) -> None:
    """A process killed while it wrote leaves the first bytes of a line; what they tell is kept."""
    append(tmp_path, an_arrival("first"))
    append(tmp_path, an_arrival("second"))
    path = tmp_path / ARRIVALS
    first, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(first + b"\n" + (second + b"\n")[:kept])
    torn = arrivals(tmp_path)[1]
    assert (torn.data_source, torn.delivery, torn.outcome) == (source, delivery, outcome)
    append(tmp_path, an_arrival("third"))
    assert [it.delivery for it in arrivals(tmp_path)] == ["first", delivery, "third"]
    assert arrivals(tmp_path)[1].outcome == outcome


def test_a_torn_line_longer_than_what_is_read_at_once_is_mended(tmp_path: Path) -> None:
    (tmp_path / ARRIVALS).write_bytes(b'{"schema":' + b"x" * 10_000)
    append(tmp_path, an_arrival("first"))
    assert [it.outcome for it in arrivals(tmp_path)] == ["cut off", "loaded"]


def test_a_damaged_line_among_whole_ones_is_named(tmp_path: Path) -> None:
    append(tmp_path, an_arrival("first"))
    with (tmp_path / ARRIVALS).open("a") as file:
        file.write("{}\n")
    with pytest.raises(InputError, match=r"arrivals\.jsonl:2: is no line of openvbc\.arrival/1"):
        arrivals(tmp_path)


def test_a_source_that_is_not_there_is_a_refusal_without_files(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_it(tmp_path / "data", tmp_path / "nowhere")
    (it,) = arrivals(tmp_path / "data")
    assert (it.outcome, it.delivery, list(it.files)) == ("refused", "nowhere", [])
    assert list(it.reasons) == ["nowhere: no such file or folder"]


def test_a_delivery_without_its_agreement_is_noted_as_refused(tmp_path: Path, vbc: Vbc) -> None:
    space = workspace(tmp_path / "space")
    options = ("--name", "Made-up Mutual", "--agreement", "DUA-9", "--workspace", str(space.root))
    code, _, _ = vbc("load", str(january(tmp_path)), *options)
    (it,) = arrivals(space.data)
    assert (code, it.outcome, it.delivery, it.load_id) == (2, "refused", "january", None)
    assert len(it.files) == 3


def test_a_program_that_breaks_is_noted_without_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an unforeseen error says may hold a value: only its name is noted."""

    def breaks(*_: object) -> SimpleNamespace:
        raise RuntimeError(VALUE)

    monkeypatch.setattr(loading, "Loading", breaks)
    with pytest.raises(RuntimeError):
        load_it(tmp_path / "data", january(tmp_path))
    (it,) = arrivals(tmp_path / "data")
    assert (it.outcome, list(it.reasons)) == ("failed", ["RuntimeError"])


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("found 40 of 400 rows (10.00 %) that", "found 40 of 400 rows (10.00 %) that"),
        ("found 4 of 400 rows (1.00 %) that", "found rows that"),
        ("found 395 of 400 rows (98.75 %) that", "found rows that"),
        ("medical_claim: 3 rows: no day", "medical_claim: 1–10 rows: no day"),
        ("medical_claim: 30 rows: no day", "medical_claim: 30 rows: no day"),
    ],
)
def test_small_counts_in_a_reason_are_not_shown(reason: str, shown: str) -> None:
    """Nor a large one from which a small one could be computed: 400 less 395 are 5."""
    assert without_small_counts(reason) == shown
