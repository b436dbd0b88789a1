"""CCLF files for tests: records written by position, a delivery with its summary, archives."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from openvbc.sources.cclf.layout import fields, files, read_lengths

Record = Mapping[str, Any]

DATES: Final = "1000-01-01"
NUMBERED: Final = {"cclf8": "ZC8", "cclf9": "ZC9"}

PERSON: Final = {
    "bene_mbi_id": "6U50TE7GG18",
    "bene_fips_state_cd": "24",
    "bene_fips_cnty_cd": "005",
    "bene_dob": "1940-10-27",
    "bene_sex_cd": "2",
    "bene_race_cd": "1",
    "bene_mdcr_stus_cd": "10",
    "bene_dual_stus_cd": "NA",
    "bene_entlmt_buyin_ind": "3",
    "geo_usps_state_cd": "MD",
}


def record(file: str, values: Record, length: int | None = None) -> str:
    """One record: every value at the position that the layout gives it, all else blank or no date.

    length: of the record, where it is not the newest layout's.
    """
    layout = fields()[file]
    unknown = set(values) - {it.name for it in layout}
    assert not unknown, unknown
    text = [" "] * read_lengths(file)[-1]
    for it in layout:
        value = str(values.get(it.name, DATES if it.type == "date" else ""))
        shown = (
            value.rjust(it.width) if it.type in ("amount", "quantity") else value.ljust(it.width)
        )
        assert len(shown) == it.width, (it, value)
        text[it.first - 1 : it.last] = shown
    return "".join(text)[:length]


def file_name(file: str, day: str = "240213", entity: str = "A1234", run: str = "Y24") -> str:
    """A file's name as CMS writes it."""
    return f"P.{entity}.ACO.ZC{file[-1].upper()}{run}.D{day}.T1234560"


def summary(tables: Mapping[str, Sequence[str]]) -> str:
    """The CCLF0 of a delivery."""
    lines = ["File Number  |File Description    |Total Records Count |Record Length"]
    for file in files():
        rows = tables.get(file, ())
        length = len(rows[0]) if rows else read_lengths(file)[-1]
        lines.append(f"{file.upper():7}|{'':43}|{len(rows):11}|{length:5} ")
    return "\n".join(lines) + "\n"


def texts(tables: Mapping[str, Sequence[str]], **named: str) -> dict[str, str]:
    """File name → content, with the summary. named: what `file_name` may be told."""
    content = {file_name(it, **named): "\n".join([*rows, ""]) for it, rows in tables.items()}
    return {**content, file_name("cclf0", **named): summary(tables)}


def write(folder: Path, tables: Mapping[str, Sequence[str]], **named: str) -> Path:
    """A delivery as single files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in texts(tables, **named).items():
        (folder / name).write_text(content, encoding="ascii")
    return folder


def archive(folder: Path, tables: Mapping[str, Sequence[str]], **named: str) -> Path:
    """A delivery as the one archive that CMS sends, its name without an extension."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name("cclf0", **named).replace("ZC0", "ZC")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in texts(tables, **named).items():
            packed.writestr(name, content)
    return path
