"""YAML files whose numbers are exact decimals and whose every key knows its line."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarbool import ScalarBoolean

from openvbc.errors import InputError, Problem
from openvbc.money import parse_decimal


class _ExactConstructor(RoundTripConstructor):
    """Reads a number with a point as the `Decimal` that stands in the file."""


def _decimal(_: RoundTripConstructor, node: ScalarNode) -> Decimal:
    value = parse_decimal(str(node.value).replace("_", ""))
    if value is None:
        raise ConstructorError(
            None, None, f"found {node.value}, expected a number", node.start_mark
        )
    return value


def _date(constructor: RoundTripConstructor, node: ScalarNode) -> Any:
    try:
        return constructor.construct_yaml_timestamp(node)
    except ValueError as error:
        what = f"found {node.value}, expected a date: {error}"
        raise ConstructorError(None, None, what, node.start_mark) from error


_ExactConstructor.add_constructor("tag:yaml.org,2002:float", _decimal)
_ExactConstructor.add_constructor("tag:yaml.org,2002:timestamp", _date)


def read_yaml(path: Path) -> CommentedMap:
    """Read a YAML file that holds one mapping.

    Raises InputError naming file and line where it cannot be read, is not YAML, repeats a key,
    or holds something else than a mapping.
    """
    try:
        content = _parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        what = f"not UTF-8 at byte {error.start}; save the file as UTF-8"
        raise InputError(Problem(f"{path}:{line}", what)) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(Problem(place, f"not valid YAML: {error.problem}")) from error
    except YAMLError as error:
        what = f"not valid YAML: {str(error).splitlines()[0]}"
        raise InputError(Problem(str(path), what)) from error
    if not isinstance(content, CommentedMap):
        raise InputError(Problem(str(path), "expected a mapping of keys to values"))
    own: CommentedMap = content.copy()
    return own


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Any:
    """What a text says. Kept: a command reads the same files again and again, and each is slow."""
    yaml = YAML(typ="rt")
    yaml.Constructor = _ExactConstructor
    return yaml.load(text)


def line_of(mapping: Mapping[Any, Any], key: str | int) -> int | None:
    """The line of a key, counted from 1; None where the mapping was not read from a file.

    A key that came in by a merge (`<<: *name`) has the line of the mapping itself.
    """
    if not isinstance(mapping, CommentedMap) or key not in mapping:
        return None
    written = (mapping.lc.data or {}).get(key)
    return int(written[0] if written else mapping.lc.line) + 1


def where(path: Path, mapping: Mapping[Any, Any], key: str | int) -> str:
    """Say "file:line" of a key, for an error or a citation."""
    line = line_of(mapping, key)
    return f"{path}:{line}" if line else str(path)


def cited(path: Path, mapping: Mapping[str, Any], key: str) -> str:
    """As `where`, with the file named by its folder alone: what a statement cites."""
    return where(Path(path.parent.name) / path.name, mapping, key)


def plain(value: Any) -> Any:
    """A YAML value as plain Python: dict, list, int, Decimal, bool, str, date or None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, ScalarBoolean):
        return bool(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


def write_yaml(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as YAML with decimals as they are; read_yaml reads the same values."""
    yaml = YAML()
    yaml.Representer = _ExactRepresenter
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


class _ExactRepresenter(RoundTripRepresenter):
    """Writes a `Decimal` as the number it is, and a value that stands twice in both places."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never `&name` and `*name`: people read these files."""
        del data
        return True


def _number(representer: RoundTripRepresenter, value: Decimal) -> ScalarNode:
    text = format(value, "f")
    tag = "tag:yaml.org,2002:float" if "." in text else "tag:yaml.org,2002:int"
    return representer.represent_scalar(tag, text)


_ExactRepresenter.add_representer(Decimal, _number)
