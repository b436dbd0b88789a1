"""Fills the blocks of docs/tour.md with what the commands print on a demonstration.

python tools/make_tour.py WORKSPACE, where WORKSPACE was made by `vbc demo --members 2000`.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

TOUR = Path(__file__).parent.parent / "docs" / "tour.md"
BLOCK = re.compile(
    r"^```text\n\$ (?P<command>vbc [^\n]*)\n(?P<printed>.*?)^```$", re.DOTALL | re.MULTILINE
)

CLAIM = """
SELECT min(c.claim_key) AS it FROM medical_claim AS c
JOIN person_expenditure AS p ON p.person_id = c.person_id AND p.contract_id = 'lakeside'
    AND p.period_id = 'PY2025'
WHERE c.version_type = 'adjust' AND c.claim_type = 'institutional'
    AND c.claim_end_date BETWEEN DATE '2025-01-01' AND DATE '2025-12-31'
"""

PERSON = """
SELECT person_id AS it FROM person_expenditure
WHERE contract_id = 'lakeside' AND period_id = 'PY2025' AND enrolment_type = 'esrd'
ORDER BY claims_cents DESC, person_id LIMIT 1
"""


def run(command: str, workspace: Path) -> str:
    """What a vbc command prints in a workspace, without blanks at line ends."""
    words = [sys.executable, "-m", "openvbc", *shlex.split(command)[1:]]
    done = subprocess.run(
        words,
        cwd=workspace,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def _found(query: str, workspace: Path) -> str:
    select = " ".join(query.split())
    return str(json.loads(run(f"vbc sql --json {shlex.quote(select)}", workspace))[0]["it"])


def filled(text: str, workspace: Path) -> str:
    """The tour's text with every block printed anew."""
    names = {"{claim}": CLAIM, "{person}": PERSON}
    for name, query in names.items():
        if name in text:
            text = text.replace(name, _found(query, workspace))

    def block(match: re.Match[str]) -> str:
        command = match["command"]
        return f"```text\n$ {command}\n{run(command, workspace)}```"

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    TOUR.write_text(filled(TOUR.read_text(encoding="utf-8"), Path(sys.argv[1])), encoding="utf-8")
