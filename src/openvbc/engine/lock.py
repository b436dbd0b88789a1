"""One builder, and one load, at a time: a lock that the system frees when its process ends."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem

_PAUSE: Final = 0.05
"""Seconds between two looks at a lock that another holds."""


@contextmanager
def only_one(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a file. Where another holds it, wait for it or raise InputError.

    The file stays: removing it would let a third process lock a file of the same name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _taken(handle):
            if wait:
                time.sleep(_PAUSE)
                continue
            what = "another build is running here; wait for it, or stop it, then build again"
            raise InputError(Problem(str(path.parent), what))
        yield
    finally:
        os.close(handle)


try:
    import fcntl

    def _taken(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

except ImportError:  # pragma: no cover - Windows has its own call
    import msvcrt

    def _taken(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
