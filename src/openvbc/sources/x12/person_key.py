"""What a transmission calls a person by: the member's number, or a digest for dependents.

A dependent in an 837 or 834 has no number of its own; the subscriber's number with birth date,
sex and first name tells the members of a family apart. The digest keeps names out of tables. A
social security number is kept as a digest too.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

_WIDTH: Final = 16
_SOCIAL_SECURITY: Final = "34"


def member_number(qualifier: str, number: str) -> str | None:
    """NM108 and NM109 as an identifier; None where there is none."""
    if not number:
        return None
    return digested("ssn", [number]) if qualifier == _SOCIAL_SECURITY else number


def dependent_key(subscriber: str | None, about: Sequence[str | None]) -> str | None:
    """The key of somebody insured through a subscriber; about: birth date, sex, first name."""
    if subscriber is None:
        return None
    return digested("dependent", [subscriber, *about])


def digested(kind: str, parts: Sequence[str | None]) -> str:
    """`kind-` and sixteen hexadecimal digits of SHA-256."""
    text = "\x1f".join((part or "").upper() for part in parts)
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:_WIDTH]}"
