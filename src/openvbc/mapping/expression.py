"""What a mapping may say of one canonical column, and the SQL that it means.

The language is closed: a column with named changes, a constant, texts put together, the first
that is filled, or a number within a group. There is no way to write SQL. Every value stays text;
what has not the form that was declared is handed on as it stands, so that the load's own checks
set the row aside with the reason.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from openvbc.sources.landing import name, text

_AS_THEY_STAND: Final = "ORDER BY file_name, row_number"


class Expression(Protocol):
    """What a canonical column is made of."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The file's columns that it reads, in lower case."""
        ...

    def sql(self) -> str:
        """As a SQL expression over the landing view, of type VARCHAR."""
        ...


@dataclass(frozen=True)
class Constant:
    """The same value in every row."""

    value: str

    @property
    def columns(self) -> tuple[str, ...]:
        """None."""
        return ()

    def sql(self) -> str:
        """A literal."""
        return text(self.value)


@dataclass(frozen=True)
class FromColumn:
    """A column of the file, its spaces at the ends taken off, then changed in this order.

    empty: values that mean that there is none. remove: characters taken out. upper: in capitals.
    width: leading zeros added or taken off until it is so wide. codes: value → canonical value;
    of others otherwise says "keep", "empty" or gives a Constant. dates, times: strptime formats,
    the first that fits, to a day or to a moment. money: "dollars" or "cents"; unsigned: without
    its sign.
    """

    column: str
    empty: tuple[str, ...] = ()
    remove: str = ""
    upper: bool = False
    width: int = 0
    codes: Mapping[str, str] | None = None
    otherwise: str | Constant = "keep"
    dates: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    money: str = ""
    unsigned: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The one."""
        return (self.column.lower(),)

    def plain(self) -> str:
        """The value before codes, dates and money are read: what a code map is looked up with."""
        value = f"nullif(trim({name(self.column.lower())}), '')"
        if self.empty:
            value = (
                f"CASE WHEN {value} NOT IN ({', '.join(map(text, self.empty))}) THEN {value} END"
            )
        if self.remove:
            value = f"nullif(trim(translate({value}, {text(self.remove)}, '')), '')"
        if self.upper:
            value = f"upper({value})"
        if self.width:
            bare = f"ltrim({value}, '0')"
            wide = f"CAST(greatest({self.width}, length({bare})) AS INTEGER)"
            value = f"lpad({bare}, {wide}, '0')"
        return value

    def sql(self) -> str:
        """The value with all changes."""
        value = self.plain()
        if self.codes is not None:
            value = self._coded(value)
        if self.dates:
            value = _moment(value, self.dates, "DATE")
        if self.times:
            value = _moment(value, self.times, "TIMESTAMP")
        if self.money == "dollars":
            value = f"cents({_amount(value)})"
        if self.unsigned:
            value = f"ltrim({value}, '+-')"
        return value

    def _coded(self, value: str) -> str:
        whens = " ".join(f"WHEN {text(k)} THEN {text(v)}" for k, v in (self.codes or {}).items())
        if isinstance(self.otherwise, Constant):
            other = self.otherwise.sql()
        else:
            other = value if self.otherwise == "keep" else "NULL"
        return f"CASE {value} {whens} ELSE {other} END" if whens else other


def _moment(value: str, formats: tuple[str, ...], kind: str) -> str:
    tried = ", ".join(f"try_strptime({value}, {text(it)})" for it in formats)
    return f"coalesce(CAST(CAST(coalesce({tried}) AS {kind}) AS VARCHAR), {value})"


def _amount(value: str) -> str:
    """Dollars without sign of currency and thousands; (1.00) and 1.00- are negative."""
    bare = f"replace(replace({value}, '$', ''), ',', '')"
    return rf"regexp_replace({bare}, '^(?:\((.*)\)|(.*[0-9])-)$', '-\1\2')"


@dataclass(frozen=True)
class Joined:
    """Texts put together; empty where one of them is, for half a key is none."""

    parts: tuple[Expression, ...]
    between: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of its parts."""
        return tuple(it for part in self.parts for it in part.columns)

    def sql(self) -> str:
        """A concatenation."""
        return f"({f' || {text(self.between)} || '.join(part.sql() for part in self.parts)})"


