"""`data/audit.jsonl`: who was shown how much, when and why; each line seals the one before.

A line has the SHA-256 of the line before it and its own, so that no line can be changed, taken out
or put in unseen. No value of a row is in it: counts only (45 CFR 164.312(b)).
"""

import getpass
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import SEEK_END
from pathlib import Path
from typing import Any, Final

from openvbc.engine.store import digest
from openvbc.errors import InputError, Problem

AUDIT: Final = "audit.jsonl"
_SEAL: Final = "sha256"
_BEFORE: Final = "previous"
_TAIL: Final = 65_536
"""Bytes from the end that hold the last line."""

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: one user, one process
    fcntl = None  # type: ignore[assignment]


def record(data: Path, what: str, purpose: str, counts: Mapping[str, int], **more: Any) -> None:
    """Append a line. more: the recipient, the settlement; never a value of a row.

    Raises InputError where nothing can be appended: what cannot be recorded is not shown.
    """
    path = data / AUDIT
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(max(0, file.seek(0, SEEK_END) - _TAIL))
            line = _sealed(_last_seal(file.read()), what, purpose, counts, more)
            file.write(f"{json.dumps(line, ensure_ascii=False)}\n".encode())
    except OSError as error:
        what = f"cannot be written ({error.strerror}); nothing is shown without its line"
        raise InputError(Problem(str(path), what)) from error


def _last_seal(content: bytes) -> str | None:
    lines = content.splitlines()
    return str(json.loads(lines[-1])[_SEAL]) if lines else None


def _sealed(
    before: str | None,
    what: str,
    purpose: str,
    counts: Mapping[str, int],
    more: Mapping[str, Any],
) -> dict[str, Any]:
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _who(),
        "what": what,
        "purpose": purpose,
        **{name: value for name, value in more.items() if value is not None},
        "counts": dict(counts),
        _BEFORE: before,
    }
    return {**line, _SEAL: digest(line)}


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def audit_problems(data: Path) -> Iterator[Problem]:
    """Every line of the log that is not as it was written, or does not follow the one before."""
    path = data / AUDIT
    before = None
    lines = path.read_bytes().splitlines() if path.is_file() else []
    for number, text in enumerate(lines, start=1):
        place = f"{path}:{number}"
        try:
            line = dict(json.loads(text))
            seal = line.pop(_SEAL)
        except (ValueError, TypeError, KeyError):
            yield Problem(place, "is no line of an audit log; it was changed")
            before = None
            continue
        if digest(line) != seal:
            yield Problem(place, "is not what was written; it was changed")
        elif line.get(_BEFORE) != before:
            yield Problem(place, "does not follow the line before; lines were taken out or put in")
        before = seal
