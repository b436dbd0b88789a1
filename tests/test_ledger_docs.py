"""The example of docs/ledger.md runs, and its account is what is printed."""

import io
from datetime import date
from pathlib import Path

from rich.console import Console

from openvbc.ledger.account import account
from openvbc.ledger.events import NEEDS
from openvbc.ledger.keep import read_book
from openvbc.ledger.show import account_table
from openvbc.publish import settle_and_publish
from openvbc.workspace import Workspace
from test_docs import FENCE

PAGE = Path(__file__).parents[1] / "docs" / "ledger.md"
AS_OF = date(2026, 9, 28)


def workspace(root: Path, statement: str) -> Workspace:
    """The files of the page; STATEMENT stands for the id of what they settle to."""
    (root / "data").mkdir(exist_ok=True)
    (root / "vbc.toml").write_text("buckets = 2\n")
    for _, name, body in FENCE.findall(PAGE.read_text(encoding="utf-8")):
        if name.endswith(".yaml"):
            path = root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(body.replace("STATEMENT", statement), encoding="utf-8")
    return Workspace(root)


def test_the_example_of_the_page_gives_the_account_that_it_shows(tmp_path: Path) -> None:
    settled = settle_and_publish(workspace(tmp_path, "00000000"), "valley_PY2025")
    assert settled.holds, settled.problems
    book = read_book(workspace(tmp_path, settled.document["statement_id"]))
    found = account(book, "V1", AS_OF)
    (due,) = found.due
    assert (due.overdue_days, due.overdue_cents, due.interest_cents) == (59, 18_000_000, 232_767)
    page = io.StringIO()
    Console(file=page, width=110, no_color=True).print(account_table(found))
    printed = "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"
    shown = [body for _, name, body in FENCE.findall(PAGE.read_text("utf-8")) if name == "account"]
    assert shown == [printed]


def test_the_page_names_every_kind_of_event() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [kind for kind in NEEDS if f"| `{kind}` |" not in text] == []
