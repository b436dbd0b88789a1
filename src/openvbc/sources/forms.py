"""The form of codes: how long they are, in which letters, and without which marks.

A code matches a list only where both are written alike. A column of a canonical table names the
form of its values (`form:` in its declaration), or the column that names their code system. At load
a value written in another form that has one meaning (`450` for revenue centre `0450`, `E11.9` for
`E119`) is put into form. Any other stays as it came, since its row still has a cost, and is
counted: it may match no list. Digits that a spreadsheet took off an identifier are not guessed.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb

from openvbc.engine.model import Column, Model
from openvbc.sources.landing import name

MARKS: Final = "form_marks"
"""Column of a row's marks: of its nth column with a form 4^n where the value was put into form,
2 · 4^n where it is in none."""

_EACH: Final = 4
PUT, ODD = 1, 2
"""The mark of a value that was put into form, and of one in none."""
_STATE: Final = "form_state_"
_SHAPES: Final = 10
_TOLD: Final = 3
"""Of a column's shapes so many are counted in each bucket, and so many told of all."""
_LONGEST_SHAPE: Final = 20
_BARE: Final = r"regexp_replace(trim($value, ' '''), '[.]0+$', '')"
"""Without what spreadsheets add: an apostrophe before a number, `.0` after it."""


@dataclass(frozen=True)
class NotInForm:
    """Of one column: values put into form, and others (odd), of these the commonest shapes.

    A shape is a value with 9 for its digits and A for its letters; shapes: shape → values.
    """

    put: int = 0
    odd: int = 0
    shapes: Mapping[str, int] = field(default_factory=dict)

    @property
    def commonest(self) -> list[str]:
        """The shapes most often met."""
        return sorted(self.shapes, key=lambda it: (-self.shapes[it], it))[:_TOLD]

    def __add__(self, other: "NotInForm") -> "NotInForm":
        """The two together."""
        shapes = Counter(self.shapes) + Counter(other.shapes)
        return NotInForm(self.put + other.put, self.odd + other.odd, dict(shapes))


@dataclass(frozen=True)
class Forms:
    """Of a table's rows: how many have a code in no form, and column → what was not in form."""

    odd_rows: int = 0
    columns: Mapping[str, NotInForm] = field(default_factory=dict)

    def __add__(self, other: "Forms") -> "Forms":
        """The two together."""
        names = sorted({*self.columns, *other.columns})
        none = NotInForm()
        columns = {it: self.columns.get(it, none) + other.columns.get(it, none) for it in names}
        return Forms(self.odd_rows + other.odd_rows, columns)


@dataclass(frozen=True)
class Form:
    """How values are written. pattern: a regular expression of the whole value.

    put: SQL that writes $value in this form; what comes of it counts only where it fits.
    """

    says: str
    pattern: str
    put: str = _BARE

    def fits(self, value: str) -> str:
        """SQL: is the value in form."""
        return f"regexp_full_match({value}, '{self.pattern}')"

    def written(self, value: str) -> str:
        """SQL: a value that is not in form, written in it."""
        return self.put.replace("$value", value)


def _padded(digits: int) -> str:
    """Zeros put before it: one number, however it is written."""
    return f"repeat('0', {digits} - length({_BARE})) || {_BARE}"


_LOWER: Final = "lower($value)"
_UPPER: Final = f"upper({_BARE})"
_DIGITS: Final = f"replace(replace({_BARE}, '-', ''), ' ', '')"
_WITHOUT_DOT: Final = "upper(replace(replace($value, '.', ''), ' ', ''))"
_SEX: Final = (
    "CASE lower($value) WHEN 'm' THEN 'male' WHEN 'f' THEN 'female' WHEN 'u' THEN 'unknown' "
    "ELSE lower($value) END"
)
_BILL_TYPE: Final = f"regexp_replace({_UPPER}, '^0(...)$', '\\1')"
_JOINED: Final = (
    "CASE WHEN regexp_full_match($value, '[0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-[0-9]{3}-[0-9]{2}|"
    "[0-9]{5}-[0-9]{4}-[0-9]{1,2}') THEN lpad(split_part($value, '-', 1), 5, '0') || "
    "lpad(split_part($value, '-', 2), 4, '0') || lpad(split_part($value, '-', 3), 2, '0') "
    f"ELSE {_BARE} END"
)

_HCPCS: Final = Form("five letters or digits", "[0-9A-Z]{5}", _UPPER)
_NDC: Final = Form("eleven digits (5-4-2)", "[0-9]{11}", _JOINED)

