"""Files that say of themselves that they hold nothing."""

from typing import Final

_BLANK: Final = b"This file is intentionally blank"
_LINE_END: Final = 2


def is_blank(head: bytes, size: int) -> bool:
    """Is a file of so many bytes, by its first ones, one without a record."""
    return size <= len(_BLANK) + _LINE_END and head[:size].strip() in (b"", _BLANK)
