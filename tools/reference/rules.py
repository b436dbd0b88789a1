"""docs/reference/rules.md, from the components and their rules."""

import importlib
import inspect
from typing import Final

from openvbc.contract.component import Component, component, component_names
from openvbc.contract.formula import formula
from openvbc.contract.statement import value_text
from openvbc.rules.rule import Axis, Leaf, Rule
from reference import markdown

INTRODUCTION: Final = (
    "A contract names components; a component is a file of rules and the leaves that no rule "
    "computes. The name of a rule is the name of a statement's line, `component/rule`, and its "
    "formula is the code that ran. A name in a formula is another rule, a leaf, or a "
    "[parameter](parameters.md). A leaf comes from a [table](tables.md), from the contract's "
    "terms, or from the settlement's facts. A stratum is an enrolment type, a measure, a "
    "condition, an episode category or an indicator: whatever the component has one cell for."
)
CELLS: Final[dict[frozenset[Axis], str]] = {
    frozenset(): "one number",
    frozenset({"period"}): "by period",
    frozenset({"stratum"}): "by stratum",
    frozenset({"period", "stratum"}): "by period and stratum",
}


def page() -> str:
    """The whole page."""
    names = component_names()
    listed = "\n".join(f"* [{name}](#{name})" for name in names)
    sections = [_component(component(name)) for name in names]
    return markdown.page("Rules", INTRODUCTION, [listed, *sections])


def _component(it: Component) -> str:
    module = importlib.import_module(f"openvbc.rules.{it.name}")
    leaves = markdown.table(
        ("leaf", "meaning", "unit", "cells", "comes from", "when silent", "citation"),
        (_leaf(leaf) for leaf in it.leaves.values()),
    )
    parts = [
        f"## {it.name}",
        markdown.paragraph(inspect.getdoc(module) or ""),
        f"Results: {markdown.codes(it.results)}.",
        f"### Leaves of {it.name}",
        leaves,
        f"### Rules of {it.name}",
        *(_rule(rule) for rule in it.rules.values()),
    ]
    return "\n\n".join(parts)


def _leaf(leaf: Leaf) -> tuple[str, ...]:
    place = f"`{leaf.table}.{leaf.column}`" if leaf.table else "contract or settlement"
    return (
        markdown.code(leaf.name),
        leaf.says,
        leaf.unit,
        CELLS[leaf.per],
        place,
        _silent(leaf),
        leaf.cite,
    )


def _silent(leaf: Leaf) -> str:
    if leaf.table:
        return ""
    if leaf.default == "required":
        return "refused"
    return "nothing is taken" if leaf.default is None else markdown.code(_text(leaf.default))


def _text(value: object) -> str:
    return value_text(value) or "none"


def _rule(rule: Rule) -> str:
    about = f"{markdown.paragraph(rule.says)} _{rule.unit}, {CELLS[rule.per]}; {rule.cite}_"
    return f"#### {rule.name}\n\n{about}\n\n{markdown.block(formula(rule.function), 'python')}"
