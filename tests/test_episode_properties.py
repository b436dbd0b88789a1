"""What holds for any claims: every line of a window stands in one row, and no cent is lost.

People with one to three knee replacements and other claims around them, against a plain Python
reading of the definition of docs/episodes.md. The order of the rows that come in changes nothing.
"""

import csv
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from episode_sample import DEFINITION, FILES, STAY, SURGEON, SURGEONS, diagnosis, line, procedure
from model_case import _compute, _give, models
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.episodes.definition import Definition, read_definition
from openvbc.episodes.rows import code_rows, rule_rows, type_rows
from seen import Seen

Row = Mapping[str, Any]

CUT = 1_500_000
BEFORE, AFTER, CLEAN = 30, 90, 120
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
PEOPLE = 80

KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "visit": ("M1711", SURGEON),
    "therapy": ("R2689", {"hcpcs_code": "97110", "billing_tin": "555555555"}),
    "other": ("J069", {"billing_tin": "555555555"}),
    "fracture": ("S52501A", {"claim_type": "institutional", "bill_type_code": "131"}),
    "nursing": ("R2689", {"claim_type": "institutional", "bill_type_code": "211"}),
    "refused": ("M1711", {**SURGEON, "denied": True}),
}
"""Kind of claim → its principal diagnosis and what its line says."""

RULES = {"fracture": "X1", "refused": "denied", "nursing": "I4", "visit": "I3", "therapy": "I5"}
"""The rule that decides on a kind of claim on a day that is not day 0; all others Z9."""

ON_DAY_0 = {"visit", "therapy", "other", "surgery"}
"""Professional claims: on day 0 rule I2 stands before those above."""


@dataclass
class Claims:
    """Claims as rows, and as the reading below takes them: (person, day, kind, key, cents)."""

    lines: list[Row] = field(default_factory=list)
    diagnoses: list[Row] = field(default_factory=list)
    procedures: list[Row] = field(default_factory=list)
    read: list[tuple[str, date, str, str, int]] = field(default_factory=list)
    stays: dict[str, list[tuple[date, date, str]]] = field(default_factory=dict)

    def add(self, person: str, day: date, kind: str, key: str, cents: int) -> None:
        code, says = KINDS[kind]
        self.lines.append(line(key, str(day), cents, person_id=person, **says))
        self.diagnoses.append(diagnosis(key, code, str(day), person))
        self.read.append((person, day, kind, key, cents))

    def add_knee(self, person: str, day: date, nights: int, cents: int) -> None:
        last, key = day + timedelta(nights), f"{person}-{day}"
        days = {
            "admission_date": str(day),
            "discharge_date": str(last),
            "claim_end_date": str(last),
        }
        self.lines.append(line(key, str(day), cents, **{**STAY, **days}, person_id=person))
        self.diagnoses.append(diagnosis(key, "M1711", str(last), person))
        self.procedures.append(procedure(key, "0SRC0J9", str(last), person))
        self.read.append((person, day, "stay", key, cents))
        self.stays.setdefault(person, []).append((day, last, key))
        surgeon = {**SURGEON, "hcpcs_code": "27447", "person_id": person}
        self.lines.append(line(f"{key}-OP", str(day), 140_000, **surgeon))
        self.diagnoses.append(diagnosis(f"{key}-OP", "M1711", str(day), person))
        self.read.append((person, day, "surgery", f"{key}-OP", 140_000))


def claims(chance: random.Random) -> Claims:
    made = Claims()
    for number in range(PEOPLE):
        person, day = f"P{number}", FIRST + timedelta(chance.randint(-90, 290))
        for again in range(chance.choice([1, 2, 2, 3])):
            day += timedelta(chance.choice([3, 60, 124, 126, 130]) if again else 0)
            made.add_knee(person, day, chance.randint(0, 5), chance.randint(100_000, 1_800_000))
        for place in range(chance.randint(2, 8)):
            when = made.stays[person][0][0] + timedelta(
                chance.choice([-31, -30, 0, 5, 90, 96, 140])
            )
            kind = chance.choice(sorted(KINDS))
            made.add(person, when, kind, f"{person}-{place}", chance.randint(1, 400_000))
    return made


@dataclass(frozen=True)
class Episode:
    """An episode by the plain reading."""

    person: str
    key: str
    day: date
    first: date
    last: date


def starting(stays: Sequence[tuple[date, date, str]], person: str) -> list[Episode]:
    """The stays that start an episode of the period, by the sentence on the clean period."""
    found = []
    for place, (day, last, key) in enumerate(sorted(stays)):
        earlier = [it[1] for it in sorted(stays)[:place]]
        window = Episode(person, key, day, day - timedelta(BEFORE), last + timedelta(AFTER))
        if (not earlier or (day - max(earlier)).days > CLEAN) and FIRST <= window.last <= LAST:
            found.append(window)
    return found


def rule_of(episode: Episode, kind: str, key: str, day: date) -> str:
    if key == episode.key:
        return "I1"
    if kind in ON_DAY_0 and day == episode.day:
        return "I2"
    return {**RULES, "surgery": "I3"}.get(kind, "Z9")


