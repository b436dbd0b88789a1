"""Write statement.txt of every golden folder from the running program.

    python tools/make_golden.py [FOLDER...]

Names the files that it wrote; refuses a folder whose settlement is refused or whose hand-worked
assertions fail.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from golden_case import as_text, folders, settle_folder


def main(chosen: list[Path]) -> int:
    """Write what differs; 1 where a folder is refused."""
    refused = 0
    for folder in chosen or folders():
        settled = settle_folder(folder)
        problems = [*settled.problems, *settled.failed_assertions]
        for problem in problems:
            sys.stderr.write(f"{folder.name}: {problem}\n")
        refused |= bool(problems)
        path, text = folder / "statement.txt", as_text(settled)
        if not problems and (not path.exists() or path.read_text(encoding="utf-8") != text):
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path}\n")
    return refused


if __name__ == "__main__":
    raise SystemExit(main([Path(name).resolve() for name in sys.argv[1:]]))
