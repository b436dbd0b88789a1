"""Keys of members and claims that both sides can make and nobody else can turn back.

A key is the SHA-256 of an id, keyed with a salt that both sides agree on (HMAC, RFC 2104), as 64
hex digits. The same arithmetic stands here for one id and in SQL for a table of them.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Final

from openvbc.engine.duckdb import DuckDBEngine
from openvbc.errors import InputError, Problem

SHORTEST_SALT: Final = 16
"""Bytes: ids are few enough to be tried one by one by anybody who can guess the salt."""

BLOCK: Final = 64
"""Bytes in a block of SHA-256."""

INNER: Final = 0x36
OUTER: Final = 0x5C
"""What the salt is combined with, by RFC 2104."""

PROBE: Final = "openvbc.exchange/1"
"""Its key tells whether two packs were made with one salt, and nothing else."""


def read_salt(path: Path) -> bytes:
    """The bytes of a salt file, without blanks at its ends.

    Raises InputError where it cannot be read or has fewer than 16 bytes.
    """
    try:
        salt = path.read_bytes().strip()
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error
    return checked_salt(salt, str(path))


def checked_salt(salt: bytes, where: str = "salt") -> bytes:
    """The salt; raises InputError where it has fewer than 16 bytes."""
    if len(salt) < SHORTEST_SALT:
        what = f"has {len(salt)} bytes, expected {SHORTEST_SALT} or more, random and kept secret"
        raise InputError(Problem(where, what))
    return salt


def keyed(name: str, salt: bytes) -> str:
    """The key of one id, blanks at its ends left out; InputError for a salt that is too short."""
    return hmac.digest(checked_salt(salt), name.strip(" ").encode(), "sha256").hex()


def name_keys(engine: DuckDBEngine, salt: bytes) -> None:
    """Give an engine the macro `keyed(name)`: the same key, for a column.

    The salt stands in a temporary table and in no SQL text.
    """
    whole = hashlib.sha256(salt).digest() if len(salt) > BLOCK else salt
    padded = checked_salt(whole).ljust(BLOCK, b"\0")
    pads = [bytes(it ^ pad for it in padded) for pad in (INNER, OUTER)]
    engine.rows_as_table("salt_pad", {"inner_pad": "BLOB", "outer_pad": "BLOB"}, [pads])
    engine.rows(
        "CREATE OR REPLACE TEMP MACRO keyed(name) AS sha256((SELECT outer_pad FROM salt_pad) "
        "|| unhex(sha256((SELECT inner_pad FROM salt_pad) || encode(trim(name)))))"
    )
