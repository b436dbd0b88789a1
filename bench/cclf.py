"""How fast CCLF5 lands as typed Parquet: MB a CPU-second, and the ratio to a bare scan of it.

python bench/cclf.py [--records N] [--memory LIMIT]: writes a delivery of N records, then times the
best of five runs of a scan that only measures lines, and of all that `vbc load` does before
canonical rows: hashing, checking the delivery, landing it and keeping the originals. Ratios travel
between machines; seconds do not.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from openvbc.console import out
from openvbc.sources.archive import delivered
from openvbc.sources.cclf.land import Lines, landed_fields
from openvbc.sources.cclf.layout import Field, fields, files, read_lengths
from openvbc.sources.formats import Landing, formats
from openvbc.sources.landing import text

RUNS = 5
LINES = 3
"""Lines of a claim."""
CLAIMS = 30
"""Claims of a person."""
NAME = "P.A1234.ACO.ZC{}Y24.D240213.T1234560"


def value(field: Field) -> str:
    """A field's value as SQL over `number`, as wide and as varied as in a real feed."""
    of_line = "line" in field.name or field.name.startswith("hcpcs")
    key = "number" if of_line else f"number // {LINES}"
    draw = f"hash({key}, '{field.name}')"
    digits = min(field.width, 10)
    code = f"left(lpad(CAST({draw} % 5000 AS VARCHAR), {digits}, '0'), {field.width})"
    if "dgns" in field.name:  # seven in ten are blank
        code = f"CASE WHEN {draw} % 10 < 3 THEN {code} ELSE '' END"
    if "hic" in field.name or "mdfr" in field.name:
        code = "''"
    by_type = {
        "date": f"CAST(DATE '2024-01-01' + CAST({draw} % 366 AS INTEGER) AS VARCHAR)",
        "amount": f"lpad(CONCAT({draw} % 1000, '.', 10 + {draw} // 1000 % 90), {field.width}, ' ')",
        "quantity": f"lpad('1.0000', {field.width}, ' ')",
    }
    by_name = {
        "cur_clm_uniq_id": f"CAST(1000000000000 + number // {LINES} AS VARCHAR)",
        "clm_line_num": f"CAST(1 + number % {LINES} AS VARCHAR)",
        "bene_mbi_id": f"'1S' || lpad(CAST(number // {LINES * CLAIMS} AS VARCHAR), 9, '0')",
        "clm_cntl_num": f"lpad(CAST({draw} AS VARCHAR), 23, '0')",
    }
    return f"rpad({by_name.get(field.name) or by_type.get(field.type) or code}, {field.width}, ' ')"


def write(folder: Path, records: int) -> Path:
    """A delivery of that many records of CCLF5, and its summary; the path of the former."""
    path = folder / NAME.format(5)
    line = " || ".join(value(it) for it in fields()["cclf5"])
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            f"COPY (SELECT {line} FROM range({records}) AS record (number)) TO {text(path)} "
            "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x1f')"
        )
    announced = (
        f"{file.upper()} | |{records if file == 'cclf5' else 0}|{read_lengths(file)[-1]}\n"
        for file in files()
    )
    (folder / NAME.format(0)).write_text("".join(announced), encoding="ascii")
    return path


def best(work: Callable[[], object]) -> float:
    """CPU-seconds of the fastest of some runs."""
    found = []
    for _ in range(RUNS):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def scan(lines: Lines, memory: str) -> None:
    """Read every line and look at its length, nothing else."""
    with duckdb.connect(config={"threads": 1, "memory_limit": memory}) as connection:
        connection.execute(f"SELECT max(length(line)) FROM ({lines.sql})").fetchall()


def land(delivery: Path, memory: str) -> None:
    """What a load does with the files, in a workspace that holds nothing yet."""
    with tempfile.TemporaryDirectory() as folder:
        found = delivered(delivery, Path(folder) / "opened")
        Landing(Path(folder), formats()["cclf"], found, memory).run(lambda *_: None)


def main() -> None:
    """Print both speeds, their ratio and the most memory that the process held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--memory", default="800MB")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), given.records)
        size = path.stat().st_size / 1e6
        lines = Lines(path, path.name, "cclf5")
        scanned = best(lambda: scan(lines, given.memory))
        landed = best(lambda: land(path.parent, given.memory))
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    columns = len(landed_fields("cclf5"))
    out.print(f"CCLF5, {given.records:,} records, {size:.0f} MB, {columns} columns")
    out.print(f"bare scan of the lines  {size / scanned:7.0f} MB a CPU-second")
    out.print(f"landed, typed, Parquet  {size / landed:7.0f} MB a CPU-second")
    out.print(f"landing costs {landed / scanned:.1f} bare scans; at most {held:.0f} MB held")


if __name__ == "__main__":
    main()
