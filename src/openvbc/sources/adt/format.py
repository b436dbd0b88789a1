"""ADT messages in files: one or many, bare, in batches, or framed as MLLP sends them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.adt.message import COLUMNS, Event, Fault, read_message
from openvbc.sources.archive import Delivered
from openvbc.sources.landed_rows import write_aside, write_rows

_FRAMES: Final = str.maketrans({"\x0b": "\r", "\x1c": "\r", "\n": "\r"})
_STARTS: Final = (b"MSH|", b"FHS|", b"BHS|")


class AdtFormat:
    """Messages are counted from 1 in the order of the file: that is their row number."""

    name = "adt"
    version = 1

    def knows(self, name: str, head: bytes) -> bool:  # noqa: ARG002
        """A file that begins with a message, or with the header of a file or batch of them."""
        return head.lstrip(b"\x0b\xef\xbb\xbf\r\n ").startswith(_STARTS)

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:  # noqa: ARG002
        """Any messages make a delivery."""
        yield from ()

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """One row an event; raises InputError where the file holds no message."""
        read = [read_message(it) for it in messages(path.read_bytes())]
        if not read:
            what = "holds no message; expected segments that begin with MSH"
            raise InputError(Problem(f"{name}:1", what))
        numbered = list(enumerate(read, start=1))
        events = [(number, it.values) for number, it in numbered if isinstance(it, Event)]
        faults = [
            (number, it.reason, it.expected) for number, it in numbered if isinstance(it, Fault)
        ]
        write_rows(out, "event", COLUMNS, events, memory)
        write_aside(out, "event", faults, memory)


def messages(content: bytes) -> Iterator[str]:
    """The messages of a file, batch and file headers and trailers left out."""
    lines: list[str] = []
    text = content.decode("utf-8-sig", errors="replace").translate(_FRAMES)
    for line in text.split("\r"):
        if line.startswith("MSH") and lines:
            yield "\r".join(lines)
            lines = []
        if line.strip() and not line.startswith(("FHS", "BHS", "BTS", "FTS")):
            lines.append(line)
    if lines:
        yield "\r".join(lines)


FORMAT = AdtFormat()
