"""Telephone numbers, of which only a digest is kept: to compare, not to call."""

import hashlib
import re
from typing import Final

_DIGITS: Final = 10
_OTHER: Final = re.compile(r"[^0-9]")


def phone_hash(number: str) -> str:
    """SHA-256, in hexadecimal, of the last ten digits; empty where there are fewer."""
    digits = _OTHER.sub("", number)
    if len(digits) < _DIGITS:
        return ""
    return hashlib.sha256(digits[-_DIGITS:].encode()).hexdigest()
