"""`check`: a mapping against the rows of a file, by the very checks of the load.

What is found is counted by column, with the places of the first rows; never with a value.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from openvbc.engine.model import Column, Model
from openvbc.mapping.document import FileMapping, read_mapping
from openvbc.mapping.expression import Expression, FromColumn
from openvbc.mapping.reader import ROWS, mapped_reader, select
from openvbc.mapping.sample import SAMPLE_ROWS, Sample, sample_of
from openvbc.sources.check import Checked, checked
from openvbc.sources.forms import MARKS, ODD, asked
from openvbc.sources.landing import name, text
from openvbc.sources.reader import COMPUTED, canonical_models

_SHOWN: Final = 3


@dataclass(frozen=True)
class Finding:
    """Rows of a column that would not be as they should; where lists the first as file:line.

    sets_aside: the load would set such rows aside. column is the table's key for repeated rows.
    """

    table: str
    column: str
    reason: str
    expected: str
    rows: int
    where: tuple[str, ...]
    sets_aside: bool


@dataclass(frozen=True)
class Report:
    """What a check found: table → rows that the load's first pass would set aside, and why."""

    mapping: str
    rows: int
    set_aside: dict[str, int]
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """For other programs."""
        return asdict(self)


def check(mapping: Path, path: Path, rows: int = SAMPLE_ROWS) -> Report:
    """Check a mapping against the first rows of a file or folder.

    Raises InputError where the mapping or the file cannot be read.
    """
    said = read_mapping(mapping)
    with sample_of(path, mapped_reader(said), rows) as sample:
        checks = [_Check(sample, said, table) for table in said.tables]
        findings = tuple(it for one in checks for it in one.findings())
        aside = {one.model.name: one.set_aside() for one in checks}
    return Report(said.kind, sample.rows, aside, findings)


class _Check:
    """The checks of one table; the mapped rows stand in `mapped_<table>`."""

    def __init__(self, sample: Sample, mapping: FileMapping, table: str) -> None:
        self._sample = sample
        self._mapping = mapping
        self.model = canonical_models()[table]
        self._rows = f"mapped_{table}"
        sql = select(table, mapping.tables[table])
        self._run(f"CREATE TABLE {self._rows} AS {sql}")
        described = self._run(f"DESCRIBE {self._rows}")
        self._given = {row[0]: row[1] for row in described}

    def _run(self, sql: str) -> list[tuple[Any, ...]]:
        return self._sample.connection.execute(sql).fetchall()

    def findings(self) -> Iterator[Finding]:
        """By column, then by the table's own checks, then rows with one key."""
        for column in self.model.columns:
            expression = self._mapping.tables[self.model.name].get(column.name)
            if expression is None:
                continue
            alone = replace(self.model, columns=(column,), checks={}, period="none")
            rows = self._checked(alone)
            yield from self._reasons(column.name, rows)
            yield from self._form(column, rows)
            yield from self._codes(column.name, expression)
        for said, condition in self.model.checks.items():
            alone = replace(self.model, checks={said: condition})
            whole = self._checked(alone)
            last = _only(whole, said)
            yield from self._reasons(said, last)
        yield from self._repeated()

    def _checked(self, model: Model) -> Checked:
        rows = f"SELECT * FROM {self._rows}"
        return checked(model, self._given, rows, None, is_text=self._sample.is_text)

    def _reasons(self, column: str, rows: Checked) -> Iterator[Finding]:
        for number, reason in enumerate(rows.reasons):
            if reason.text:
                found = f"SELECT file_name, row_number FROM ({rows.sql}) WHERE reason = {number}"
                yield from self._finding(column, reason.text, reason.expected, found)

    def _finding(
        self, column: str, reason: str, expected: str, rows: str, *, sets_aside: bool = True
    ) -> Iterator[Finding]:
        count = int(self._run(f"SELECT count(*) FROM ({rows})")[0][0])
        if count:
            first = self._run(f"SELECT * FROM ({rows}) ORDER BY ALL LIMIT {_SHOWN}")
            where = tuple(f"{file}:{row + self._sample.is_text}" for file, row in first)
            yield Finding(
                self.model.name, column, reason, expected, count, where, sets_aside=sets_aside
            )

    def _form(self, column: Column, rows: Checked) -> Iterator[Finding]:
        """Values in no form, which may match no list."""
        if column.form:
            found = f"SELECT file_name, row_number FROM ({rows.sql}) WHERE {MARKS} = {ODD}"
            reason = f"{column.name}: in no form of its codes, so that it may match no list"
            yield from self._finding(column.name, reason, asked(column), found, sets_aside=False)

    def _codes(self, column: str, expression: Expression) -> Iterator[Finding]:
        """Codes that a map does not name: kept or emptied, and so perhaps not seen by the load."""
        if not isinstance(expression, FromColumn) or expression.codes is None:
            return
        if not isinstance(expression.otherwise, str):
            return
        known = ", ".join(map(text, expression.codes)) or "''"
        value = expression.plain()
        found = f"FROM landing.{ROWS} WHERE {value} NOT IN ({known})"
        distinct = int(self._run(f"SELECT count(DISTINCT {value}) {found}")[0][0])
        reason = f"{column}: {distinct} codes that the mapping does not name"
        expected = f"a line below codes, or otherwise (now: {expression.otherwise})"
        rows = f"SELECT file_name, row_number {found}"
        yield from self._finding(column, reason, expected, rows, sets_aside=False)

    def _repeated(self) -> Iterator[Finding]:
        """Rows of one key that say different things: the load keeps the first."""
        key = [it for it in self.model.grain if it != "load_id"]
        own = ", ".join(name(it.name) for it in self.model.columns if it.name not in COMPUTED)
        keys = ", ".join(map(name, key))
        clash = (
            f"SELECT {keys} FROM (SELECT DISTINCT {own} FROM {self._rows}) "
            "GROUP BY ALL HAVING count(*) > 1"
        )
        found = f"SELECT file_name, row_number FROM {self._rows} SEMI JOIN ({clash}) USING ({keys})"
        reason = f"same {', '.join(key)}, different content"
        yield from self._finding(", ".join(key), reason, "one row for each", found)

    def set_aside(self) -> int:
        """The rows that fail any check."""
        rows = self._checked(self.model).sql
        return int(self._run(f"SELECT count(*) FROM ({rows}) WHERE reason IS NOT NULL")[0][0])


def _only(rows: Checked, only: str) -> Checked:
    """The same rows, of whose reasons only one is told."""
    told = tuple(it if it.text == only else replace(it, text="") for it in rows.reasons)
    return Checked(rows.sql, told)
