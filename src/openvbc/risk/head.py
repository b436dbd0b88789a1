"""The head of a risk pack, `pack.yaml`: read, and held to what scores take from it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from openvbc.errors import InputError, Problem
from openvbc.summed import day_problems
from openvbc.yamlfile import read_yaml, where

FILE: Final = "pack.yaml"

HEAD: Final = (
    "risk_model",
    "family",
    "version",
    "payment_year",
    "first_day",
    "last_day",
    "normalization_e9",
    "coding_intensity_e9",
    "source",
    "source_sha256",
    "cite",
    "contains_cpt",
)
"""What a head must say; normalization and coding intensity may be empty (not published)."""

LAST_DAY: Final = "last enrolled day"
"""What a head says under `age` where the age is that of each person's last day (HHS-HCC)."""

_YEARS: Final = ("payment_year", "diagnosis_year")
_RATES: Final = ("normalization_e9", "coding_intensity_e9")
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


def head_problems(path: Path, head: Mapping[str, Any]) -> list[Problem]:
    """Everything that is wrong with a head; path: its file, in the folder of the model's name."""
    lacks = [Problem(str(path), f"lacks {name}") for name in HEAD if name not in head]
    return lacks or [
        *_name_problems(path, head),
        *_number_problems(path, head),
        *day_problems(path, head),
    ]


def _name_problems(path: Path, head: Mapping[str, Any]) -> Iterator[Problem]:
    name, age = head["risk_model"], head.get("age")
    if name != path.parent.name:
        what = f"risk_model: found {name!r}, expected {path.parent.name}, the name of its folder"
        yield Problem(where(path, head, "risk_model"), what)
    if age not in {None, LAST_DAY}:
        what = f"age: found {age!r}, expected {LAST_DAY}, or no such line for 1 February"
        yield Problem(where(path, head, "age"), what)
    unpaid = head.get("unpaid")
    if unpaid is not None and not (
        isinstance(unpaid, list | tuple) and all(isinstance(it, str) for it in unpaid)
    ):
        what = f"unpaid: found {unpaid!r}, expected a list of categories"
        yield Problem(where(path, head, "unpaid"), what)


def _number_problems(path: Path, head: Mapping[str, Any]) -> Iterator[Problem]:
    for name in (it for it in _YEARS if it in head):
        if not (_is_whole(head[name]) and _FIRST_YEAR <= head[name] <= _LAST_YEAR):
            what = f"{name}: found {head[name]!r}, expected a year such as 2026"
            yield Problem(where(path, head, name), what)
    for name in _RATES:
        if head[name] is not None and not (_is_whole(head[name]) and head[name] > 0):
            what = (
                f"{name}: found {head[name]!r}, expected a whole number above 0 "
                "(the figure times a thousand million), or nothing"
            )
            yield Problem(where(path, head, name), what)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def must_have_head(place: Path) -> Path:
    """The head's file; raises InputError where the folder of a model has none."""
    path = place / FILE
    if not path.is_file():
        what = "is not there, and its folder stands in the place of a pack; restore it, or remove "
        raise InputError(Problem(str(path), what + "the folder"))
    return path


def read_head(place: Path) -> Mapping[str, Any]:
    """The head of a pack, whose tables are not read: model, years, factors, citation.

    Raises InputError where it is not there, cannot be read, or with all that is wrong with it.
    """
    path = must_have_head(place)
    head = read_yaml(path)
    if problems := head_problems(path, head):
        raise InputError(problems)
    return head
