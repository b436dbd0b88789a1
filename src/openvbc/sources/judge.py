"""Repeated rows: which is kept, which is only counted, and which is set aside.

Rows are judged by the table's key. A claim version that comes again with the same content is
redelivered: counted, not stored twice. With different content the later one is set aside, since
a corrected claim is a new version. Tables that are not cut by month hold the state of things, so
there a later load's row replaces an earlier one of the same key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from openvbc.engine.model import Model
from openvbc.sources.landing import name, read_parquet, text
from openvbc.sources.reader import ROW_LINEAGE

CONFLICT: Final = "same claim version, different content"
OVERLAP: Final = "overlapping coverage within one payer and line of business"
_VERSION: Final = ("claim_key", "version_number")
_COVERAGE: Final = ("person_id", "payer", "line_of_business")


@dataclass
class Verdict:
    """What became of rows so far. conflicts: reason → rows, listed in the table `aside`.

    withdrawn are rows of earlier loads that stand no longer.
    """

    redelivered: int = 0
    withdrawn: int = 0
    conflicts: dict[str, int] = field(default_factory=dict)


class Judge:
    """Judges the rows of one table of one bucket in one connection.

    kept names the view or table of the rows that are still accepted.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, model: Model, kept: str) -> None:
        self._connection = connection
        self._model = model
        self.key = tuple(it for it in model.grain if it != "load_id")
        self.kept = kept
        self.verdict = Verdict()
        self._run(
            "CREATE TEMP TABLE aside (file_name VARCHAR, row_number BIGINT, "
            "reason VARCHAR, expected VARCHAR)"
        )

    def _run(self, sql: str) -> None:
        self._connection.execute(sql)

    def _count(self, rows: str) -> int:
        found = self._connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
        return int(found[0]) if found else 0

    def _keep(self, sql: str) -> None:
        """What is kept becomes the rows of a SELECT over what was kept."""
        view = f"{self.kept}_again"
        self._run(f"CREATE TEMP VIEW {view} AS {sql}")
        self.kept = view

    def _set_aside(self, rows: str, reason: str, expected: str) -> None:
        said = f"file_name, row_number, {text(reason)}, {text(expected)}"
        self._run(f"INSERT INTO aside SELECT {said} FROM {rows}")
        count = self._count(rows)
        if count:
            self.verdict.conflicts[reason] = self.verdict.conflicts.get(reason, 0) + count

    def _conflict(self) -> tuple[str, str]:
        if self._model.period == "month":
            return CONFLICT, "the content delivered first, or a new version_number"
        return f"same {', '.join(self.key)}, different content", "one row for each"

    def _content(self, alias: str) -> str:
        """A digest of what a row says; how and when it came is left out.

        So is the sensitivity of a claim's row, which depends on what came with it.
        """
        left_out = {"bucket", "sensitivity"} if self._model.period == "month" else {"bucket"}
        columns = [it for it in (*self._model.schema, *ROW_LINEAGE) if it not in left_out]
        values = ", ".join(
            f"coalesce(CAST({alias}.{name(it)} AS VARCHAR), chr(30))" for it in columns
        )
        return f"md5(concat_ws(chr(31), {values}))"

    def within_load(self) -> None:
        """Of rows with the same key the first in file and row order is kept."""
        key = ", ".join(map(name, self.key))
        self._run(
            f"CREATE TEMP TABLE again AS SELECT {key} FROM {self.kept} "
            "GROUP BY ALL HAVING count(*) > 1"
        )
        if not self._count("again"):
            return
        on = same("k", "a", self.key)
        self._run(
            f"CREATE TEMP TABLE judged AS SELECT k.*, {self._content('k')} AS content, "
            "row_number() OVER w AS nth, first_value(content) OVER w AS first_content "
            f"FROM {self.kept} AS k SEMI JOIN again AS a ON {on} "
            f"WINDOW w AS (PARTITION BY {key} ORDER BY file_name, row_number, content)"
        )
        self.verdict.redelivered += self._count("judged WHERE nth > 1 AND content = first_content")
        self._set_aside("judged WHERE nth > 1 AND content <> first_content", *self._conflict())
        self._keep(
            f"SELECT * FROM {self.kept} AS k ANTI JOIN again AS a ON {on} UNION ALL "
            "SELECT * EXCLUDE (content, nth, first_content) FROM judged WHERE nth = 1"
        )

    def against_versions(self, earlier: Sequence[Path]) -> None:
        """A version that an earlier load brought may only come again as it was."""
        if not earlier:
            return
        version = ", ".join(_VERSION)
        self._run(
            f"CREATE TEMP TABLE before AS SELECT {', '.join(self.key)}, {self._content('e')} "
            f"AS content FROM {read_parquet(earlier)} AS e SEMI JOIN "
            f"(SELECT DISTINCT {version} FROM {self.kept}) AS k USING ({version})"
        )
        self._run(
            "CREATE TEMP TABLE known AS SELECT k.*, "
            f"coalesce({self._content('k')} = b.content, false) AS is_same FROM {self.kept} AS k "
            f"SEMI JOIN before AS v USING ({version}) "
            f"LEFT JOIN before AS b ON {same('k', 'b', self.key)}"
        )
        self.verdict.redelivered += self._count("known WHERE is_same")
        self._set_aside("known WHERE NOT is_same", *self._conflict())
        self._keep(f"SELECT * FROM {self.kept} ANTI JOIN before USING ({version})")

    def against_state(
        self, stored: str, earlier: Sequence[Path], withdrawn: str | None = None
    ) -> None:
        """Make `standing`, the rows of earlier loads, and `fresh`, the new rows with `is_known`.

        stored lists the stored columns; withdrawn is a SELECT of the keys that stand no longer. The
        same row again is redelivered.
        """
        self._run(f"CREATE TEMP VIEW told AS SELECT {stored} FROM {self.kept} AS k")
        before = read_parquet(earlier) if earlier else "told LIMIT 0"
        self._run(f"CREATE TEMP TABLE standing AS SELECT * FROM {before}")
        if withdrawn is not None:
            gone = f"SELECT 1 FROM ({withdrawn}) AS w WHERE {same('s', 'w', self.key)}"
            self.verdict.withdrawn = self._count(f"standing AS s WHERE EXISTS ({gone})")
            self._run(f"DELETE FROM standing AS s WHERE EXISTS ({gone})")
        self._run(f"CREATE TEMP VIEW given AS SELECT {self._filled()} FROM told AS k")
        self._run(
            f"CREATE TEMP TABLE compared AS SELECT k.*, s.{self.key[0]} IS NOT NULL AS is_known, "
            f"coalesce({self._content('k')} = {self._content('s')}, false) AS is_same "
            f"FROM given AS k LEFT JOIN standing AS s ON {same('k', 's', self.key)}"
        )
        self.verdict.redelivered += self._count("compared WHERE is_same")
        self._run(
            "CREATE TEMP TABLE fresh AS SELECT * EXCLUDE (is_same) FROM compared WHERE NOT is_same"
        )

    def _filled(self) -> str:
        """The columns of `told`; of a person, what it leaves empty is as it stands.

        People come from several sources, and one that does not know a person's race or county
        says nothing about it.
        """
        if self._model.name != "person":
            return "k.*"
        filled = ", ".join(
            f"coalesce(k.{name(it)}, (SELECT s.{name(it)} FROM standing AS s "
            f"WHERE {same('k', 's', self.key)})) AS {name(it)}"
            for it in self._model.schema
            if it not in self.key
        )
        return f"k.* REPLACE ({filled})"

    def overlaps(self) -> None:
        """Take from `fresh` coverage that begins before another span of its kind has ended."""
        self._run(
            "CREATE TEMP TABLE carried AS SELECT * FROM standing AS s "
            f"ANTI JOIN fresh AS k ON {same('s', 'k', self.key)}"
        )
        self._run(
            "CREATE TEMP TABLE spans AS SELECT k.*, "
            f"coalesce(max({_end('k')}) OVER (PARTITION BY {', '.join(_COVERAGE)} "
            "ORDER BY enrollment_start_date, file_name, row_number "
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) >= enrollment_start_date, false) "
            f"OR EXISTS (SELECT 1 FROM carried AS c WHERE {same('k', 'c', _COVERAGE)} "
            f"AND k.enrollment_start_date <= {_end('c')} "
            f"AND c.enrollment_start_date <= {_end('k')}) AS is_overlap FROM fresh AS k"
        )
        expected = "a span that starts after the one before it has ended"
        self._set_aside("spans WHERE is_overlap", OVERLAP, expected)
        self._run(
            "CREATE OR REPLACE TEMP TABLE fresh AS "
            "SELECT * EXCLUDE (is_overlap) FROM spans WHERE NOT is_overlap"
        )


def _end(alias: str) -> str:
    return f"coalesce({alias}.enrollment_end_date, DATE '9999-12-31')"


def same(left: str, right: str, columns: Sequence[str]) -> str:
    """Equal in all columns, empty equal to empty."""
    return " AND ".join(
        f"{left}.{name(it)} IS NOT DISTINCT FROM {right}.{name(it)}" for it in columns
    )
