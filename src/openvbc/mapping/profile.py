"""What the values of a file's column look like, in numbers: never the values themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openvbc.mapping.sample import Sample
from openvbc.sources.landing import name, text

DATES: Final = (
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%Y%m%d",
    "%d/%m/%Y",
    "%Y/%m/%d",
    "%m-%d-%Y",
    "%d-%b-%Y",
    "%d%b%Y",
    "%d.%m.%Y",
    "%b %d %Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
)
NO_DATES: Final = ("0", "00000000", "0000-00-00", "00/00/0000", "1900-01-01", "01/01/1900")
"""What stands for no day in the files of many systems."""

_FEW_CODES: Final = 40
_FIRST_YEAR: Final = 1890
_NUMBER: Final = r"[+-]?[0-9]+(\.[0-9]+)?"
_MONEY: Final = r"\(?[+-]?\$?[+-]?[0-9][0-9,]*(\.[0-9]{1,2}0*)?\)?-?"


@dataclass(frozen=True)
class Profile:
    """filled values of a column, and how many of them are of each form.

    dates: format → days in it. no_dates: the values of NO_DATES that stand there. codes: the
    distinct values where they are few, for code maps; empty where they are many.
    """

    filled: int
    dates: dict[str, int]
    no_dates: tuple[str, ...]
    whole: int
    number: int
    money: int
    with_point: int
    negative: int
    shaped: dict[str, int]
    codes: tuple[str, ...]

    def share(self, count: int) -> float:
        """Of the filled values."""
        return count / self.filled if self.filled else 0.0


def profile_of(sample: Sample, column: str, shapes: dict[str, str]) -> Profile:
    """Profile one column of a sample; shapes are regular expressions by name."""
    value = f"nullif(trim({name(column.lower())}), '')"
    none = ", ".join(map(text, NO_DATES))
    tests = [
        *(_is_date(it, none) for it in DATES),
        "regexp_full_match(v, '[+-]?[0-9]+')",
        f"regexp_full_match(v, {text(_NUMBER)})",
        f"regexp_full_match(v, {text(_MONEY)})",
        "contains(v, '.')",
        "(starts_with(v, '-') OR starts_with(v, '(') OR ends_with(v, '-'))",
        *(f"regexp_full_match(v, {text(it)})" for it in shapes.values()),
    ]
    counts = ", ".join(f"count(*) FILTER ({it})" for it in tests)
    rows = f"(SELECT {value} AS v FROM landing.rows)"
    sql = f"SELECT count(v), {counts} FROM {rows}"
    found = [int(it) for it in sample.connection.execute(sql).fetchall()[0]]
    filled, days, rest = found[0], found[1 : 1 + len(DATES)], found[1 + len(DATES) :]
    whole, number, money, with_point, negative, *shaped = rest
    return Profile(
        filled=filled,
        dates=dict(zip(DATES, days, strict=True)),
        no_dates=_distinct(sample, f"{rows} WHERE v IN ({none})"),
        whole=whole,
        number=number,
        money=money,
        with_point=with_point,
        negative=negative,
        shaped=dict(zip(shapes, shaped, strict=True)),
        codes=_few(_distinct(sample, f"{rows} WHERE v IS NOT NULL")),
    )


def _is_date(form: str, none: str) -> str:
    day = f"try_strptime(v, {text(form)})"
    return f"(v IN ({none}) OR year({day}) >= {_FIRST_YEAR})"


def _distinct(sample: Sample, rows: str) -> tuple[str, ...]:
    limit = _FEW_CODES + 1
    sql = f"SELECT DISTINCT v FROM {rows} ORDER BY v LIMIT {limit}"
    return tuple(str(row[0]) for row in sample.connection.execute(sql).fetchall())


def _few(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(values) if len(values) <= _FEW_CODES else ()
