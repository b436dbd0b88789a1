"""A disk that is full: told as that, whoever meets it and whatever was being written."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem

_FULL: Final = "the disk is full; free space and start again"
_TOO_LARGE: Final = (
    "the system lets no file grow so large (ulimit -f, or the file system); raise that limit and "
    "start again"
)
_NUMBERS: Final = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "the disk quota is used up; free space and start again",
    errno.EFBIG: _TOO_LARGE,
}
_WORDS: Final = {
    "No space left on device": _FULL,
    "max_temp_directory_size": _FULL,
    "Disk quota exceeded": _NUMBERS[errno.EDQUOT],
    "File too large": _TOO_LARGE,
}
"""What the engine says of it; the second is of what it spills beyond its memory."""

_ENGINES: Final = ("IOException", "OutOfMemoryException")


def disk_trouble(error: BaseException) -> str | None:
    """What to do where an error says that nothing more can be written; else None."""
    if isinstance(error, OSError):
        return _NUMBERS.get(error.errno or 0)
    if type(error).__name__ not in _ENGINES:
        return None
    said = str(error)
    return next((told for words, told in _WORDS.items() if words in said), None)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Inside, files are written below a folder. Raises InputError where its disk is full."""
    try:
        yield
    except Exception as error:
        if told := disk_trouble(error):
            raise InputError(Problem(str(folder), told)) from error
        raise
