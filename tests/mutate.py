"""Seeded damage to a file, for tests that nothing crashes and nothing is lost in silence."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from openvbc.engine.connection import inspector
from openvbc.errors import InputError

SPECIAL = (
    b"\0",
    b"\xff",
    b'"',
    b"'",
    b"\n",
    b"\r",
    b"\t",
    b"|",
    b"*",
    b"~",
    b"<",
    b"{",
    b"\\",
    b"-",
    b"9",
)


_OPEN_AT_ONCE = 8


def _flip(content: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(content) + 1)
    return content[:at] + dice.choice(SPECIAL) + content[at + dice.randrange(2) :]


def _cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _lines(content: bytes, dice: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    at, other = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines[at] = dice.choice((b"", lines[at] * 2, lines[other], lines[at][: len(lines[at]) // 2]))
    return b"".join(lines)


def _swap(content: bytes, dice: random.Random) -> bytes:
    at, other = sorted(dice.randrange(len(content) + 1) for _ in range(2))
    return content[:at] + content[other:]


def mutations(content: bytes, count: int, seed: int = 1) -> Iterator[bytes]:
    """count damaged copies: bytes put in or replaced, lines lost or doubled, parts cut out."""
    dice = random.Random(seed)
    for _ in range(count):
        damaged = content
        for _ in range(dice.randrange(1, 4)):
            if damaged:
                damaged = dice.choice((_flip, _flip, _cut, _lines, _swap))(damaged, dice)
        yield damaged


def tally(
    content: bytes, count: int, land: Callable[[bytes], bool], seed: int = 1
) -> tuple[int, int, int]:
    """(whole, partly set aside, refused) of count mutations; land says whether all was accepted.

    land raises InputError where the file is refused and must check its own counts; any other
    exception fails the test. What it found is printed, for `pytest -s`.
    """
    whole = partly = refused = 0
    for it in mutations(content, count, seed):
        try:
            if land(it):
                whole += 1
            else:
                partly += 1
        except InputError:
            refused += 1
    print(f"{count:,}: {whole:,} whole, {partly:,} partly set aside, {refused:,} refused")  # noqa: T201
    return whole, partly, refused


@contextmanager
def one_process() -> Iterator[None]:
    """Inside, what opens a DuckDB gets an empty database of one that is there already.

    Opening one takes 20 times as long as landing a small file.
    """
    inspector()  # the process keeps it, so it must not be one that ends with the block
    kept = duckdb.connect(config={"threads": 1, "memory_limit": "300MB"})
    made: list[str] = []

    def connect(*_: Any, **__: Any) -> duckdb.DuckDBPyConnection:
        cursor = kept.cursor()
        made.append(f"opened_{len(made)}")
        cursor.execute(f"ATTACH ':memory:' AS {made[-1]}")
        cursor.execute(f"USE {made[-1]}")
        if len(made) > _OPEN_AT_ONCE:
            cursor.execute(f"DETACH {made[-_OPEN_AT_ONCE]}")
        return cursor

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", connect)
        yield
    kept.close()


def rows(path: Path) -> int:
    """How many rows a Parquet file has; none where it is absent."""
    if not path.exists():
        return 0
    with duckdb.connect(config={"threads": 1, "memory_limit": "100MB"}) as connection:
        sql = "SELECT num_rows FROM parquet_file_metadata(?)"
        return int(connection.execute(sql, [str(path)]).fetchall()[0][0])


def write(folder: Path, name: str, content: bytes) -> Path:
    """The damaged file under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path
