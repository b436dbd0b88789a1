"""The formula of a rule, read from the rule itself, so that the two cannot differ."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def formula(function: Callable[..., Any]) -> str:
    """The rule's arithmetic as it is written: its return expression, or its body if it branches."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(source).body[0]
    if not isinstance(definition, ast.FunctionDef):
        return ""
    body = [step for step in definition.body if not _is_docstring(step)]
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        return " ".join((ast.get_source_segment(source, body[0].value) or "").split())
    lines = source.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]
    return textwrap.dedent("\n".join(lines))


def _is_docstring(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)
