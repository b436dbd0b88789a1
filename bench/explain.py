"""How long `vbc explain` takes at each level of a workspace: the process as people start it.

    python bench/explain.py WORKSPACE [--cells 20] [--seed 1]

Cells are drawn at random from the statements of a workspace that is built and settled. The levels:
a line with its formula and inputs; a cell of a table down to its persons; one person of a cell down
to the claim lines; one person in every period; one claim and why it counts. Median and slowest wall
seconds, and the median of CPU-seconds, process start included.
"""

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.store import read_json
from openvbc.explain.chosen import declared, open_run
from openvbc.place import Place

Cell = tuple[str, dict[str, Any]]
"""A settlement and a line of its statement."""


def cells(place: Place) -> list[Cell]:
    """Every line of every statement."""
    paths = sorted((place.root / "statements").glob("*.json"))
    return [(it.stem, line) for it in paths for line in read_json(it, "settle again")["lines"]]


class Draw:
    """Draws questions of each level."""

    def __init__(self, place: Place, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - which cells, no secret
        self._lines = cells(place)
        self._counted = [it for it in self._lines if _made_of(it[1]) is not None]
        names = {str(_made_of(line)) for _, line in self._counted}
        run = open_run(place, place.store.current(), [*names, "medical_claim"])
        self._engine: DuckDBEngine = run.open()

    def line(self) -> list[str]:
        """Of any line."""
        settlement, line = self._random.choice(self._lines)
        return [line["id"], "--settlement", settlement]

    def cell(self) -> list[str]:
        """Of a cell that people make."""
        settlement, line = self._random.choice(self._counted)
        return [line["id"], "--settlement", settlement]

    def claims(self) -> list[str]:
        """Of a person of such a cell."""
        settlement, line, person = self._of_cell()
        return [line["id"], "--settlement", settlement, "--person", person]

    def person(self) -> list[str]:
        """Of a person of such a cell, in every period."""
        settlement, _, person = self._of_cell()
        return ["--person", person, "--settlement", settlement]

    def claim(self) -> list[str]:
        """Of a claim of such a person."""
        settlement, _, person = self._of_cell()
        select = "SELECT DISTINCT claim_key FROM medical_claim WHERE person_id = ? ORDER BY ALL"
        keys = [row[0] for row in self._engine.rows(select, [person])]
        if not keys:
            return self.claim()
        return ["--why-not", self._random.choice(keys), "--settlement", settlement]

    def _of_cell(self) -> tuple[str, dict[str, Any], str]:
        """A cell that has people, and one of them."""
        while True:
            settlement, line = self._random.choice(self._counted)
            keys = line["source"]["filter"]
            where = " AND ".join(f"{name} = ?" for name in keys)
            select = f"SELECT person_id FROM {_made_of(line)} WHERE {where} ORDER BY person_id"
            people = self._engine.rows(select, list(keys.values()))
            if people:
                return settlement, line, self._random.choice(people)[0]


def _made_of(line: dict[str, Any]) -> str | None:
    """The table of persons that a line's cell sums."""
    source = line["source"] or {}
    if source.get("kind") != "table":
        return None
    model = declared([source["table"]])[source["table"]]
    columns = model.made_of.get("columns", {})
    summed = model.made_of and columns.get(source["column"], source["column"]) is not None
    return str(model.made_of["table"]) if summed else None


def took(words: Sequence[str], workspace: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one question; raises where the process fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "openvbc", "explain", *words, "--workspace", str(workspace)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def rows(draw: Draw, workspace: Path, count: int) -> Iterator[tuple[str, ...]]:
    """A row of the table for each level."""
    levels: dict[str, Callable[[], list[str]]] = {
        "a line": draw.line,
        "a cell and its persons": draw.cell,
        "a person's claims in a cell": draw.claims,
        "a person in every period": draw.person,
        "a claim": draw.claim,
    }
    for name, ask in levels.items():
        found = [took(ask(), workspace) for _ in range(count)]
        walls, cpus = [it[0] for it in found], [it[1] for it in found]
        figures = (median(walls), max(walls), median(cpus))
        yield name, f"{count}", *(f"{it:.2f}" for it in figures)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--cells", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    table = Table("level", "cells", "median s", "slowest s", "median CPU-s")
    draw = Draw(Place.opened(chosen.workspace), chosen.seed)
    for row in rows(draw, chosen.workspace, chosen.cells):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
