"""Partitions whose files are gone or damaged: which they are, and how they come again."""

from collections.abc import Iterable, Iterator
from typing import Final

from openvbc.engine.store import Partition, Store, file_digest
from openvbc.errors import Problem

_LOADED: Final = (
    "load the files of its load once more as they were loaded, which writes it again, or restore "
    "it from a copy; then run `vbc build`"
)
_MADE: Final = "run `vbc build`, which makes it again"


def damaged(store: Store, parts: Iterable[Partition]) -> Iterator[Problem]:
    """A problem for each partition whose file is gone or has other bytes than were written.

    What was built is forgotten, so that the next build makes it again. Reads every file.
    """
    for part in parts:
        path = store.data / part.path
        if path.is_file() and part.sha256 in {"", file_digest(path)}:
            continue
        store.forget(part)
        cure = _LOADED if part.path.startswith("loads/") else _MADE
        yield Problem(str(path), f"of table {part.table} is missing or damaged; {cure}")
