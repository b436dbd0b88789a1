"""Writes what two peers say of random people's diagnoses, for `tests/test_groupers.py`.

    python tools/make_grouper_golden.py PEOPLE SEED FILE

Run it where elixhauser-ahrq 2026.1.3 and pycomorb 1.20261001.1 are installed (pandas, openpyxl
and polars come with them, so neither is a dependency of the tests):

    python tools/make_grouper_golden.py 300 7 tests/peers/groupers.csv

A row is a person with one hospital stay: the diagnoses in their order as code/indicator, the
categories of each peer, and their points.
"""

import csv
import random
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent.parent / "src" / "openvbc" / "groupers" / "tables"
OTHER_CODES = ("Z0000", "R51", "M545", "J069", "S72001A")
INDICATORS = ("Y", "Y", "Y", "W", "N", "U", "1")
COLUMNS = ("person_id", "diagnoses", "elixhauser", "mortality", "readmission",
           "charlson", "charlson_points", "quan_points")  # fmt: skip

Person = list[tuple[str, str]]


def people(count: int, seed: int) -> Iterator[Person]:
    """Random people's diagnoses with indicators, the principal one first."""
    dice = random.Random(seed)  # noqa: S311
    codes = sorted(
        {
            row["code"]
            for path in sorted(TABLES.glob("*/code.csv"))
            if path.parent.name in {"elixhauser", "charlson"}
            for row in csv.DictReader(path.open(encoding="utf-8"))
        }
    )
    strokes = [it for it in codes if it.startswith(("I6", "G45", "G81"))]
    for _ in range(count):
        held = dice.sample(codes, dice.choice((1, 2, 4, 8, 14)))
        held += dice.sample(strokes, dice.choice((0, 0, 2))) + dice.sample(OTHER_CODES, 1)
        held = list(dict.fromkeys(held))
        dice.shuffle(held)
        yield [(code, dice.choice(INDICATORS)) for code in held]


def elixhauser(them: list[Person]) -> Iterator[tuple[str, int, int]]:
    """Categories and both indices of each person, by elixhauser-ahrq."""
    peer: Any = import_module("elixhauser_ahrq.mapper").ElixhauserMapper()
    scorer: Any = import_module("elixhauser_ahrq.scorer").ElixhauserScorer
    scores = [scorer("mortality"), scorer("readmission")]
    for it in them:
        flags = peer.map_patient_diagnoses([code for code, _ in it], [poa for _, poa in it])
        names = " ".join(sorted(name for name, holds in flags.items() if holds))
        mortality, readmission = (int(score.calculate_score(flags)) for score in scores)
        yield names, mortality, readmission


def charlson(them: list[Person], weights: str) -> list[tuple[str, int]]:
    """Categories by their place in the list (1 to 17) and points of each person, by pycomorb."""
    polars: Any = import_module("polars")
    index: Any = import_module("pycomorb").CharlsonComorbidityIndex
    rows = [(place, code, 0) for place, it in enumerate(them) for code, _ in it]
    frame = polars.DataFrame(rows, schema=["id", "code", "age"], orient="row")
    found = index(frame, implementation="quan", weights=weights, return_categories=True)
    names = [it for it in found.columns if it not in {"id", "age", "Age"} and "Index" not in it
             and "Score" not in it]  # fmt: skip
    return [
        (" ".join(str(n) for n, name in enumerate(names, 1) if row[name]),
         int(row["Charlson Comorbidity Index"]))
        for row in found.sort("id").iter_rows(named=True)
    ]  # fmt: skip


def main(count: int, seed: int, path: Path) -> None:
    """Write the file."""
    them = list(people(count, seed))
    original, revised = charlson(them, "charlson"), charlson(them, "quan")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place, (it, says) in enumerate(zip(them, elixhauser(them), strict=True)):
            listed = " ".join(f"{code}/{poa}" for code, poa in it)
            writer.writerow([f"P{place}", listed, *says, *original[place], revised[place][1]])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
