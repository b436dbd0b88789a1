"""XML into a small tree that knows its lines, without anything that makes XML dangerous.

A document type declaration is refused as such: without one there are no entities, neither of the
outside nor such as grow without end. Depth and number of elements are bounded. The narrative of
sections, which repeats for readers what the entries say, is not kept.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat

_NAMESPACES: Final = {
    "urn:hl7-org:v3": "",
    "urn:hl7-org:sdtc": "sdtc:",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi:",
}
_MOST_DEPTH: Final = 200
_MOST_ELEMENTS: Final = 2_000_000
_CHUNK: Final = 1 << 16
_WITH_TEXT: Final = frozenset({"value", "given", "family", "postalCode", "state", "country"})
_NO_DECLARATION: Final = "an XML document without a document type declaration"
_WHOLE: Final = "a whole XML document; deliver it again"
_SMALLER: Final = "the document of one patient"


@dataclass(eq=False)
class Node:
    """An element: its local name (`sdtc:` before those of that namespace) and its line."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def get(self, name: str) -> str:
        """An attribute; empty where there is none."""
        return self.attributes.get(name, "")

    def all(self, *tags: str) -> list["Node"]:
        """The elements at the end of a path of names."""
        found = [self]
        for tag in tags:
            found = [child for it in found for child in it.children if child.tag == tag]
        return found

    def first(self, *tags: str) -> "Node | None":
        """The first of them."""
        found = self.all(*tags)
        return found[0] if found else None

    def value(self, *tags: str, name: str = "value") -> str:
        """An attribute of the first of them that has it; empty where none does."""
        return next((it.get(name) for it in self.all(*tags) if it.get(name)), "")


class BadXmlError(Exception):
    """Why a document cannot be read, where, and what was expected; never with a value of it."""

    def __init__(self, line: int, reason: str, expected: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason
        self.expected = expected


def read_xml(path: Path) -> Node:
    """The root of a file. Raises BadXmlError where it is no XML that may be read."""
    builder = _Builder()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                builder.parser.Parse(chunk, False)
        builder.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadXmlError(error.lineno, "is not well-formed XML", _WHOLE) from error
    except (LookupError, ValueError) as error:
        raise BadXmlError(1, "has an encoding that is not known", "XML in UTF-8") from error
    return builder.root


class _Builder:
    """Builds the tree while the parser reads."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.root = Node("", {}, 0)
        self._open = [self.root]
        self._elements = 0
        self._skipped = 0

    def _refuse(self, *_: object) -> None:
        reason = "has a document type declaration, which is not read"
        raise BadXmlError(self.parser.CurrentLineNumber, reason, _NO_DECLARATION)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count()
        tag = _local(name)
        if self._skipped or (tag == "text" and self._open[-1].tag == "section"):
            self._skipped += 1
            return
        named = {_local(key): value for key, value in attributes.items()}
        node = Node(tag, named, self.parser.CurrentLineNumber)
        self._open[-1].children.append(node)
        self._open.append(node)

    def _count(self) -> None:
        self._elements += 1
        if len(self._open) + self._skipped > _MOST_DEPTH or self._elements > _MOST_ELEMENTS:
            reason = f"has more than {_MOST_ELEMENTS:,} elements, or {_MOST_DEPTH} in each other"
            raise BadXmlError(self.parser.CurrentLineNumber, reason, _SMALLER)

    def _end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._open.pop()

    def _text(self, text: str) -> None:
        if not self._skipped and self._open[-1].tag in _WITH_TEXT:
            self._open[-1].text += text


def _local(name: str) -> str:
    """`namespace local` as we write it; a name without a namespace is an attribute's own."""
    namespace, _, local = name.rpartition(" ")
    return _NAMESPACES.get(namespace, f"{{{namespace}}}" if namespace else "") + local
