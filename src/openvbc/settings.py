"""vbc.toml: the settings of a workspace."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from openvbc.engine.store import publish_text
from openvbc.errors import InputError, Problem

SETTINGS_FILE: Final = "vbc.toml"


@dataclass(frozen=True)
class Settings:
    """vbc.toml.

    buckets: into how many parts people are cut (fixed once data is loaded). memory_mb and
    workers: what a build may use. max_quarantine: the share of rows of a load above which it is
    refused. engine: what makes the tables, duckdb or spark. spark_master: where Spark runs.
    spark_storage: the data folder as Spark's executors name it, if they name it otherwise.
    """

    buckets: int = 2
    memory_mb: int = 1600
    workers: int = 2
    max_quarantine: Decimal = Decimal("0.01")
    engine: str = "duckdb"
    spark_master: str = "local[2]"
    spark_storage: str = ""


ENGINE_MB: Final = 200
LEAST: Final = {"buckets": 1, "memory_mb": ENGINE_MB, "workers": 1}
ENGINES: Final = ("duckdb", "spark")
TEXTS: Final = ("engine", "spark_master", "spark_storage")


def read_settings(path: Path) -> Settings:
    """Read vbc.toml.

    Raises InputError for a missing file or bad TOML, and with every key that is unknown or has a
    value that it cannot have.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        what = "no workspace here; `vbc init` makes one, --workspace DIR names another"
        raise InputError(Problem(str(path), what)) from error
    except UnicodeDecodeError as error:
        what = f"not UTF-8 at byte {error.start}; save the file as UTF-8"
        raise InputError(Problem(str(path), what)) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{path}:{line[1]}" if line else str(path)
        raise InputError(Problem(place, f"not valid TOML: {error}")) from error
    problems = list(_problems(path, text, content)) or list(_too_little(path, text, content))
    if problems:
        raise InputError(problems)
    share = {"max_quarantine": Decimal(content.get("max_quarantine", Settings.max_quarantine))}
    return Settings(**{**content, **share})


def _problems(path: Path, text: str, content: Mapping[str, Any]) -> Iterator[Problem]:
    known = sorted(item.name for item in fields(Settings))
    for name, value in content.items():
        wrong = _wrong(name, value)
        if name not in known:
            yield Problem(_line(path, text, name), f"unknown key {name}; known: {', '.join(known)}")
        elif wrong:
            yield Problem(_line(path, text, name), f"{name}: found {value}, expected {wrong}")


def _too_little(path: Path, text: str, content: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem where the engines of a build together need more memory than it may use.

    Where Spark makes the tables, memory_mb is the driver's own.
    """
    memory_mb = content.get("memory_mb", Settings.memory_mb)
    workers = content.get("workers", Settings.workers)
    least = least_memory_mb(workers)
    if memory_mb < least and content.get("engine") != "spark":
        name = "memory_mb" if "memory_mb" in content else "workers"
        what = (
            f"memory_mb: found {memory_mb}, expected {least} or more: {ENGINE_MB} for each of "
            f"{workers} workers. Raise memory_mb, or take fewer workers"
        )
        yield Problem(_line(path, text, name), what)


def least_memory_mb(workers: int) -> int:
    """What so many engines at a time need at least."""
    return ENGINE_MB * workers


def _wrong(name: str, value: object) -> str | None:
    """What a setting can be, where this value is none; None where it is one."""
    if name in LEAST:
        whole = isinstance(value, int) and not isinstance(value, bool)
        right = whole and int(str(value)) >= LEAST[name]
        return None if right else f"a whole number from {LEAST[name]}"
    if name == "engine":
        return None if value in ENGINES else " or ".join(ENGINES)
    if name in TEXTS:
        return None if isinstance(value, str) else "text"
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return None if number and 0 <= Decimal(str(value)) <= 1 else "a share from 0 to 1"


def place_of(path: Path, name: str) -> str:
    """The file with the line of a setting; the file alone where the setting is left out."""
    return _line(path, path.read_text(encoding="utf-8"), name)


def _line(path: Path, text: str, name: str) -> str:
    found = re.search(rf"^\s*\[*\"?{re.escape(name)}\b", text, re.MULTILINE)
    return f"{path}:{text[: found.start()].count(chr(10)) + 1}" if found else str(path)


def write_settings(path: Path, settings: Settings) -> None:
    """Write vbc.toml; a text stands there where it is not the usual one."""
    texts = [
        f'{name} = "{getattr(settings, name)}"\n'
        for name in TEXTS
        if getattr(settings, name) != getattr(Settings, name)
    ]
    publish_text(
        path,
        (
            "# An OpenVBC workspace; see docs/workspace.md\n"
            f"buckets = {settings.buckets}          # people are cut into so many parts\n"
            f"memory_mb = {settings.memory_mb}     # what a build may use\n"
            f"workers = {settings.workers}          # engines at a time\n"
            f"max_quarantine = {settings.max_quarantine}  # share of bad rows a load may have\n"
            + "".join(texts)
        ),
    )