CODE_SYSTEMS: Final[Mapping[str, Form]] = {
    "icd-10-cm": Form(
        "a letter, a digit, one to five letters or digits, no dot",
        "[A-Z][0-9][0-9A-Z]{1,5}",
        _WITHOUT_DOT,
    ),
    "icd-10-pcs": Form("seven letters or digits", "[0-9A-Z]{7}", _WITHOUT_DOT),
    "icd-9-cm": Form(
        "three to five digits, the first perhaps V or E, no dot",
        "[0-9]{3,5}|V[0-9]{2,4}|E[0-9]{3,4}",
        _WITHOUT_DOT,
    ),
    "icd-9-pcs": Form("two to four digits, no dot", "[0-9]{2,4}", _WITHOUT_DOT),
    "snomed-ct": Form("six to eighteen digits", "[0-9]{6,18}"),
    "hcpcs": _HCPCS,
    "loinc": Form("digits, a hyphen, a digit", "[0-9]{1,7}-[0-9]"),
    "ndc": _NDC,
    "rxnorm": Form("digits", "[0-9]{1,8}"),
    "cvx": Form("two or three digits", "[0-9]{2,3}", _padded(2)),
    "cdt": Form("D and four digits", "D[0-9]{4}", _UPPER),
}
"""Code system → how its codes are written, those met most often first; codes of others stay as
their source has them."""

FORMS: Final[Mapping[str, Form]] = {
    "bill_type": Form("three characters, no leading zero", "[1-9][0-9][0-9A-Z]", _BILL_TYPE),
    "ccn": Form("six letters or digits", "[0-9A-Z]{6}", _UPPER),
    "code_system": Form(f"one of {', '.join(CODE_SYSTEMS)}", "|".join(CODE_SYSTEMS), _LOWER),
    "county": Form("five digits", "[0-9]{5}"),
    "discharge": Form("two digits", "[0-9]{2}", _padded(2)),
    "drg": Form("three digits", "[0-9]{3}", _padded(3)),
    "dual_status": Form("two digits, or NA", "[0-9]{2}|NA", f"upper({_padded(2)})"),
    "enrolment_type": Form(
        "esrd, disabled, aged_dual or aged_nondual",
        "esrd|disabled|aged_dual|aged_nondual",
        _LOWER,
    ),
    "entitlement": Form("0, 1, 2 or 3", "[0-3]"),
    "hcpcs": _HCPCS,
    "medicare_status": Form("10, 11, 20, 21 or 31", "10|11|20|21|31"),
    "modifier": Form("two letters or digits", "[0-9A-Z]{2}", _UPPER),
    "ndc": _NDC,
    "npi": Form("ten digits", "[0-9]{10}"),
    "place_of_service": Form("two digits", "[0-9]{2}", _padded(2)),
    "revenue_center": Form("four digits", "[0-9]{4}", _padded(4)),
    "sex": Form("male, female or unknown", "male|female|unknown", _SEX),
    "specialty": Form("two letters or digits", "[0-9A-Z]{2}", f"upper({_padded(2)})"),
    "state": Form("two letters", "[A-Z]{2}", _UPPER),
    "tin": Form("nine digits", "[0-9]{9}", _DIGITS),
    "zip": Form("five digits", "[0-9]{5}"),
}
"""Form → how it is written. Sources: 45 CFR 162.1002 (HCPCS, ICD, NDC), 162.1102 (the claims that
carry them) and 162.406 (NPI), 21 CFR 207.33 (the parts of an NDC), 26 CFR 301.6109-1 (TIN), the
UB-04's fields 4 (type of bill), 17 (patient status) and 42 (revenue code), CMS's layouts of claims
and enrolment (place of service, specialty, DRG, CCN, dual and Medicare status), FIPS 6-4."""


def formed(model: Model) -> list[Column]:
    """The columns of a table that have a form, in order: the nth has the nth marks."""
    return [column for column in model.columns if column.form]


def asked(column: Column) -> str:
    """What is asked of a column's values, in words."""
    if column.form in FORMS:
        return FORMS[column.form].says
    return f"as {column.form} writes its codes"


def written(model: Model, given: Collection[str]) -> list[tuple[int, Column]]:
    """The columns with a form that a source gives, each with its place among all of the table."""
    known = {*FORMS, *given}
    columns = enumerate(formed(model))
    return [(place, it) for place, it in columns if it.name in given and it.form in known]


