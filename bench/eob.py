"""How fast ExplanationOfBenefit NDJSON lands, as MB a CPU-second and as a ratio to a bare read.

python bench/eob.py SAMPLES [--megabytes N]: writes the v3 samples of a folder, one line each, over
and over into a file of N MB, lands it, and reads it barely: one text column of each line. Ratios
travel between machines; seconds do not.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from rich.table import Table

from openvbc.console import out
from openvbc.sources.bcda.format import FORMAT

MEGABYTE = 1_000_000
MEMORY = "1GB"


def replicated(samples: Path, path: Path, megabytes: int) -> int:
    """Write the samples as NDJSON until the file has that size; its resources."""
    paths = sorted(samples.glob("ExplanationOfBenefit*.json"))
    lines = [json.dumps(json.loads(it.read_text("utf-8")), separators=(",", ":")) for it in paths]
    once = "\n".join(lines) + "\n"
    times = max(1, megabytes * MEGABYTE // len(once.encode()))
    with path.open("w", encoding="utf-8") as file:
        for _ in range(times):
            file.write(once)
    return times * len(lines)


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def bare_read(path: Path) -> int:
    """Parse every line, keep one name; the number of lines."""
    with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY}) as connection:
        sql = (
            "SELECT count(resourceType) FROM read_json(?, format = 'newline_delimited', "
            "records = true, columns = {'resourceType': 'VARCHAR'})"
        )
        return int(connection.execute(sql, [str(path)]).fetchall()[0][0])


def counted(folder: Path) -> dict[str, int]:
    """Landing table → rows."""
    with duckdb.connect() as connection:
        return {
            path.stem: int(
                connection.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()[
                    0
                ][0]
            )
            for path in sorted(folder.glob("*.parquet"))
        }


def measure(samples: Path, folder: Path, megabytes: int) -> Table:
    path = folder / "eob.ndjson"
    resources = replicated(samples, path, megabytes)
    size = path.stat().st_size / MEGABYTE
    landed = folder / "landed"
    landed.mkdir()
    bare = cpu(lambda: bare_read(path))
    seconds = cpu(lambda: FORMAT.land(path, path.name, landed, MEMORY))
    table = Table("what", "CPU seconds", "MB per CPU second", "times a bare read")
    table.add_row("bare read", f"{bare:.2f}", f"{size / bare:.0f}", "1.0")
    table.add_row("land", f"{seconds:.2f}", f"{size / seconds:.0f}", f"{seconds / bare:.1f}")
    rows = ", ".join(f"{name} {rows:,}" for name, rows in counted(landed).items())
    table.caption = f"{size:.0f} MB, {resources:,} resources: {rows}"
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--megabytes", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out.print(measure(given.samples, Path(folder), given.megabytes))


if __name__ == "__main__":
    main()
