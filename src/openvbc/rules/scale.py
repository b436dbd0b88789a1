"""Terms of a contract: scales, which give a number its value or share an amount band by band.

A scale is a list of complete bands in rising order. Each has `from`, `to` (none = open) and one
value under a name of its own: `{from: 0.80, to: 0.90, share: 0.5}`. A number on the edge of two
bands belongs to the upper one; the end of the last band belongs to that band.

Here too is what any other term can be: a share, an amount, a factor, a word. A component lists in
`CHECKS` which check each of its terms must pass, and its rules refuse a wrong term by that list.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from openvbc.rules.rule import RefusedError

Bands = Sequence[Mapping[str, Any]]

Check = Callable[[Any], str | None]
"""What is wrong with the value of a term; None where nothing is."""

EDGES: Final = frozenset({"from", "to"})

LEAST_GROWTH: Final = Decimal("0.5")
MOST_GROWTH: Final = Decimal(2)
"""Between these a factor of change can be meant; 0.05 and 105 are percentages."""

MOST_COMPLETION: Final = Decimal(100)
"""Above this a completion factor is a percentage: 101.3 is meant to be 1.013."""


def value_name(band: Mapping[str, Any]) -> str:
    """The name of a band's value: its one key besides `from` and `to`."""
    return next(key for key in band if key not in EDGES)


def _wrong_band(number: int, band: Mapping[str, Any], last: int) -> Iterator[str]:
    """What is wrong with one band, whatever the others are."""
    names = [key for key in band if key not in EDGES]
    if not set(band) >= EDGES or len(names) != 1:
        yield f"band {number} has {', '.join(band)}; expected from, to and one value"
        return
    first, end, value = band["from"], band["to"], band[names[0]]
    if not isinstance(value, Decimal):
        yield f"band {number}: {names[0]} is {value}; expected a number"
    if not isinstance(first, Decimal) and not (first is None and number == 1):
        yield f"band {number}: from is {first}; expected a number"
    if end is None and number < last:
        yield f"band {number} is open; the bands after it cannot be reached"
    elif end is not None and not isinstance(end, Decimal):
        yield f"band {number}: to is {end}; expected a number, or null for an open band"
    elif isinstance(first, Decimal) and end is not None and end <= first:
        yield f"band {number} from {first:f} to {end:f} cannot be reached"


def _wrong_neighbours(bands: Bands) -> Iterator[str]:
    """Bands that overlap, leave a gap, or have values of different names."""
    for number, (band, after) in enumerate(pairwise(bands), start=1):
        end, begin = band["to"], after["from"]
        if begin != end:
            wrong = "overlaps" if begin < end else "leaves a gap after"
            yield f"band {number + 1} from {begin:f} {wrong} band {number} to {end:f}"
        if value_name(after) != value_name(band):
            names = f"{value_name(after)}, band {number} {value_name(band)}"
            yield f"band {number + 1} gives {names}; expected one name"


def wrong_bands(bands: Bands) -> str | None:
    """What is wrong with a scale, all in one sentence; None where nothing is."""
    if not isinstance(bands, Sequence) or not all(isinstance(it, Mapping) for it in bands):
        return f"found {bands}; expected a list of bands"
    if not bands:
        return "has no band"
    alone = [it for n, band in enumerate(bands, 1) for it in _wrong_band(n, band, len(bands))]
    return "; ".join(alone or _wrong_neighbours(bands)) or None


def wrong_share(value: Decimal) -> str | None:
    """Why a rate is no share of 1; None where it is one."""
    return None if 0 <= value <= 1 else f"found {value:f}; expected a share from 0 to 1"


def wrong_amount(value: Decimal) -> str | None:
    """Why an amount, a rate or a count cannot be: it is below 0. None where it can."""
    return None if value >= 0 else f"found {value:f}; expected 0 or more"


def wrong_factor(value: Decimal) -> str | None:
    """Why a factor or a limit cannot be: it is 0 or below. None where it can."""
    return None if value > 0 else f"found {value:f}; expected more than 0"


def wrong_part(value: Decimal) -> str | None:
    """Why what is left of a whole cannot be: it is not above 0 and at most 1. None where it can."""
    return None if 0 < value <= 1 else f"found {value:f}; expected more than 0 and at most 1"