def in_form(model: Model, given: Collection[str], select: str, *, is_text: bool) -> str:
    """A SELECT around a source's: coded columns as text in their form, and the marks of each row.

    given: the columns of the source's SELECT. Empty values are NULL and have no marks; is_text:
    spaces around a value mean nothing.
    """
    columns = written(model, given)
    plain = [(place, it) for place, it in columns if it.form in FORMS]
    coded = [(place, it) for place, it in columns if it.form not in FORMS]
    rows = _put(coded, _put(plain, select, is_text), is_text)
    marks = [f"{_STATE}{place} * {_EACH**place}" for place, _ in columns]
    states = [f"{_STATE}{place}" for place, _ in columns]
    dropped = f" EXCLUDE ({', '.join(states)})" if states else ""
    return f"SELECT *{dropped}, {' + '.join(marks) or 'CAST(0 AS BIGINT)'} AS {MARKS} FROM ({rows})"


def _put(columns: Sequence[tuple[int, Column]], select: str, is_text: bool) -> str:
    """A SELECT whose columns are put into form, each with its state.

    Values are held against the form as they are, before anything else is done with them: most are
    in form, and of a Parquet file's dictionary each is then looked at once.
    """
    if not columns:
        return select
    states = ", ".join(f"{_state(it, is_text)} AS {_STATE}{place}" for place, it in columns)
    values = ", ".join(
        f"CASE WHEN {_STATE}{place} = {PUT} THEN {_written(it, is_text)} "
        f"ELSE {_value(it, is_text)} END AS {name(it.name)}"
        for place, it in columns
    )
    return f"SELECT * REPLACE ({values}) FROM (SELECT *, {states} FROM ({select}))"


def _text(column: Column) -> str:
    return f"CAST({name(column.name)} AS VARCHAR)"


def _value(column: Column, is_text: bool) -> str:
    return f"nullif(trim({_text(column)}), '')" if is_text else f"nullif({_text(column)}, '')"


def _written(column: Column, is_text: bool) -> str:
    value = _value(column, is_text)
    return _by_system(column, lambda it: it.written(value), value)


def _fits(column: Column, value: str) -> str:
    return _by_system(column, lambda it: it.fits(value), "true")


def _by_system(column: Column, sql: Callable[[Form], str], other: str) -> str:
    """SQL of the column's form, or of that of the code system that another column names."""
    if column.form in FORMS:
        return sql(FORMS[column.form])
    cases = " ".join(f"WHEN '{it}' THEN {sql(form)}" for it, form in CODE_SYSTEMS.items())
    return f"CASE CAST({name(column.form)} AS VARCHAR) {cases} ELSE {other} END"


def _state(column: Column, is_text: bool) -> str:
    value = _value(column, is_text)
    trimmed = f" OR {_fits(column, value)}" if is_text else ""
    written = f"({_written(column, is_text)})"
    return (
        f"CAST(CASE WHEN {_fits(column, _text(column))} THEN 0 "
        f"WHEN {value} IS NULL{trimmed} THEN 0 "
        f"WHEN {_fits(column, written)} THEN {PUT} ELSE {ODD} END AS BIGINT)"
    )


def not_in_form(connection: duckdb.DuckDBPyConnection, model: Model, rows: str) -> Forms:
    """What of a table's values was not in form; rows: the name of the marked rows."""
    counted = f"SELECT {MARKS}, count(*) FROM {rows} WHERE {MARKS} <> 0 GROUP BY ALL"
    marks = dict(connection.execute(counted).fetchall())
    found, odd_marks = {}, 0
    for place, column in enumerate(formed(model)):
        of = {state: _with(marks, place, state) for state in (PUT, ODD)}
        if any(of.values()):
            shapes = _shapes(connection, column, rows, place) if of[ODD] else {}
            found[column.name] = NotInForm(of[PUT], of[ODD], shapes)
        odd_marks += ODD * _EACH**place
    return Forms(sum(count for it, count in marks.items() if it & odd_marks), found)


def _with(marks: Mapping[int, int], place: int, state: int) -> int:
    return sum(rows for it, rows in marks.items() if it // _EACH**place % _EACH == state)


def _shapes(
    connection: duckdb.DuckDBPyConnection, column: Column, rows: str, place: int
) -> dict[str, int]:
    digits = f"regexp_replace({name(column.name)}, '[0-9]', '9', 'g')"
    shape = f"left(regexp_replace({digits}, '\\p{{L}}', 'A', 'g'), {_LONGEST_SHAPE})"
    found = connection.execute(
        f"SELECT {shape} AS shape, count(*) FROM {rows} "
        f"WHERE {MARKS} // {_EACH**place} % {_EACH} = {ODD} "
        f"GROUP BY shape ORDER BY count(*) DESC, shape LIMIT {_SHAPES}"
    ).fetchall()
    return dict(found)
