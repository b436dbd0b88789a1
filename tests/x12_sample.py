"""Small X12 files: bodies of transaction sets in a whole interchange, counts made right."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from openvbc.sources.x12.format import FORMAT

GUIDES = {
    "837P": ("837", "005010X222A1", "HC"),
    "837I": ("837", "005010X223A2", "HC"),
    "835": ("835", "005010X221A1", "HP"),
    "834": ("834", "005010X220A1", "BE"),
    "820": ("820", "005010X218", "RA"),
}


def interchange(kind: str, *bodies: str, control: int = 1, day: str = "20250301") -> str:
    """One interchange of one group; a body has its segments on lines, without ST and SE."""
    set_id, guide, group = GUIDES[kind]
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'SENDER':15}*ZZ*{'RECEIVER':15}*{day[2:]}*1200*^*00501"
        f"*{control:09}*0*T*:"
    )
    segments = [isa, f"GS*{group}*SENDER*RECEIVER*{day}*1200*{control}*X*{guide}"]
    for number, body in enumerate(bodies, start=1):
        inner = [line.strip() for line in body.strip().splitlines() if line.strip()]
        segments += [f"ST*{set_id}*{number:04}*{guide}", *inner]
        segments.append(f"SE*{len(inner) + 2}*{number:04}")
    segments += [f"GE*{len(bodies)}*{control}", f"IEA*1*{control:09}"]
    return "".join(f"{it}~\n" for it in segments)


def claim(
    number: str = "C1",
    *,
    frequency: str = "1",
    reference: str = "",
    submitted: str = "20250110",
    charge: str = "150",
    lines: Sequence[str] = ("99213:100", "80053:50"),
) -> str:
    """The body of an 837P with one claim of the subscriber M1, one line for each code:charge."""
    told = [
        f"BHT*0019*00*1*{submitted}*1200*CH",
        "NM1*41*2*CLINIC*****46*S1",
        "NM1*40*2*PAYER*****46*P1",
        "HL*1**20*1",
        "NM1*85*2*CLINIC*****XX*1111111112",
        "REF*EI*911111111",
        "HL*2*1*22*0",
        "SBR*P*18*******CI",
        "NM1*IL*1*DOE*JANE****MI*M1",
        "DMG*D8*19800102*F",
        "NM1*PR*2*PAYER*****PI*P1",
        f"CLM*{number}*{charge}***11:B:{frequency}*Y*A*Y*Y",
        f"REF*F8*{reference}" if reference else "",
        "HI*ABK:E119*ABF:I10",
        "NM1*82*1*WHO*DOC****XX*1111111120",
    ]
    for at, line in enumerate(lines, start=1):
        code, cents = line.split(":")
        told += [f"LX*{at}", f"SV1*HC:{code}*{cents}*UN*1***1", "DTP*472*D8*20250105"]
    return "\n".join(told)


def payment(
    *claims: str, paid: str, day: str = "20250201", plb: str = "", trace: str = "T1"
) -> str:
    """The body of an 835 of so many dollars to the clinic."""
    return "\n".join(
        [
            f"BPR*I*{paid}*C*NON************{day}",
            f"TRN*1*{trace}*1900000000",
            "N1*PR*PAYER",
            "N1*PE*CLINIC*XX*1111111112",
            "LX*1",
            *claims,
            plb,
        ]
    )


def land(folder: Path, content: str | bytes, name: str = "file.x12") -> dict[str, list[Any]]:
    """Landing table → its rows as dicts, `aside` too; tables without rows are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    out = folder / "landed"
    out.mkdir()
    FORMAT.land(path, name, out, "200MB")
    with duckdb.connect(config={"threads": 1}) as connection:
        paths = sorted(out.glob("*.parquet"))
        found = {path.stem: read(connection, path) for path in paths}
    return {table: rows for table, rows in found.items() if rows}


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    found = connection.execute(f"SELECT * FROM read_parquet('{path}') ORDER BY row_number")
    names = [it[0] for it in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
