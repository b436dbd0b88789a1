"""Survey files, long or with one column an item, and activity logs.

A respondent file has one line a person and one column a question. Its columns that say who
answered, when and how are declared; every other column is an item, and every filled cell of it
becomes one answer.
"""

from pathlib import Path
from typing import Final

from openvbc.errors import InputError, Problem
from openvbc.sources.delimited import Delimited, Layout
from openvbc.sources.delimited_sql import landing_engine
from openvbc.sources.landing import name, text

_REPEATED: Final = "respondent"


class Survey(Delimited):
    """The kind `survey`: a Format (see sources/formats.py)."""

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """Write `answer.parquet` or `activity.parquet`. Raises InputError as Delimited does."""
        layout, header = self.layout_of(path, name)
        if layout.table != _REPEATED:
            super().land(path, name, out, memory)
            return
        placed = set(layout.places(header).values())
        items = tuple(it for at, it in enumerate(header) if it and at not in placed)
        if not items:
            what = "found no column that is an item, expected one for each question"
            raise InputError(Problem(f"{path}:1", what))
        self.land_layout(path, out, layout.also(items), memory)
        _turn(out, layout, items, memory)


def _turn(out: Path, layout: Layout, items: tuple[str, ...], memory: str) -> None:
    """One row for each filled item, instead of one for each respondent.

    A respondent without any answer stays as one row of the item `none`, for its disposition.
    """
    landed = out / f"{layout.table}.parquet"
    kept = ", ".join(name(it) for it in layout.columns)
    codes = ", ".join(map(text, items))
    values = ", ".join(map(name, items))
    rows = f"read_parquet({text(landed)})"
    with landing_engine(memory, out) as connection:
        connection.execute(
            f"COPY (SELECT * FROM (SELECT {kept}, unnest([{codes}]) AS item_code, "
            f"unnest([{values}]) AS answer, row_number FROM {rows}) WHERE answer IS NOT NULL "
            f"UNION ALL SELECT {kept}, 'none', NULL, row_number FROM {rows} "
            f"WHERE coalesce({values}, NULL) IS NULL) "
            f"TO {text(out / 'answer.parquet')} (FORMAT parquet, COMPRESSION zstd)"
        )
    landed.unlink()


FORMAT: Final = Survey("survey")
