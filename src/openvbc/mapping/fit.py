"""Does a column of the file hold what a canonical column holds: the expression, and how sure."""

from dataclasses import dataclass
from typing import Any, Final

from openvbc.engine.model import Column
from openvbc.mapping.names import lexicon
from openvbc.mapping.profile import Profile

_NEARLY_ALL: Final = 0.98
_MOST: Final = 0.5
_DOUBTFUL: Final = 0.75
_NOT: Final = 0.3
_WHOLE_TYPES: Final = ("BIGINT", "INTEGER")


@dataclass(frozen=True)
class Fit:
    """The expression as YAML, the confidence from 0 to 1, and what the values say."""

    expression: Any
    confidence: float
    reason: str


def fit(column: Column, given: str, profile: Profile, alike: float) -> Fit:
    """Judge one pair; alike is how well the names fit."""
    if not profile.filled:
        return Fit(*_with(given, _blind(column)), alike * _DOUBTFUL, "no values in the sample")
    said, factor, reason = _judge(column, profile)
    return Fit(*_with(given, said), alike * factor, reason)


def _with(given: str, said: dict[str, Any]) -> tuple[Any]:
    return ({"column": given, **said} if said else given,)


def _blind(column: Column) -> dict[str, Any]:
    """What must be said of a column of which no value is seen."""
    return {"money": "dollars"} if column.name.endswith("_cents") else {}


def _judge(column: Column, profile: Profile) -> tuple[dict[str, Any], float, str]:
    if column.name.endswith("_cents"):
        return _money(profile)
    if column.name in lexicon()["codes"]:
        return _coded(column, profile)
    if column.type in {"DATE", "TIMESTAMP"}:
        return _date(profile, "date" if column.type == "DATE" else "time")
    changes = dict(lexicon()["changes"].get(column.name, {}))
    if column.type in _WHOLE_TYPES or column.type.startswith("DECIMAL"):
        count = profile.whole if column.type in _WHOLE_TYPES else profile.number
        return changes, *_share(profile.share(count), "numbers")
    shape = next((it for it in lexicon()["shapes"] if column.name.endswith(it)), None)
    if shape is not None:
        factor, reason = _share(profile.share(profile.shaped[shape]), "values of its shape")
        return changes, factor, reason
    return changes, 1.0, "text"


def _share(share: float, what: str) -> tuple[float, str]:
    factor = 1.0 if share >= _NEARLY_ALL else _DOUBTFUL if share >= _MOST else _NOT
    return factor, f"{share:.0%} are {what}"


def _date(profile: Profile, key: str) -> tuple[dict[str, Any], float, str]:
    """The format in which most values are days; of equals the first of the list."""
    best = max(profile.dates, key=lambda it: profile.dates[it])
    most = profile.dates[best]
    alike = [it for it, count in profile.dates.items() if count == most]
    factor, reason = _share(profile.share(most), f"days as {best}")
    said: dict[str, Any] = {key: best}
    if profile.no_dates:
        said["empty"] = list(profile.no_dates)
        reason += f"; {', '.join(profile.no_dates)} taken as no day"
    if len(alike) > 1:
        factor *= _DOUBTFUL
        reason += f"; just as well {', '.join(alike[1:])}: say which"
    return said, factor, reason


def _money(profile: Profile) -> tuple[dict[str, Any], float, str]:
    """With a point it is dollars; whole numbers alone do not say it."""
    factor, reason = _share(profile.share(profile.money), "amounts")
    if not profile.with_point:
        factor *= _DOUBTFUL
        reason += "; all whole: dollars is a guess, say money: cents where they are"
    if profile.negative:
        reason += f"; {profile.negative} negative: say how cancellations are marked"
    return {"money": "dollars"}, factor, reason


def _coded(column: Column, profile: Profile) -> tuple[dict[str, Any], float, str]:
    """A map of the file's codes to ours; a code that is not known stands in no map."""
    known = {
        code: ours for ours, codes in lexicon()["codes"][column.name].items() for code in codes
    }
    if not profile.codes:
        return {}, _NOT, "too many different values for codes"
    mapped = {it: known[it.lower()] for it in profile.codes if it.lower() in known}
    if not mapped:
        return {}, _DOUBTFUL, f"{len(profile.codes)} codes, none of them known: add codes"
    left = len(profile.codes) - len(mapped)
    reason = f"{len(mapped)} codes" + (
        f"; {left} more that are not known: add them" if left else ""
    )
    same = all(code == ours for code, ours in mapped.items()) and not left
    return ({} if same else {"codes": mapped}), (_DOUBTFUL if left else 1.0), reason