def wrong_turn(value: Decimal) -> str | None:
    """Why a how-many-eth time cannot be: it is no whole number from 1. None where it can."""
    whole = value >= 1 and value == value.to_integral_value()
    return None if whole else f"found {value:f}; expected a whole number from 1"


def wrong_growth(value: Decimal) -> str | None:
    """Why a factor of change cannot be: it is far from 1. None where it can."""
    near_one = LEAST_GROWTH <= value <= MOST_GROWTH
    return None if near_one else f"found {value:f}; expected a factor near 1, as 1.05 is 5 % more"


def wrong_completion(value: Decimal) -> str | None:
    """Why final payments ÷ payments so far cannot be: below 1, or a percentage. None if it can."""
    if 1 <= value <= MOST_COMPLETION:
        return None
    expected = "expected final payments ÷ payments so far, 1 or more (1.013 adds 1.3 %)"
    return f"found {value:f}; {expected}: the inverse of the share that is paid"


def wrong_word(*words: str) -> Check:
    """The check that a term is one of the words."""

    def check(value: str) -> str | None:
        return None if value in words else f"found {value}; expected {' or '.join(words)}"

    return check


def wrong_shares(bands: Bands) -> str | None:
    """What is wrong with a scale whose values are shares of 1; None where nothing is."""
    if wrong := wrong_bands(bands):
        return wrong
    shares = [band[value_name(band)] for band in bands]
    said = (f"band {n}: {it}" for n, share in enumerate(shares, 1) if (it := wrong_share(share)))
    return "; ".join(said) or None


def wrong_corridors(bands: Bands) -> str | None:
    """What is wrong with shares by corridor, which begin at 0; None where nothing is."""
    wrong = wrong_shares(bands)
    if not wrong and bands[0]["from"] != 0:
        return f"band 1 begins at {bands[0]['from']}; expected 0, with share 0 if nothing is shared"
    return wrong


def require(checks: Mapping[str, Check], **terms: Any) -> None:
    """Raise RefusedError with every term, by its name, that its check finds wrong.

    A term that is none was not agreed, and is not wrong.
    """
    wrong = (
        f"{name}: {found}"
        for name, value in terms.items()
        if value is not None and (found := checks[name](value))
    )
    if said := "; ".join(wrong):
        raise RefusedError(said)


def require_of_people(checks: Mapping[str, Check], people: Decimal, **terms: Any) -> None:
    """As `require`; a figure of a cell without people may also be 0, as one not given is."""
    require(checks, **{name: value for name, value in terms.items() if people or value})


def value_of(bands: Bands, number: Decimal) -> Decimal:
    """The value of the band that a number lies in; its lower edge belongs to a band.

    Raises RefusedError for a number below the first or above the last band.
    """
    for band in reversed(bands):
        if band["from"] is None or number >= band["from"]:
            break
    last = band is bands[-1] and band["to"] == number
    below = band["from"] is not None and number < band["from"]
    if below or not (last or band["to"] is None or number < band["to"]):
        ends = f"{bands[0]['from']} to {bands[-1]['to']}"
        raise RefusedError(f"{number:f} lies outside the scale, {ends}")
    return Decimal(band[value_name(band)])


def _part_within(band: Mapping[str, Any], amount: Decimal, base: Decimal) -> Decimal:
    """The part of an amount, not below zero, that lies in one corridor."""
    end = amount if band["to"] is None else min(amount, band["to"] * base)
    return Decimal(max(end - band["from"] * base, 0))


def share_within(bands: Bands, amount: Decimal, base: Decimal) -> Decimal:
    """The share in an amount, corridor by corridor of a base; as positive or negative as it.

    Each corridor's share takes only the part of the amount that lies in it. Raises RefusedError
    for an amount beyond the last corridor.
    """
    last = bands[-1]["to"]
    if last is not None and abs(amount) > last * base:
        found = f"{amount:f} lies beyond the last band"
        raise RefusedError(f"{found}, which ends at {last:f} of {base:f}")
    return share_by_bands(bands, amount, base)


def share_by_bands(bands: Bands, amount: Decimal, base: Decimal) -> Decimal:
    """As `share_within`, and none of what lies beyond the last corridor."""
    parts = (_part_within(it, abs(amount), base) * Decimal(it[value_name(it)]) for it in bands)
    share = sum(parts, Decimal(0))
    return share if amount > 0 else -share
