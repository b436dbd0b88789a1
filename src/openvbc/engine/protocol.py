"""What an engine must do. Everything above speaks only this."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol


class Engine(Protocol):
    """Runs portable SQL over Parquet files. One engine has one thread and its own memory limit."""

    @property
    def version(self) -> str:
        """Name and version; part of every partition's address."""
        ...

    def table(self, name: str, files: Sequence[Path], schema: Mapping[str, str]) -> None:
        """Name the rows of Parquet files; without files, an empty table of the schema."""
        ...

    def view(self, name: str, sql: str) -> None:
        """Name a SELECT."""
        ...

    def describe(self, sql: str) -> dict[str, str]:
        """Column name → type of a SELECT, in order."""
        ...

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        ...

    def write(self, sql: str, schema: Mapping[str, str], order: Sequence[str], path: Path) -> int:
        """Write a SELECT's rows, cast to the schema and ordered, as Parquet; the row count."""
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...
