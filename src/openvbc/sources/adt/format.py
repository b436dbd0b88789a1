"""ADT messages in files: one or many, bare, in batches, or framed as MLLP sends them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.adt.message import COLUMNS, Event, read_message
from openvbc.sources.archive import Delivered
from openvbc.sources.landed_rows import write_aside, write_rows

_FRAMES: Final = str.maketrans({"\x0b": "\r", "\x1c": "\r", "\n": "\r"})
_STARTS: Final = (b"MSH|", b"FHS|", b"BHS|")


class AdtFormat:
    """Messages are counted from 1 in the order of the file: that is their row number."""

    name = "adt"
    version = 2

    def knows(self, name: str, head: bytes) -> bool:  # noqa: ARG002
        """A file that begins with a message, or with the header of a file or batch of them."""
        return head.lstrip(b"\x0b\xef\xbb\xbf\r\n ").startswith(_STARTS)

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:  # noqa: ARG002
        """Any messages make a delivery."""
        yield from ()

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """One row an event; raises InputError where the file holds no message."""
        faults: list[tuple[int, str, str]] = []
        count = write_rows(out, "event", COLUMNS, _events(path, faults), memory)
        if not count and not faults:
            what = "holds no message; expected segments that begin with MSH"
            raise InputError(Problem(f"{name}:1", what))
        write_aside(out, "event", faults, memory)


def _events(
    path: Path, faults: list[tuple[int, str, str]]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The events of a file with their numbers; what cannot be read is added to faults."""
    for number, text in enumerate(messages(path), start=1):
        read = read_message(text)
        if isinstance(read, Event):
            yield number, read.values
        else:
            faults.append((number, read.reason, read.expected))


def messages(path: Path) -> Iterator[str]:
    """The messages of a file, batch and file headers and trailers left out, one after another."""
    lines: list[str] = []
    for line in _segments(path):
        if line.startswith("MSH") and lines:
            yield "\r".join(lines)
            lines = []
        if line.strip() and not line.startswith(("FHS", "BHS", "BTS", "FTS")):
            lines.append(line)
    if lines:
        yield "\r".join(lines)


def _segments(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8-sig", errors="replace") as file:  # any end of line ends one
        for line in file:
            yield from line.translate(_FRAMES).split("\r")


FORMAT = AdtFormat()
