"""Damaged C-CDA documents: set aside, or read; never a crash, never a statement lost in silence.

What another XML library sees in a document must be landed: every statement of a template that is
read, and the visit of the header. A document that is set aside is one row.
"""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from ccda_sample import document, header, problems, section, times, uuid
from mutate import rows, tally, write
from openvbc.sources.ccda.format import FORMAT
from openvbc.sources.ccda.statements import templates
from test_ccda import DIABETES, DRUGS, OFFICE, RESULTS, SHOTS, STAY, VITALS

pytestmark = pytest.mark.usefixtures("one_database")

ABOUT = (
    f"<componentOf><encompassingEncounter>{uuid(60)}{times('2025')}"
    "</encompassingEncounter></componentOf>"
)
CONTENT = document(
    problems(DIABETES),
    section("22.1", "46240-8", STAY, OFFICE),
    RESULTS,
    VITALS,
    SHOTS,
    DRUGS,
    head=header(about=ABOUT),
).encode()
HL7 = "{urn:hl7-org:v3}"
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
STATEMENTS = {
    "act", "encounter", "observation", "organizer", "procedure", "substanceAdministration", "supply"
}  # fmt: skip


def seen(node: ET.Element, parent: str = "") -> int:
    """Statements of the templates that are read, in the sections' entries."""
    tag = node.tag.rpartition("}")[2]
    if tag == "text" and parent == "section":
        return 0
    own = {it.get("root") for it in node if it.tag.rpartition("}")[2] == "templateId"}
    mine = tag in STATEMENTS and bool(own & set(templates()))
    return mine + sum(seen(it, tag) for it in node)


def expected(path: Path) -> int:
    """By ElementTree: the statements of the sections, and the visit where it has an id."""
    root = ET.parse(path).getroot()  # noqa: S314
    bodies = root.findall(f"{HL7}component/{HL7}structuredBody")
    places = bodies[0].findall(f"{HL7}component/{HL7}section") if bodies else []
    visits = root.findall(f"{HL7}componentOf/{HL7}encompassingEncounter")
    has_id = bool(visits) and any(
        UUID.fullmatch(it.get("root", "").strip()) or it.get("extension")
        for it in visits[0].findall(f"{HL7}id")
    )
    return sum(map(seen, places)) + has_id


def landed_whole(content: bytes, folder: Path) -> bool:
    """Was the document read; in any case nothing is lost."""
    shutil.rmtree(folder, ignore_errors=True)
    path = write(folder, "d.xml", content)
    FORMAT.land(path, "d.xml", folder, "100MB")
    if (folder / "aside.parquet").exists():
        assert rows(folder / "aside.parquet") == 1
        assert not (folder / "statement.parquet").exists()
        return False
    assert rows(folder / "document.parquet") == 1
    assert rows(folder / "statement.parquet") == expected(path)
    return True


def test_the_undamaged_document_is_read_whole(tmp_path: Path) -> None:
    """1 visit of the header, 1 problem, 2 visits with 1 diagnosis, 4 results, 2 vital signs,
    3 immunizations, 3 medications and 1 dispense: 18 rows."""
    assert landed_whole(CONTENT, tmp_path / "work")
    assert rows(tmp_path / "work" / "statement.parquet") == 1 + 1 + 3 + 4 + 2 + 3 + 4


def test_damaged_documents(tmp_path: Path) -> None:
    whole, aside, refused = tally(CONTENT, 100, lambda it: landed_whole(it, tmp_path / "work"))
    assert whole + aside == 100
    assert refused == 0
    assert whole > 2
    assert aside > 50


@pytest.mark.slow
def test_many_damaged_documents(tmp_path: Path) -> None:
    whole, aside, refused = tally(
        CONTENT, 10_000, lambda it: landed_whole(it, tmp_path / "work"), seed=7
    )
    assert (whole + aside, refused) == (10_000, 0)
