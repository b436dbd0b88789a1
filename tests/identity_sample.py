"""The same synthetic people as a payer and two EHRs write them down, with the errors that people
make: typos, changed family names, moves, new telephones, mistyped birth dates; and twins.

Names are drawn from short lists, so that many people share one. Every source numbers its people
itself; TRUTH (source record → true person) is known to the sample alone.
"""

import csv
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FEMALE = """
Mary Patricia Linda Barbara Elizabeth Jennifer Maria Susan Margaret Dorothy Lisa Nancy Karen
Betty Helen Sandra Donna Carol Ruth Sharon Michelle Laura Sarah Kimberly Deborah
"""
MALE = """
James John Robert Michael William David Richard Charles Joseph Thomas Christopher Daniel Paul
Mark Donald George Kenneth Steven Edward Brian Ronald Anthony Kevin Jason Jeff
"""
SURNAMES = """
Smith Johnson Williams Jones Brown Davis Miller Wilson Moore Taylor Anderson Thomas Jackson
White Harris Martin Thompson Garcia Martinez Robinson Clark Rodriguez Lewis Lee Walker Hall
Allen Young Hernandez King Wright Lopez Hill Scott Green Adams Baker Gonzalez Nelson Carter
"""
GIVEN = {"female": FEMALE.split(), "male": MALE.split()}
FAMILY = SURNAMES.split()


@dataclass(frozen=True)
class Human:
    """One true person."""

    number: int
    given_name: str
    family_name: str
    birth_date: date
    sex: str
    zip_code: str
    phone: str


@dataclass
class Sample:
    """Source folders, and which true person each of their person ids is."""

    payer: Path
    ehrs: Mapping[str, Path]
    truth: dict[str, int] = field(default_factory=dict)

    def pairs(self) -> set[frozenset[str]]:
        """The pairs of person ids of different sources that are one person."""
        ids = sorted(self.truth)
        return {
            frozenset((a, b))
            for at, a in enumerate(ids)
            for b in ids[at + 1 :]
            if self.truth[a] == self.truth[b]
        }


def humans(count: int, rng: random.Random) -> list[Human]:
    """Distinct people; every tenth is the twin or the namesake child of the one before."""
    found: list[Human] = []
    for number in range(count):
        sex = rng.choice(("female", "male"))
        one = Human(
            number,
            rng.choice(GIVEN[sex]),
            rng.choice(FAMILY),
            date(1930, 1, 1) + timedelta(days=rng.randrange(14_000)),
            sex,
            f"48{rng.randrange(1, 40):03}",
            f"313555{rng.randrange(10_000):04}",
        )
        if number % 20 == 10:  # a twin: all but the given name
            one = replace(found[-1], number=number, given_name=one.given_name)
        elif number % 20 == 0 and number:  # a namesake in the house, a generation younger
            born = found[-1].birth_date + timedelta(days=9_500 + rng.randrange(2_000))
            one = replace(found[-1], number=number, birth_date=born)
        if found and one.given_name == found[-1].given_name and number % 20 == 10:
            one = replace(one, given_name="Zoe" if one.sex == "female" else "Zeke")
        found.append(one)
    return found


def typo(word: str, rng: random.Random) -> str:
    """Two neighbours exchanged, or one letter lost or doubled."""
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def written_down(it: Human, rng: random.Random) -> Human:
    """A person as a front desk writes them: each field wrong or changed with its own chance."""
    new_zip, new_phone = f"48{rng.randrange(1, 40):03}", f"248555{rng.randrange(10_000):04}"
    slipped = it.birth_date.replace(day=it.birth_date.day % 28 + 1)
    changes: Sequence[tuple[float, Callable[[], dict[str, Any]]]] = (
        (0.06, lambda: {"given_name": typo(it.given_name, rng)}),
        (0.02, lambda: {"given_name": it.given_name[0]}),
        (0.06, lambda: {"family_name": typo(it.family_name, rng)}),
        (0.06, lambda: {"family_name": rng.choice(FAMILY)}),
        (0.03, lambda: {"birth_date": slipped}),
        (0.15, lambda: {"zip_code": new_zip}),
        (0.20, lambda: {"phone": new_phone}),
        (0.15, lambda: {"phone": ""}),
    )
    for chance, change in changes:
        if rng.random() < chance:
            it = replace(it, **change())
    return it


