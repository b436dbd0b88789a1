"""Which bucket a person is in: one formula, in SQL and in Python.

The first eight hexadecimal digits of md5(person_id) as a whole number, modulo the workspace's
number of buckets. md5 is the same on every engine and platform; `hash()` is not.
"""

import hashlib
from typing import Final

_DIGITS: Final = 8


def bucket_of(person_id: str, buckets: int) -> int:
    """The bucket of one person, 0 to buckets - 1."""
    text = hashlib.md5(person_id.encode(), usedforsecurity=False).hexdigest()
    return int(text[:_DIGITS], 16) % buckets


def bucket_sql(person: str, buckets: int) -> str:
    """The same as an INTEGER expression over a person_id expression."""
    return (
        f"CAST(CAST('0x' || substr(md5({person}), 1, {_DIGITS}) AS BIGINT) % {buckets} AS INTEGER)"
    )
