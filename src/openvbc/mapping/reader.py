"""A mapping as a kind of export: what the ordinary load asks of any reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from openvbc.mapping.document import FileMapping
from openvbc.mapping.expression import Expression
from openvbc.sources.landing import name
from openvbc.sources.reader import COMPUTED, Reader, SourceFile, canonical_models

ROWS: Final = "rows"
"""The one table that a mapped file is read as."""


@dataclass(frozen=True)
class MappedReader(Reader):
    """A kind of export whose SELECTs are generated from a mapping's expressions."""

    tables: Mapping[str, Mapping[str, Expression]] = field(default_factory=dict)

    @cached_property
    def plain(self) -> dict[str, str]:
        """Canonical table → its SELECT."""
        return {table: select(table, columns) for table, columns in self.tables.items()}


def mapped_reader(mapping: FileMapping) -> MappedReader:
    """The reader that a mapping means."""
    file = SourceFile(ROWS, mapping.columns, mandatory=True, matches=mapping.pattern)
    return MappedReader(
        kind=mapping.kind,
        says=mapping.says or mapping.name,
        files=(file,),
        recognised_by=(),
        tables=mapping.tables,
    )


def select(table: str, columns: Mapping[str, Expression]) -> str:
    """The SELECT of one canonical table; columns that are not mapped are empty."""
    own = [it.name for it in canonical_models()[table].columns if it.name not in COMPUTED]
    lineage = [it for it in columns if it not in own]
    values = ",\n    ".join(
        f"{columns[it].sql() if it in columns else 'CAST(NULL AS VARCHAR)'} AS {name(it)}"
        for it in (*own, *lineage)
    )
    return f"SELECT\n    {values},\n    file_name,\n    row_number\nFROM landing.{ROWS}"
