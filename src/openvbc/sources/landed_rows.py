"""Rows made by a program, into landing Parquet of text columns."""

import csv
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from openvbc.engine.connection import connect
from openvbc.sources.landing import name, text

ASIDE_COLUMNS: Final = ("table", "reason", "expected")


def write_rows(
    out: Path,
    table: str,
    columns: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str | None]]],
    memory: str,
) -> int:
    """Write `out/<table>.parquet` from (row_number, values) pairs; how many there were.

    Values are text without the spaces around them; empty is missing.
    """
    passed, spill = out / f".{table}.csv", out / "spill"
    count = 0
    with passed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, values in rows:
            count += 1
            writer.writerow([number, *((it or "").strip().replace("\0", "") for it in values)])
    types = ", ".join(f"{text(it)}: 'VARCHAR'" for it in ("row_number", *columns))
    kept = ", ".join(f"nullif({name(it)}, '') AS {name(it)}" for it in columns)
    try:
        with connect(memory, 1, spill) as connection:
            connection.execute(
                f"COPY (SELECT {kept}, CAST(row_number AS BIGINT) AS row_number FROM "
                f"read_csv({text(passed)}, columns = {{{types}}}, auto_detect = false, "
                "header = false, delim = ',', quote = '\"', escape = '\"', "
                # said, as the first end of a line that is seen may stand in a value
                "new_line = '\\n', max_line_size = 16777216)) "
                f"TO {text(out / f'{table}.parquet')} (FORMAT parquet, COMPRESSION zstd)"
            )
    finally:
        passed.unlink()
        shutil.rmtree(spill, ignore_errors=True)
    return count


def write_aside(out: Path, table: str, rows: Sequence[tuple[int, str, str]], memory: str) -> None:
    """Write `out/aside.parquet` from (row_number, reason, expected), where there are any."""
    if rows:
        told = ((number, (table, reason, expected)) for number, reason, expected in rows)
        write_rows(out, "aside", ASIDE_COLUMNS, told, memory)
