"""Write the pages of docs/reference, and the README's coverage table, from the running program.

    python tools/make_reference.py

Quiet where every page is up to date; names the pages that it wrote otherwise.
"""

import sys
from pathlib import Path
from typing import Final

from reference import PAGES
from reference.programs import with_coverage

FOLDER: Final = Path(__file__).parents[1] / "docs" / "reference"


def main() -> None:
    """Write what differs."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    readme = FOLDER.parents[1] / "README.md"
    texts = {FOLDER / f"{name}.md": write() for name, write in PAGES.items()}
    texts[readme] = with_coverage(readme.read_text(encoding="utf-8"))
    for path, text in texts.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(FOLDER.parents[1])}\n")


if __name__ == "__main__":
    main()
