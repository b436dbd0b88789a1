"""X12 segments from a file: separators from each ISA, streamed, with their positions.

The interchange header ISA has a fixed width, and its own characters say what separates elements
(the 4th), components (the 105th) and segments (the 106th), X12.5. Line breaks between or within
segments mean nothing unless the line break itself ends a segment.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from openvbc.errors import InputError, Problem

HEADER_WIDTH: Final = 106
LONGEST_SEGMENT: Final = 65_536
"""A terminator must come within so many characters: no guide knows a segment near that long."""

_HEADER_ELEMENTS: Final = 17
_CHUNK: Final = 1 << 18
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\ufffd]")


@dataclass(frozen=True)
class Separators:
    """What separates elements, components and segments; repetition is empty where none is set."""

    element: str
    component: str
    segment: str
    repetition: str = ""


class Segment(NamedTuple):
    """One segment. position counts from 1 in the file; elements[0] is the segment's name."""

    position: int
    elements: list[str]
    separators: Separators
    is_clean: bool = True

    @property
    def name(self) -> str:
        """ISA, GS, ST and so on."""
        return self.elements[0]

    def at(self, number: int) -> str:
        """An element by its number in the guide, spaces around it cut; empty where absent."""
        return self.elements[number].strip() if number < len(self.elements) else ""

    def parts(self, number: int) -> list[str]:
        """The components of an element; one empty component where it is absent."""
        return self.at(number).split(self.separators.component)


def read_segments(path: Path, name: str) -> Iterator[Segment]:
    """Every segment of a file, one interchange after the other.

    name stands in errors. Raises InputError where there is no interchange, or text outside one.
    """
    scanner = _Scanner(path, name)
    while scanner.more_text():
        yield from scanner.interchange()
    if scanner.position == 0:
        raise scanner.refused("found an empty file, expected an interchange that begins with ISA")


class _Scanner:
    """Cuts the text of one file; `buffer` holds what is read and not yet cut."""

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        self._chunks = _chunks(path)
        self._buffer = ""
        self._ended = False
        self.position = 0

    def refused(self, what: str) -> InputError:
        return InputError(Problem(f"{self._name}:{self.position + 1}", what))

    def _read(self) -> bool:
        """Take one more chunk; false at the end of the file."""
        chunk = next(self._chunks, "")
        self._ended = chunk == ""
        self._buffer += chunk
        return not self._ended

    def more_text(self) -> bool:
        """Is there anything but blanks before the end of the file."""
        self._buffer = self._buffer.lstrip("\ufeff \r\n\t\x1a\x00")
        while len(self._buffer) < HEADER_WIDTH and self._read():
            self._buffer = self._buffer.lstrip("\ufeff \r\n\t\x1a\x00")
        return bool(self._buffer)

    def _separators(self) -> Separators:
        head = self._buffer[:HEADER_WIDTH]
        elements = head[:-1].split(head[3]) if len(head) == HEADER_WIDTH else []
        marks = (head[3:4], head[104:105], head[105:106])
        if not (
            head.startswith("ISA")
            and len(elements) == _HEADER_ELEMENTS
            and len(set(marks)) == len(marks)
            and not any(mark.isalnum() for mark in marks)
        ):
            what = "found no interchange header, expected ISA of 106 characters; "
            raise self.refused(what + "is this an X12 file, and is it whole?")
        repetition = elements[11] if not elements[11].isalnum() else ""
        return Separators(marks[0], marks[1], marks[2], repetition)

    def interchange(self) -> Iterator[Segment]:
        """The segments from ISA to IEA, or to the end of the file where that comes first."""
        marks = self._separators()
        # a line break ends nothing here, so it is dropped as the text comes in
        drops = marks.segment not in "\r\n"
        rest = self._buffer
        while True:
            text = rest.replace("\r", "").replace("\n", "") if drops else rest
            *whole, rest = text.split(marks.segment)
            dirty = _CONTROL.search(text) is not None
            for at, piece in enumerate(whole):
                segment = self._segment(piece, marks, dirty)
                if segment is None:
                    continue
                yield segment
                if segment.name == "IEA":
                    self._buffer = marks.segment.join([*whole[at + 1 :], rest])
                    return
            if len(rest) > LONGEST_SEGMENT:
                raise self.refused(f"found no end of this segment within {len(rest):,} characters")
            self._buffer = ""
            if not self._read():
                if rest.strip():
                    raise self._cut_off()
                return
            rest += self._buffer

    def _segment(self, piece: str, marks: Separators, dirty: bool) -> Segment | None:
        stripped = piece.strip() if piece[:1].isspace() or piece[-1:].isspace() else piece
        if not stripped:
            return None
        self.position += 1
        clean = not dirty or _CONTROL.search(stripped) is None
        return Segment(self.position, stripped.split(marks.element), marks, clean)

    def _cut_off(self) -> InputError:
        what = "found the end of the file inside a segment, expected its terminator; "
        return self.refused(what + "the file may be cut off: deliver it again whole")


def _chunks(path: Path) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if text:
                yield text
    if last := decoder.decode(b"", final=True):
        yield last
