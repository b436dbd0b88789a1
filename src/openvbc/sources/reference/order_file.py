"""CMS's ICD-10-CM and ICD-10-PCS order files: fixed positions, no header.

Characters 1-5 are the order, 7-13 the code, 15 says whether it is valid for a claim (1) or a
heading (0); descriptions follow and are not kept.
"""

from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.connection import connect
from openvbc.errors import InputError, Problem
from openvbc.sources.landing import text

SETS: Final = ("icd_10_cm", "icd_10_pcs")
_LINE: Final = "^[0-9]{5} [0-9A-Z]{3,7} *[01] "


def copy_order_file(path: Path, target: Path, memory: str) -> None:
    """Write code, is_valid and row_number. Raises InputError where a line is of another form."""
    read = (
        "(SELECT line, row_number() OVER () AS row_number FROM "
        f"read_csv({text(path)}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, "
        "header = false, delim = '\x01', quote = '', escape = '') "
        "WHERE trim(coalesce(line, '')) <> '')"
    )
    with connect(memory, 1, target.with_suffix(".spill")) as connection:
        try:
            bad = connection.execute(
                f"SELECT min(row_number), count(*) FROM {read} "
                f"WHERE NOT regexp_matches(line, '{_LINE}')"
            ).fetchone()
        except duckdb.Error as error:
            raise InputError(Problem(str(path), "cannot be read as UTF-8 text")) from error
        if bad is None or bad[1]:
            what = "found a line that is none of an ICD-10 order file; expected order, code, 0 or 1"
            raise InputError(Problem(f"{path}:{bad[0] if bad else 1}", what))
        connection.execute(
            "COPY (SELECT trim(substr(line, 7, 7)) AS code, substr(line, 15, 1) = '1' AS is_valid, "
            f"row_number FROM {read}) TO {text(target)} (FORMAT parquet, COMPRESSION zstd)"
        )
