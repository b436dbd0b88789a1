"""The formula of a rule, read from the rule itself, so that the two cannot differ."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def formula(function: Callable[..., Any]) -> str:
    """The rule's arithmetic as text: its return expression, or its body where it branches."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return ""
    body = [step for step in definition.body if not _is_docstring(step)]
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        return ast.unparse(body[0].value)
    return "\n".join(ast.unparse(step) for step in body)


def _is_docstring(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant)
