"""The inbox of a listener: where messages wait, and where those go that made trouble.

Below `<data>/inbox/adt/`: `waiting` holds what came, one file a message, `taken` what is being
loaded, `failed` what could not be loaded, and `unreadable` what came in a frame and is no message.
"""

import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from openvbc.engine.store import publish_file

INBOX: Final = Path("inbox") / "adt"
_MESSAGES: Final = "*.hl7"


@dataclass
class Inbox:
    """The folders below one workspace's data folder; they are there once it is made."""

    data: Path
    _numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        for folder in (self.waiting, self.taken, self.failed, self.unreadable):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def root(self) -> Path:
        """The folder of them all."""
        return self.data / INBOX

    @property
    def waiting(self) -> Path:
        """What is to be loaded."""
        return self.root / "waiting"

    @property
    def taken(self) -> Path:
        """What is being loaded, as one delivery."""
        return self.root / "taken"

    @property
    def failed(self) -> Path:
        """What could not be loaded, kept for `replay`."""
        return self.root / "failed"

    @property
    def unreadable(self) -> Path:
        """What is no message."""
        return self.root / "unreadable"

    def keep(self, content: bytes, folder: Path) -> Path:
        """Put what came into a folder: on disk, and whole, when this returns."""
        path = folder / f"{time.time_ns()}-{next(self._numbers):09d}.hl7"
        written = path.with_suffix(".part")
        written.write_bytes(content)
        publish_file(written, path)
        return path

    def take(self, most: int) -> list[Path]:
        """The messages of the next delivery, the earliest first; one that was begun goes first."""
        if not _messages(self.taken):
            for path in _messages(self.waiting)[:most]:
                path.rename(self.taken / path.name)
        return _messages(self.taken)

    def done(self) -> None:
        """What was taken is loaded."""
        for path in self.taken.iterdir():
            path.unlink()

    def give_back(self) -> None:
        """What was taken waits again."""
        _move(self.taken, self.waiting)

    def put_aside(self) -> None:
        """What was taken failed."""
        _move(self.taken, self.failed)

    def replay(self) -> int:
        """Let what failed wait again; how many messages."""
        return _move(self.failed, self.waiting)


def _messages(folder: Path) -> list[Path]:
    return sorted(folder.glob(_MESSAGES))


def _move(folder: Path, to: Path) -> int:
    paths = _messages(folder)
    for path in paths:
        path.rename(to / path.name)
    return len(paths)
