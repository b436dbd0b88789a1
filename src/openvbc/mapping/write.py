"""A proposal as the YAML that people read: each column with its confidence and the reason."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from openvbc.mapping.propose import Proposal

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*( [A-Za-z0-9_]+)*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def mapping_yaml(proposal: Proposal) -> str:
    """The text of the mapping's file."""
    return "\n".join(_lines(proposal)) + "\n"


def _lines(it: Proposal) -> Iterator[str]:
    yield f"# Proposed from {it.source} ({it.rows:,} rows). Read it and mend it; then check it."
    yield "# Beside each column: how sure it is, from 0 to 1, and why."
    yield f"mapping: {it.name}"
    yield "tables:"
    for table, columns in it.tables.items():
        yield f"  {table}:"
        for one in columns:
            said = f"    {one.column}: {flow(one.expression)}"
            yield f"{said}  # {one.confidence:.2f} {one.reason}"
    if it.missing:
        yield "# Required, and not found: say what they are made of."
        yield from (f"#   {name}" for name in it.missing)
    if it.unmatched:
        yield "# Columns of the file that are not read:"
        yield from (f"#   {flow(name)}" for name in it.unmatched)


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{flow(k)}: {flow(v)}' for k, v in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
