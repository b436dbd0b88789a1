"""A second opinion on a file, by the published implementation guides: pyx12, where installed.

It reads every segment and element against its guide and is some 50 times slower than the reader,
so it is asked only about files of which something was rejected, or on demand.
"""

import importlib
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from openvbc.errors import InputError, Problem

_MOST_PROBLEMS: Final = 200


def examine(path: Path, name: str) -> tuple[Problem, ...]:
    """What the guides say is wrong, in order, without values; at most 200 problems.

    Raises InputError where pyx12 is not installed.
    """
    library = _library()
    told = io.StringIO()
    _silence()
    try:
        settings = importlib.import_module("pyx12.params").ParamsBase()
        library.x12n_document(settings, str(path), None, None, fd_json=told)
    except Exception as error:  # noqa: BLE001 - it raises many kinds on files it cannot follow
        what = f"the guides cannot be followed through this file ({type(error).__name__})"
        return (Problem(name, what),)
    if not told.getvalue():
        return (Problem(name, "no guide is known for this file, expected one of 005010"),)
    return tuple(_problems(json.loads(told.getvalue()), name))[:_MOST_PROBLEMS]


def _silence() -> None:
    """Its log names values of the file, so it goes nowhere."""
    logger = logging.getLogger("pyx12")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _library() -> ModuleType:
    try:
        return importlib.import_module("pyx12.x12n_document")
    except ImportError as error:
        what = "pyx12 is not installed, expected for a strict check; pip install 'openvbc[x12]'"
        raise InputError(Problem("strict", what)) from error


def _problems(told: Any, name: str) -> Iterator[Problem]:
    for level in _levels(told):
        for error in level["errors"]:
            what = f"code {error['err_cde']} of the guide's {_of(level)}"
            yield Problem(f"{name}:{level.get('cur_line') or 0}", what)
        for element in level.get("elements", ()):
            for error in element["errors"]:
                place = f"{level['seg_id']}{element['ele_pos']:02d}"
                what = f"{place} has element error {error['err_cde']}, expected {element['name']}"
                yield Problem(f"{name}:{level.get('cur_line') or 0}", what)


def _levels(told: Any) -> Iterator[Any]:
    """Interchanges, groups, transaction sets and segments, each before what it holds."""
    yield from (told,) if "errors" in told else ()
    for inner in ("interchanges", "groups", "transactions", "segments"):
        for it in told.get(inner, ()):
            yield from _levels(it)


def _of(level: Any) -> str:
    if "seg_id" in level:
        return f"segment {level['seg_id']}, {level['name']}"
    kinds = {"trn_set_id": "transaction set", "gs_control_num": "group"}
    return next((text for key, text in kinds.items() if key in level), "interchange")
