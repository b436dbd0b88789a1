"""X12 files as a format of the loader: how they are known, checked together, and landed."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

import duckdb
from ruamel.yaml import YAML

from openvbc.engine.connection import connect
from openvbc.errors import Problem
from openvbc.sources.archive import Delivered
from openvbc.sources.landing import text
from openvbc.sources.x12.envelope import (
    GroupResult,
    InterchangeResult,
    Listener,
    SetResult,
    read,
)
from openvbc.sources.x12.fault import Fault
from openvbc.sources.x12.tokens import HEADER_WIDTH
from openvbc.sources.x12.walk import Row, SetHeader, Unit, Value

_ASIDE: Final = ("table", "row_number", "reason", "expected")
_ROW_ELEMENTS: Final = 14
"""Elements of ISA before ISA14, of which the key of an interchange is made."""


@cache
def tables() -> Mapping[str, Mapping[str, str]]:
    """Landing table → its columns with their types, row_number last, as files.yaml says."""
    path = Path(__file__).with_name("files.yaml")
    files: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["files"]
    return {name: _typed(it) for name, it in files.items()}


def _typed(it: Mapping[str, Any]) -> Mapping[str, str]:
    columns = (*it["required"], *it.get("optional", ()))
    types: Mapping[str, str] = it.get("types", {})
    return {name: types.get(name, "VARCHAR") for name in columns} | {"row_number": "BIGINT"}


class X12:
    """The kind `x12`."""

    name = "x12"
    version = 2

    def knows(self, name: str, head: bytes) -> bool:  # noqa: ARG002 - X12 has no file names
        """An interchange begins with ISA and one separator, again and again."""
        begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:HEADER_WIDTH]
        mark = begin[3:4]
        return begin.startswith(b"ISA") and not mark.isalnum() and begin[6:7] == mark != b""

    def check(self, delivery: Sequence[Delivered]) -> Iterator[Problem]:
        """Two files with one interchange control number of one sender, and different content."""
        found: dict[tuple[bytes, ...], Delivered] = {}
        for it in delivery:
            if not self.knows(it.name, it.head):
                continue
            key = _interchange_key(it.head)
            first = found.setdefault(key, it)
            if first.sha256 != it.sha256:
                what = (
                    f"has the interchange control number of {first.name} and different content, "
                    "expected a number of its own; keep one of the two"
                )
                yield Problem(it.name, what)

    def land(self, path: Path, name: str, out: Path, memory: str) -> None:
        """See sources/formats.py."""
        with ExitStack() as stack:
            sink = _Sink(out, stack)
            read(path, name, sink.listener)
        sink.store(memory)


def _interchange_key(head: bytes) -> tuple[bytes, ...]:
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:HEADER_WIDTH]
    elements = begin.split(begin[3:4])
    return tuple(it.strip() for it in (*elements[5:9], *elements[13:_ROW_ELEMENTS]))


class _Sink:
    """Writes rows as text while the file is read, then as typed Parquet without what is faulty.

    Whether a set stands is known at its end, and a group or interchange later still, so the rows
    of what was rejected are left out at the end, by the span of segments it covers.
    """

    def __init__(self, out: Path, stack: ExitStack) -> None:
        self._out = out
        self._stack = stack
        self._files: dict[str, Any] = {}
        self._paths: dict[str, Path] = {}
        self._spans = self._open("_rejected")
        self._units = self._open("_unit")
        self._aside = self._open("_aside")
        self.listener = Listener(self._unit, self._set, self._group, self._interchange)

    def _open(self, table: str) -> Any:
        path = self._out / f"{table}.csv"
        file: IO[str] = self._stack.enter_context(path.open("w", encoding="utf-8", newline=""))
        self._paths[table] = path
        return csv.writer(file, lineterminator="\n")

    def _write(self, table: str, row: Row) -> None:
        if table not in self._files:
            self._files[table] = self._open(table)
        self._files[table].writerow([row.get(it) for it in tables()[table]])

    def _unit(self, header: SetHeader, unit: Unit) -> None:
        self._units.writerow([unit.table, unit.position, header.number])
        if unit.fault is not None:
            fault = unit.fault
            self._aside.writerow([unit.table, unit.position, fault.said, fault.expected])
            return
        for table, row in unit.rows:
            self._write(table, row)

    def _set(self, result: SetResult) -> None:
        header = result.header
        if result.faults:
            self._reject("transaction", header.number, header.number, result.faults[0])
        row: dict[str, Value] = {
            "transaction": header.number,
            "guide": header.guide,
            "interchange_control": header.interchange_control,
            "group_control": header.group_control,
            "set_control": header.control,
            "sender": header.sender,
            "receiver": header.receiver,
            "sent_on": header.sent_on,
            "sent_at": header.sent_at,
            "purpose_code": result.purpose_code,
            "usage_code": header.usage_code,
            "segments": result.segments,
            "row_number": header.position,
        }
        self._write("transaction", row)
        self._units.writerow(["transaction", header.position, header.number])

    def _reject(self, _: str, first: int, last: int, fault: Fault) -> None:
        self._spans.writerow([first, last, fault.said, fault.expected])

    def _group(self, result: GroupResult) -> None:
        if result.faults:
            self._reject("group", result.first_set, result.last_set, result.faults[0])

    def _interchange(self, result: InterchangeResult) -> None:
        if result.faults:
            self._reject("interchange", result.first_set, result.last_set, result.faults[0])

    def store(self, memory: str) -> None:
        """Write the Parquet files, and remove the text."""
        with connect(memory, 1, self._out / "spill") as connection:
            self._rejected(connection)
            for table in tables():
                if table in self._paths:
                    self._land(connection, table)
            self._set_aside(connection)
        for path in self._paths.values():
            path.unlink()

    def _rejected(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make `rejected`: the first and last segment of every set that does not stand, and why."""
        spans = {"first": "BIGINT", "last": "BIGINT", "reason": "VARCHAR", "expected": "VARCHAR"}
        unit = {"unit": "VARCHAR", "row_number": "BIGINT", "number": "BIGINT"}
        connection.execute(f"CREATE TABLE unit AS {_select(self._paths['_unit'], unit)}")
        connection.execute(
            "CREATE TABLE rejected AS SELECT u.number, s.reason, s.expected "
            "FROM (SELECT DISTINCT number FROM unit) AS u "
            f"JOIN ({_select(self._paths['_rejected'], spans)}) AS s "
            "ON u.number BETWEEN s.first AND s.last "
            "QUALIFY row_number() OVER (PARTITION BY u.number ORDER BY s.last - s.first DESC, "
            "s.reason) = 1"
        )
        connection.execute(
            "CREATE TABLE span AS SELECT number, row_number AS first_row, "
            "coalesce(lead(row_number) OVER (ORDER BY row_number), 9223372036854775807) "
            "AS next_row FROM unit WHERE unit = 'transaction'"
        )
        connection.execute(
            "CREATE TABLE rejected_span AS SELECT first_row, next_row FROM span "
            "SEMI JOIN rejected USING (number)"
        )

    def _land(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        types = tables()[table]
        target = self._out / f"{table}.parquet"
        connection.execute(
            f"COPY (SELECT t.* FROM ({_select(self._paths[table], types)}) AS t "
            "WHERE NOT EXISTS (SELECT 1 FROM rejected_span AS r "
            "WHERE t.row_number >= r.first_row AND t.row_number < r.next_row)) "
            f"TO {text(target)} (FORMAT parquet, COMPRESSION zstd)"
        )

    def _set_aside(self, connection: duckdb.DuckDBPyConnection) -> None:
        """One row for each set that was rejected, each unit in it, and each faulty unit."""
        types = dict.fromkeys(_ASIDE, "VARCHAR") | {"row_number": "BIGINT"}
        rows = (
            'SELECT u.unit AS "table", u.row_number, r.reason, r.expected '
            "FROM unit AS u JOIN rejected AS r USING (number) "
            f"UNION ALL SELECT a.* FROM ({_select(self._paths['_aside'], types)}) AS a "
            'JOIN unit AS u ON u.row_number = a.row_number AND u.unit = a."table" '
            "ANTI JOIN rejected AS r USING (number)"
        )
        target = text(self._out / "aside.parquet")
        count = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()
        if count and count[0]:
            connection.execute(
                f'COPY ({rows} ORDER BY row_number, "table") TO {target} '
                "(FORMAT parquet, COMPRESSION zstd)"
            )


def _select(path: Path, types: Mapping[str, str]) -> str:
    declared = ", ".join(f"{text(name)}: {text(type_)}" for name, type_ in types.items())
    return (
        f"SELECT * FROM read_csv({text(path)}, columns = {{{declared}}}, header = false, "
        "auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        "max_line_size = 1048576)"
    )


FORMAT: Final = X12()