def reading(made: Claims) -> dict[tuple[str, str], tuple[str, int]]:
    """(episode, claim) → rule and cents, for every line in a window."""
    found = {}
    for person, stays in made.stays.items():
        for it in starting(stays, person):
            for who, day, kind, key, cents in made.read:
                if who == person and it.first <= day <= it.last:
                    found[it.key, key] = (rule_of(it, kind, key, day), cents)
    return found


GIVEN = ("episode_period", "episode_type", "episode_rule", "episode_code", "episode_participant",
         "medical_claim", "diagnosis", "procedure")  # fmt: skip
MADE = ("superseded_version", "superseded_month", "final_claim", "episode_claim", "trigger_claim",
        "episode_line", "episode", "episode_cell")  # fmt: skip


def tables(definition: Definition, made: Claims) -> dict[str, list[Row]]:
    period = {"contract_id": "summit", "period_id": "PY2025", "first_day": FIRST, "last_day": LAST,
              "paid_through": date(2026, 3, 31), "line_of_business": "commercial"}  # fmt: skip
    return {
        "episode_period": [period],
        "episode_type": list(type_rows("summit", definition)),
        "episode_rule": list(rule_rows("summit", definition)),
        "episode_code": list(code_rows("summit", definition)),
        "episode_participant": [{"contract_id": "summit", "tin": SURGEONS}],
        "medical_claim": made.lines,
        "diagnosis": made.diagnoses,
        "procedure": made.procedures,
    }


def _copy(engine: DuckDBEngine, name: str, rows: Sequence[Row], folder: Path) -> None:
    """Fill a table from a file: row by row it would take a minute."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(models()[name].stored_schema))
        writer.writeheader()
        writer.writerows(rows)
    engine.rows(f"COPY {name} FROM '{path}' (FORMAT csv, HEADER, NULLSTR '')")


def build(
    engine: DuckDBEngine, given_: Mapping[str, list[Row]], folder: Path
) -> dict[str, list[Any]]:
    """The tables as a build makes them: types as declared, audits passed."""
    for name in GIVEN:
        _give(engine, models()[name], [])
        _copy(engine, name, given_[name], folder)
    for name in MADE:
        _compute(engine, models()[name])
    return {name: engine.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in MADE[3:]}


def definition(folder: Path) -> Definition:
    path = folder / "knee_hip.yaml"
    cut = f"    before_days: 30\n    outlier_cut: {CUT // 100}\n"
    path.write_text(FILES[DEFINITION].replace("    before_days: 30\n", cut, 1), encoding="utf-8")
    return read_definition(path)


def test_every_line_in_a_window_is_in_one_row_and_no_cent_is_lost(tmp_path: Path) -> None:
    seen = Seen("overlapped", "outside_period", "cut", "line_outside", "excluded", "two_episodes")
    read = definition(tmp_path)
    engine = DuckDBEngine("300MB", tmp_path)

    @settings(max_examples=8)
    @given(st.integers(0, 2**32).map(random.Random))
    def holds(chance: random.Random) -> None:
        made = claims(chance)
        built = tables(read, made)
        rows = build(engine, built, tmp_path)
        expected = reading(made)
        lines = engine.rows(
            "SELECT episode_claim_key, claim_key, rule_id, line_cents, included, included_cents, "
            "excluded_cents FROM episode_line"
        )
        assert len(lines) == len({(it[0], it[1]) for it in lines}) == len({it[1] for it in lines})
        assert {(it[0], it[1]): (it[2], it[3]) for it in lines} == expected
        assert all(it[4] == it[2].startswith("I") for it in lines)
        whole = sum(cents for _, cents in expected.values())
        (sums,) = engine.rows(
            "SELECT SUM(window_cents), SUM(excluded_cents + truncated_cents + counted_cents), "
            "SUM(counted_cents), SUM(own_cents + other_cents), SUM(inpatient_cents + "
            "outpatient_cents + professional_cents + post_acute_cents + other_service_cents), "
            "MAX(counted_cents) FROM episode"
        )
        assert sums[0] == sums[1] == whole
        assert sums[2] == sums[3] == sums[4]
        assert sums[5] <= CUT
        cells = engine.rows("SELECT SUM(episodes), SUM(counted_cents) FROM episode_cell")
        assert cells == [(len({it[0] for it in expected}), sums[2])]
        note(seen, engine, made, expected)
        shuffled = {name: chance.sample(given_, len(given_)) for name, given_ in built.items()}
        assert build(engine, shuffled, tmp_path) == rows

    holds()
    engine.close()
    seen.check()


def note(seen: Seen, engine: DuckDBEngine, made: Claims, expected: Mapping[Any, Any]) -> None:
    """Which kinds of person the example had."""
    reasons = engine.rows("SELECT person_id, reason FROM trigger_claim")
    cut = {it[0] for it in engine.rows("SELECT person_id FROM episode WHERE truncated_cents > 0")}
    for person in made.stays:
        mine = {key: it for key, it in expected.items() if key[0].startswith(f"{person}-")}
        all_mine = [it for it in made.read if it[0] == person]
        seen.note(
            overlapped=(person, "in_clean_period") in reasons,
            outside_period=(person, "ends_outside_period") in reasons,
            cut=person in cut,
            line_outside=len(all_mine) > len(mine) > 0,
            excluded=any(not rule.startswith("I") for rule, _ in mine.values()),
            two_episodes=len({key[0] for key in mine}) > 1,
        )
