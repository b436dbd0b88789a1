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
def only_one(path: Path, *, wait: bool = False, beside_others: bool = False) -> Iterator[None]:
    """Hold the lock of a file. Where another holds it, wait for it or raise InputError.

    beside_others: hold it together with all who ask for the same; whoever wants it alone is
    another. The file stays: removing it would let a third process lock a file of the same name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _taken(handle, beside_others=beside_others):
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

    def _taken(handle: int, *, beside_others: bool) -> bool:
        kind = fcntl.LOCK_SH if beside_others else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

except ImportError:  # pragma: no cover - Windows has its own call
    import msvcrt

    def _taken(handle: int, *, beside_others: bool) -> bool:  # noqa: ARG001 - there is no such
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
