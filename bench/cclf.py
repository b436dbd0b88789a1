"""How fast CCLF5 lands as typed Parquet: MB a CPU-second, and the ratio to a bare scan of it.

python bench/cclf.py [--records N]: writes a file of N records, then times the best of five runs of
a scan that only measures lines, and of the landing that `vbc load` uses. Ratios travel between
machines; seconds do not.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from openvbc.console import out
from openvbc.sources.cclf.land import Lines, land_lines, landed_fields
from openvbc.sources.cclf.layout import Field, fields

RUNS = 5
BLANK = 0.7
"""Share of diagnoses that are not filled."""

MEMORY = "800MB"


def value(field: Field, number: int, dice: random.Random) -> str:
    """A value of a field, as wide as in a real feed."""
    by_name = {
        "cur_clm_uniq_id": f"{10**12 + number // 3}",
        "bene_mbi_id": f"1S{number // 90:09}",
        "clm_cntl_num": f"{dice.randrange(10**22):023}",
    }
    by_type = {
        "date": f"2024-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
        "amount": f"{dice.randrange(100_000) / 100:.2f}".rjust(field.width),
        "quantity": "1.0000".rjust(field.width),
    }
    code = f"{dice.randrange(1, 5000):0{min(field.width, 10)}}"[: field.width]
    is_blank = any(it in field.name for it in ("hic", "mdfr")) or (
        "dgns" in field.name and dice.random() < BLANK
    )
    return by_name.get(field.name) or by_type.get(field.type) or ("" if is_blank else code)


def write(path: Path, records: int) -> None:
    """A CCLF5 file of that many records."""
    dice = random.Random(1)  # noqa: S311
    layout = fields()["cclf5"]
    with path.open("w", encoding="ascii") as file:
        for number in range(records):
            file.write("".join(value(it, number, dice).ljust(it.width) for it in layout) + "\n")


def best(work: Callable[[], object]) -> float:
    """CPU-seconds of the fastest of some runs."""
    found = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def scan(lines: Lines) -> None:
    """Read every line and look at its length, nothing else."""
    with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY}) as connection:
        connection.execute(f"SELECT max(length(line)) FROM ({lines.sql})").fetchall()


def land(lines: Lines) -> None:
    """What a load does."""
    with tempfile.TemporaryDirectory() as folder:
        land_lines(lines, Path(folder), MEMORY)


def main() -> None:
    """Print both speeds and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    records = parser.parse_args().records
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "P.A1234.ACO.ZC5Y24.D240213.T1234560"
        write(path, records)
        size = path.stat().st_size / 1e6
        lines = Lines(path, path.name, "cclf5")
        scanned, landed = best(lambda: scan(lines)), best(lambda: land(lines))
    out.print(f"CCLF5, {records:,} records, {size:.0f} MB, {len(landed_fields('cclf5'))} columns")
    out.print(f"bare scan of the lines  {size / scanned:7.0f} MB a CPU-second")
    out.print(f"landed, typed, Parquet  {size / landed:7.0f} MB a CPU-second")
    out.print(f"landing costs {landed / scanned:.1f} bare scans")


if __name__ == "__main__":
    main()
