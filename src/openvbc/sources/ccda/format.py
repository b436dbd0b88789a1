"""C-CDA documents: one file, one document, one patient.

A document that cannot be read is set aside as one row of the table `document`, with its line; it
does not keep a delivery of thousands from being loaded.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from openvbc.errors import Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.ccda.header import (
    DOCUMENT_COLUMNS,
    IDENTIFIER_COLUMNS,
    Document,
    read_header,
    visit,
)
from openvbc.sources.ccda.statements import SECTION_COLUMNS, STATEMENT_COLUMNS, Walk
from openvbc.sources.ccda.xml import BadXmlError, read_xml
from openvbc.sources.landed_rows import write_aside, write_rows

_MARKS: Final = (b"ClinicalDocument", b"urn:hl7-org:v3")


class CcdaFormat:
    """Statements are counted from 1 in the order of the document: that is their row number."""

    name = "ccda"
    version = 2

    def knows(self, name: str, head: bytes) -> bool:
        """An XML file that speaks of a clinical document at its beginning, in any encoding."""
        seen = head.replace(b"\0", b"")
        is_xml = b"<" in seen and not name.lower().endswith((".html", ".xsl", ".xsd", ".json"))
        return is_xml and any(mark in seen for mark in _MARKS)

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:  # noqa: ARG002
        """Any documents make a delivery."""
        yield from ()

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:  # noqa: ARG002
        """One row for the document, and for each identifier, section and statement of it."""
        try:
            document, identifiers, walk = _read(path)
        except BadXmlError as fault:
            write_aside(out, "document", [(fault.line, fault.reason, fault.expected)], memory)
            return
        numbered = list(enumerate(identifiers, start=1))
        write_rows(out, "document", DOCUMENT_COLUMNS, [(1, document.values)], memory)
        write_rows(out, "patient_identifier", IDENTIFIER_COLUMNS, numbered, memory)
        write_rows(out, "section", SECTION_COLUMNS, walk.sections, memory)
        rows = [(number, row.values) for number, row in walk.rows]
        write_rows(out, "statement", STATEMENT_COLUMNS, rows, memory)


def _read(path: Path) -> tuple[Document, list[tuple[str, str]], Walk]:
    root = next(iter(read_xml(path).children))
    document, identifiers = read_header(root)
    body = root.first("component", "structuredBody")
    if body is None:
        reason = "has no structured body"
        raise BadXmlError(root.line, reason, "sections with entries, no scanned or free text")
    walk = Walk(document.own_number or document.mbi)
    about = visit(root)
    if about is not None:
        walk.visit(about)
    for section in body.all("component", "section"):
        walk.section(section)
    return document, identifiers, walk


FORMAT = CcdaFormat()