@dataclass(frozen=True)
class FirstOf:
    """The first of several that is filled."""

    parts: tuple[Expression, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of its parts."""
        return tuple(it for part in self.parts for it in part.columns)

    def sql(self) -> str:
        """A coalesce."""
        return f"coalesce({', '.join(part.sql() for part in self.parts)})"


@dataclass(frozen=True)
class NumberWithin:
    """1, 2, 3 … in the order of the file among the rows that are alike in some columns."""

    group: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that are alike."""
        return tuple(it.lower() for it in self.group)

    def sql(self) -> str:
        """A row number."""
        alike = ", ".join(f"trim({name(it)})" for it in self.columns)
        number = f"row_number() OVER (PARTITION BY {alike} {_AS_THEY_STAND})"
        return f"CAST({number} AS VARCHAR)"


Fault = Callable[[str], None]
"""Told what is wrong with an expression."""

_CHANGES: Final = (
    "empty",
    "remove",
    "upper",
    "width",
    "codes",
    "otherwise",
    "date",
    "time",
    "money",
    "unsigned",
)
_FORMS: Final = ("column", "constant", "join", "first_of", "number_within")
_DIRECTIVE: Final = re.compile("%(.?)")
_DIRECTIVES: Final = frozenset("YmdbBjHIMSpfTz%")


def parse(content: Any, fault: Fault) -> Expression | None:
    """An expression from YAML as plain Python; a bare text is a column. None after a fault."""
    if isinstance(content, str):
        return FromColumn(content)
    if not isinstance(content, Mapping):
        fault("expected the name of a column, or a mapping such as {column: NAME}")
        return None
    forms = [it for it in _FORMS if it in content]
    if len(forms) != 1:
        fault(f"expected exactly one of {', '.join(_FORMS)}")
        return None
    allowed = {forms[0], *(_CHANGES if forms[0] == "column" else ())}
    allowed |= {"with"} if forms[0] == "join" else set()
    strange = sorted(set(map(str, content)) - allowed)
    if strange:
        fault(f"{', '.join(strange)} cannot stand here; known: {', '.join(sorted(allowed))}")
        return None
    return _PARSERS[forms[0]](content, fault)


def _constant(content: Mapping[str, Any], fault: Fault) -> Expression | None:
    value = content["constant"]
    if isinstance(value, bool):
        return Constant(str(value).lower())
    if value is None or isinstance(value, Mapping | list):
        fault("constant: expected one value")
        return None
    return Constant(str(value))


def _parts(content: Mapping[str, Any], form: str, fault: Fault) -> tuple[Expression, ...]:
    given = content[form]
    if not isinstance(given, list) or not given:
        fault(f"{form}: expected a list of expressions")
        return ()
    return tuple(it for part in given if (it := parse(part, fault)) is not None)


def _join(content: Mapping[str, Any], fault: Fault) -> Expression | None:
    parts = _parts(content, "join", fault)
    return Joined(parts, str(content.get("with", ""))) if parts else None


def _first_of(content: Mapping[str, Any], fault: Fault) -> Expression | None:
    parts = _parts(content, "first_of", fault)
    return FirstOf(parts) if parts else None


def _number_within(content: Mapping[str, Any], fault: Fault) -> Expression | None:
    group = content["number_within"]
    if not isinstance(group, list) or not group or not all(isinstance(it, str) for it in group):
        fault("number_within: expected a list of columns")
        return None
    return NumberWithin(tuple(group))


def _column(content: Mapping[str, Any], fault: Fault) -> Expression | None:
    faults = list(_column_faults(content))
    for it in faults:
        fault(it)
    if faults:
        return None
    codes = content.get("codes")
    other = content.get("otherwise", "keep")
    return FromColumn(
        column=content["column"],
        empty=tuple(str(it) for it in content.get("empty", ())),
        remove=str(content.get("remove", "")),
        upper=bool(content.get("upper", False)),
        width=int(content.get("width", 0)),
        codes=None if codes is None else {str(k): _word(v) for k, v in codes.items()},
        otherwise=Constant(_word(other["constant"])) if isinstance(other, Mapping) else other,
        dates=_formats(content.get("date", ())),
        times=_formats(content.get("time", ())),
        money=content.get("money", ""),
        unsigned=bool(content.get("unsigned", False)),
    )


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _formats(given: Any) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _column_faults(content: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(content["column"], str):
        yield "column: expected the name of a column"
    for key, (form, said) in _FORM.items():
        if key in content and not isinstance(content[key], form):
            yield f"{key}: expected {said}"
    if not _is_width(content.get("width", 1)):
        yield "width: expected a whole number from 1 to 50"
    if content.get("money", "cents") not in ("cents", "dollars"):
        yield "money: expected dollars or cents"
    other = content.get("otherwise", "keep")
    if other not in ("keep", "empty") and not (isinstance(other, Mapping) and "constant" in other):
        yield "otherwise: expected keep, empty or {constant: VALUE}"
    if "otherwise" in content and "codes" not in content:
        yield "otherwise: stands only beside codes"
    for key in ("date", "time"):
        if key in content:
            yield from (f"{key}: {it}" for it in _format_faults(content[key]))


_FORM: Final[Mapping[str, tuple[type, str]]] = {
    "empty": (list, "a list of values that mean nothing"),
    "codes": (Mapping, "a mapping of the file's codes to ours"),
    "remove": (str, "the characters to take out"),
    "upper": (bool, "true or false"),
    "unsigned": (bool, "true or false"),
}


def _is_width(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 50  # noqa: PLR2004


def _format_faults(given: Any) -> Iterator[str]:
    formats = [given] if isinstance(given, str) else given
    if not isinstance(formats, list) or not all(isinstance(it, str) and it for it in formats):
        yield 'expected a format such as "%m/%d/%Y", or a list of them'
        return
    for it in formats:
        used = set(_DIRECTIVE.findall(it))
        if "y" in used:
            yield f"{it} has %y; two digits do not say the century"
        elif used - _DIRECTIVES or "Y" not in used:
            yield f"{it} is no format of a day: use %Y, %m, %d, %b, %j, %H, %M, %S"


_PARSERS: Final[Mapping[str, Callable[[Mapping[str, Any], Fault], Expression | None]]] = {
    "column": _column,
    "constant": _constant,
    "join": _join,
    "first_of": _first_of,
    "number_within": _number_within,
}
