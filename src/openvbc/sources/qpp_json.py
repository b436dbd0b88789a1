"""Reading JSON rows of the Quality Payment Program's public files, with every mistake named.

Numbers are exact decimals. A row is read through `Row`, which notes what is missing or of another
kind, with the JSON path, and goes on: everything wrong with a file is told at once.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from openvbc.errors import InputError, Problem

LONGEST_SHOWN: Final = 40
"""How much of a wrong value an error repeats."""

_NOTHING: Final = object()

T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One object of a file, with its JSON path; `problems` is the file's common list."""

    content: Mapping[str, Any]
    file: Path
    path: str
    problems: list[Problem]

    def has(self, key: str) -> bool:
        """Whether the row has the key."""
        return key in self.content

    def text(self, key: str) -> str:
        """The text under a key that must be there."""
        found = self._found(key, "text")
        return found if isinstance(found, str) else self._wrong(key, found, "text", "")

    def number(self, key: str) -> Decimal:
        """The number under a key that must be there."""
        found = self._found(key, "a number")
        if isinstance(found, Decimal):
            return found
        return self._wrong(key, found, "a number", Decimal(0))

    def year(self, key: str) -> int:
        """The year under a key that must be there."""
        found = self._found(key, "a year")
        if isinstance(found, Decimal) and found == found.to_integral_value():
            return int(found)
        return self._wrong(key, found, "a year such as 2025", 0)

    def flag(self, key: str) -> bool | None:
        """The flag under a key; None where the row does not have it."""
        found = self.content.get(key)
        if found is None or isinstance(found, bool):
            return found
        self._wrong(key, found, "true or false", None)
        return None

    def numbers(self, key: str) -> tuple[Decimal, ...]:
        """The list of numbers under a key that must be there."""
        found = self._found(key, "a list of numbers")
        if not isinstance(found, list):
            return self._wrong(key, found, "a list of numbers", tuple[Decimal, ...]())
        for place, item in enumerate(found):
            if not isinstance(item, Decimal):
                self._wrong(f"{key}[{place}]", item, "a number", None)
        return tuple(item for item in found if isinstance(item, Decimal))

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of words under a key; empty where the row does not have it."""
        found = self.content.get(key)
        if found is None:
            return ()
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            return tuple(found)
        return self._wrong(key, found, "a list of words", tuple[str, ...]())

    def row(self, key: str) -> "Row":
        """The object under a key that must be there."""
        found = self._found(key, "keys and values")
        if not isinstance(found, Mapping):
            found = self._wrong(key, found, "keys and values", {})
        return Row(found, self.file, f"{self.path}.{key}", self.problems)

    def problem(self, what: str) -> None:
        """Note that something is wrong with the row as a whole."""
        self.problems.append(Problem(f"{self.file} {self.path}", what))

    def _found(self, key: str, expected: str) -> Any:
        if key not in self.content:
            self.problem(f"{key} is missing; expected {expected}")
            return _NOTHING
        return self.content[key]

    def _wrong(self, key: str, found: object, expected: str, instead: T) -> T:
        if found is not _NOTHING:
            what = f"found {shown(found)}, expected {expected}"
            self.problems.append(Problem(f"{self.file} {self.path}.{key}", what))
        return instead


def shown(value: object) -> str:
    """A wrong value, short."""
    if isinstance(value, Mapping | list):
        return "keys and values" if isinstance(value, Mapping) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(value) if isinstance(value, str) else str(value)
    return text[:LONGEST_SHOWN]


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def read_rows(path: Path, problems: list[Problem]) -> Iterator[Row]:
    """The objects of a file that holds a list of objects, in its order.

    Raises InputError where the file cannot be read, is not JSON, or holds something else; an item
    that is no object is noted in `problems`.
    """
    try:
        content = json.loads(
            path.read_text(encoding="utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_number,
        )
    except OSError as error:
        raise InputError(Problem(str(path), f"cannot be read: {error.strerror}")) from error
    except json.JSONDecodeError as error:
        raise InputError(Problem(f"{path}:{error.lineno}", f"not JSON: {error.msg}")) from error
    except ValueError as error:  # not UTF-8, or NaN
        raise InputError(Problem(str(path), f"not JSON: {error}")) from error
    if not isinstance(content, list):
        raise InputError(Problem(str(path), f"found {shown(content)}, expected a list of rows"))
    for place, item in enumerate(content):
        if isinstance(item, Mapping):
            yield Row(item, path, f"[{place}]", problems)
        else:
            problems.append(Problem(f"{path} [{place}]", f"found {shown(item)}, expected a row"))
