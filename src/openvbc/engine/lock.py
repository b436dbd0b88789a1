"""One builder at a time: a lock that the operating system lets go of when its process ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openvbc.errors import InputError, Problem


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock of a file; raises InputError where another process holds it.

    The file stays: removing it would let a third process lock a file of the same name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _taken(handle):
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
