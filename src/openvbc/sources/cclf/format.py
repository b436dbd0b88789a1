"""The kind `cclf`: how its files are known, judged whole, and landed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from openvbc.errors import Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.cclf.blank import is_blank
from openvbc.sources.cclf.complete import problems
from openvbc.sources.cclf.land import Lines, land_lines, land_nothing
from openvbc.sources.cclf.layout import OPT_OUT
from openvbc.sources.cclf.names import looks_alike, parsed
from openvbc.sources.cclf.opt_out import land_opt_out
from openvbc.sources.cclf.summary import read_summary
from openvbc.sources.landing import text

_HEAD: Final = 64


@dataclass(frozen=True)
class Cclf:
    """CMS's Claim and Claim Line Feed. version: raised when what is landed changes."""

    name: str = "cclf"
    version: int = 2

    def knows(self, name: str, head: bytes) -> bool:  # noqa: ARG002 (names tell them)
        """Does the name claim to be one of the feed's files; badly written ones are refused."""
        return looks_alike(name)

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:
        """Announced and delivered files compared; doubled files; missing months."""
        return problems(delivery)

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """Write `out/<file>.parquet`. Raises InputError with the line where it is refused."""
        file = parsed(name).file
        if file == OPT_OUT:
            land_opt_out(path, name, out, memory)
        elif file == "cclf0":
            _land_summary(path, name, out)
        elif _is_blank(path):
            land_nothing(file, out)
        else:
            land_lines(Lines(path, name, file), out, memory)


def _is_blank(path: Path) -> bool:
    with path.open("rb") as file:
        return is_blank(file.read(_HEAD), path.stat().st_size)


def _land_summary(path: Path, name: str, out: Path) -> None:
    announced = {} if _is_blank(path) else read_summary(path, name)
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE summary (file VARCHAR, records BIGINT, record_length BIGINT, "
            "row_number BIGINT)"
        )
        for it in announced.values():
            row = [it.file.upper(), it.records, it.record_length, it.line]
            connection.execute("INSERT INTO summary VALUES (?, ?, ?, ?)", row)
        target = text(out / "cclf0.parquet")
        connection.execute(f"COPY summary TO {target} (FORMAT parquet, COMPRESSION zstd)")


FORMAT: Final = Cclf()
