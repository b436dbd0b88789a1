"""Golden folders: tests/golden/<contract>_<period>/, a contract settled from facts alone.

contract.yaml and settlement.yaml are what people write; README.md says where the right answer comes
from, with the arithmetic; the settlement's `assert:` holds it; statement.txt is what is printed.
`python tools/make_golden.py` writes statement.txt anew.
"""

import io
from pathlib import Path

from rich.console import Console

from openvbc.contract.contract import read_contract
from openvbc.contract.render_text import render_text
from openvbc.contract.settle import Settled, settle
from openvbc.contract.settlement import read_settlement

FOLDER = Path(__file__).parent / "golden"
WIDTH = 120
DEPTH = 12


def folders() -> list[Path]:
    """Every golden folder."""
    return sorted(path.parent for path in FOLDER.glob("*/contract.yaml"))


def settle_folder(folder: Path) -> Settled:
    """The folder's settlement, settled."""
    contract = read_contract(folder / "contract.yaml")
    settlement = read_settlement(folder / "settlement.yaml", {contract.id: contract})
    assert folder.name == settlement.id
    return settle(settlement, settlement.facts(), None)


def as_text(settled: Settled) -> str:
    """The statement as it is printed, without its own identity."""
    printed = io.StringIO()
    console = Console(file=printed, width=WIDTH, no_color=True, highlight=False, markup=False)
    console.print(render_text(settled.document, depth=DEPTH, problems=settled.problems))
    lines = (line.rstrip() for line in printed.getvalue().splitlines())
    return "\n".join(lines).strip() + "\n"
