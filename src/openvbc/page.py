"""What every HTML page shares: templates that escape, and style sheets inside the page.

A page has no script and opens from disk; its policy names its style sheet by hash.
"""

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


def templates(folder: Path) -> Environment:
    """The templates of a folder: everything is escaped, and a name that is not given fails."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style(*sheets: Path) -> tuple[Markup, str]:
    """The style sheets in order as one text, and its hash for the page's policy."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sheets)
    hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"sha256-{hashed}"  # noqa: S704 - our own files, not input
