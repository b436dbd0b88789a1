"""Writes the table of docs/risk_packs.md from the heads of the packs that ship.

python tools/make_risk_table.py
"""

from pathlib import Path

from ruamel.yaml import YAML

from openvbc.risk.pack import TABLES, pack_folders

PAGE = Path(__file__).parent.parent / "docs" / "risk_packs.md"
START, END = "<!-- packs -->", "<!-- end of packs -->"
COLUMNS = ("pack", "days", "codes", "drugs", "factors", "source", "cited", "source sha256")
SHOWN = 12


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) - 1


def _row(name: str, place: Path) -> str:
    head = YAML(typ="safe").load((place / "pack.yaml").read_text(encoding="utf-8"))
    count = {table: _lines(place / f"{table}.csv") for table in TABLES}
    cells = (
        f"`{name}`",
        f"{head['first_day']} to {head['last_day']}",
        f"{count['code']:,}",
        f"{count['drug']:,}" if count["drug"] else "",
        f"{count['factor']:,}",
        str(head["source"]),
        str(head["cite"]),
        f"`{str(head['source_sha256'])[:SHOWN]}`",
    )
    return f"| {' | '.join(cells)} |"


def table() -> str:
    """The table in Markdown."""
    head = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"
    return "\n".join([head, *(_row(*it) for it in sorted(pack_folders().items()))])


def page(text: str) -> str:
    """The page with the table as the packs are."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
