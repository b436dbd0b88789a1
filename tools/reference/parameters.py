"""docs/reference/parameters.md, from the dated parameter files."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from openvbc.parameters import PARAMETERS_FOLDER, DatedValue, Parameter, load_program
from openvbc.yamlfile import read_yaml
from reference import markdown

INTRODUCTION: Final = (
    "Every value stands between its first and last day in force, read on the parameter's clock, "
    "with its citation. A day that is not covered is refused with the range that is. "
    "_checked_ is the day on which the value was last held against the text cited or against "
    "published results; empty means that nobody has yet. Code lists are "
    "[tables](tables.md#code-lists)."
)


def programs() -> list[str]:
    """The programs that have parameters."""
    return sorted({read_yaml(path)["program"] for path in PARAMETERS_FOLDER.rglob("*.yaml")})


def page() -> str:
    """The whole page."""
    return markdown.page("Parameters", INTRODUCTION, map(_program, programs()))


def _program(program: str) -> str:
    found = load_program(program)
    return "\n\n".join([f"## {program}", *(_parameter(it) for it in found.values())])


def _parameter(it: Parameter) -> str:
    keys = f", by {markdown.codes(it.by)}" if it.by else ""
    rows = [_row(dated) for dated in it.values]
    return "\n\n".join(
        (
            f"### {it.name}",
            f"{it.says[:1].upper()}{it.says[1:]}. _{it.unit}, clock: {it.clock}{keys}_",
            markdown.table(("in force", "value", "citation", "checked"), rows),
        )
    )


def _row(it: DatedValue) -> tuple[str, ...]:
    checked = str(it.checked) if it.checked else ""
    return f"{it.first} to {it.last or 'now'}", _value(it.value), it.cite, checked


def _value(value: Any) -> str:
    """A value in few lines: keys with equal values share one, each bracket has its own."""
    match value:
        case Mapping():
            return "\n".join(_pairs(value, ", ", ": "))
        case tuple() if any(isinstance(entry, Mapping) for entry in value):
            return "\n".join(_one(entry) for entry in value)
    return _one(value)


def _pairs(value: Mapping[str, Any], between: str, after: str) -> list[str]:
    keys: dict[str, list[str]] = {}
    for key, entry in value.items():
        keys.setdefault(_one(entry), []).append(key)
    return [f"{between.join(names)}{after}{text}" for text, names in keys.items()]


def _one(value: Any) -> str:
    """A value on one line."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case Decimal():
            return format(value, "f")
        case Mapping():
            return ", ".join(_pairs(value, "/", " "))
        case tuple():
            return ", ".join(map(_one, value)) or "none"
    return str(value)
