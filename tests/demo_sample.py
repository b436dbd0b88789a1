"""What the tests of the demonstration share: how they read a statement of it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any


def statement(workspace: Path, name: str) -> dict[str, Any]:
    """A settlement's statement, as it was written."""
    path = workspace / "statements" / f"{name}_PY2025.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def value(document: dict[str, Any], line_id: str) -> Decimal:
    """The value of one line."""
    found = next(line["value"] for line in document["lines"] if line["id"] == line_id)
    return Decimal(found)