def make_sample(folder: Path, people: int = 300, seed: int = 11) -> Sample:
    """A payer that covers 5 of 6, and two EHRs that each see 2 of 3 of the people."""
    rng = random.Random(seed)
    them = humans(people, rng)
    sample = Sample(folder / "payer", {name: folder / name for name in ("north", "south")})
    covered = [it for it in them if it.number % 6]
    _write(sample.payer, dict(_payer(covered, sample)))
    for name, path in sample.ehrs.items():
        seen = [it for it in them if rng.random() < 2 / 3]
        _write(path, dict(_ehr(name, seen, sample, rng)))
    return sample


Rows = list[dict[str, Any]]


def _payer(them: Sequence[Human], sample: Sample) -> Iterator[tuple[str, Rows]]:
    ids = {it.number: f"MBI{it.number:04}" for it in them}
    sample.truth.update({person: number for number, person in ids.items()})
    line = {"payer": "CMS", "line_of_business": "medicare"}
    yield "person", [_person(ids[it.number], it) for it in them]
    yield "person_identifier", [_known("mbi", ids[it.number], ids[it.number]) for it in them]
    yield "person_demographics", [_described(ids[it.number], ids[it.number], it) for it in them]
    yield (
        "eligibility",
        [
            {"person_id": ids[it.number], "enrollment_start_date": "2024-01-01", **line}
            for it in them
        ],
    )
    yield "medical_claim", [_claim(ids[it.number], it.number) | line for it in them]


def _claim(person: str, number: int) -> dict[str, Any]:
    day = date(2024, 1, 1) + timedelta(days=number)
    return {
        "claim_key": f"C{number}",
        "version_number": 1,
        "version_type": "original",
        "sign": 1,
        "effective_on": day + timedelta(days=20),
        "claim_id": f"C{number}",
        "claim_line_number": 1,
        "claim_type": "professional",
        "person_id": person,
        "claim_start_date": day,
        "claim_end_date": day,
        "paid_cents": 10_000 + number,
    }


def _ehr(
    name: str, them: Sequence[Human], sample: Sample, rng: random.Random
) -> Iterator[tuple[str, Rows]]:
    ids = {it.number: f"mrn:{name}:{it.number * 7 + 13}" for it in them}
    sample.truth.update({person: number for number, person in ids.items()})
    written = [written_down(it, rng) for it in them]
    yield "person", [_person(ids[it.number], it) for it in written]
    yield (
        "person_identifier",
        [_known("medical_record_number", ids[it.number][4:], ids[it.number]) for it in them],
    )
    yield (
        "person_demographics",
        [_described(ids[it.number], ids[it.number], it) for it in written],
    )
    yield (
        "encounter",
        [
            {
                "encounter_id": f"{name}-{it.number}",
                "person_id": ids[it.number],
                "encounter_type": "office visit",
                "encounter_start_date": date(2024, 2, 1) + timedelta(days=it.number),
                "encounter_end_date": date(2024, 2, 1) + timedelta(days=it.number),
            }
            for it in them
        ],
    )


def _person(person: str, it: Human) -> dict[str, Any]:
    return {"person_id": person, "birth_date": it.birth_date, "sex": it.sex}


def _known(kind: str, identifier: str, person: str) -> dict[str, Any]:
    return {"identifier_type": kind, "identifier": identifier, "person_id": person}


def _described(record: str, person: str, it: Human) -> dict[str, Any]:
    digest = hashlib.sha256(it.phone.encode()).hexdigest() if it.phone else ""
    return {
        "record_id": record,
        "person_id": person,
        "given_name": it.given_name,
        "family_name": it.family_name,
        "birth_date": it.birth_date,
        "sex": it.sex,
        "zip_code": it.zip_code,
        "phone_hash": digest,
    }


def _write(folder: Path, tables: Mapping[str, Rows]) -> None:
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
