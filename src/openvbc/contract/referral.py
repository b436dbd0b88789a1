"""The static check that no part of a distribution goes by the volume of referrals.

It reads names. What a number under an allowed name was made of is for the governing body to see.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

RULE: Final = (
    "nobody's part may go by the volume or value of referrals or other business generated "
    "(42 CFR 411.354(d)(5), 411.357(aa), 1001.952(ee)-(gg), 425.305(b))"
)

WORDS: Final = re.compile(
    r"(^|_)(referr|admission|admits?(_|$)|admitted|order(s|ed|ing)?(_|$)|prescri|scripts?(_|$)|"
    r"volume|leakage|keepage|steer|in_(network|system)|ancillar|imaging|lab(s|oratory)?(_|$)|"
    r"procedures?(_|$)|surger|transfers?(_|$)|encounters?(_|$)|visits?(_|$)|rvus?(_|$)|revenue|"
    r"billed|billing|claims?(_|$)|dhs(_|$)|downstream)"
)
"""Parts of names that count what a participant sends, orders, prescribes or brings in."""


def names_referrals(name: str) -> bool:
    """Whether a name is that of a count of referrals, orders or other business generated."""
    return bool(WORDS.search(re.sub(r"[^a-z0-9]+", "_", name.lower())))


def named_in(raw: Any) -> Iterator[tuple[Any, str]]:
    """Every key or word of a clause that names referrals, with the mapping that knows its line."""
    if isinstance(raw, dict):
        for key, value in raw.items():
            if names_referrals(str(key)):
                yield raw, str(key)
            if key != "agreed":  # its keys are participants
                yield from _named_value(raw, str(key), value)


def _named_value(raw: Any, key: str, value: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(value, dict):
        yield from named_in(value)
    elif isinstance(value, list):
        for item in value:
            yield from named_in(item)
    elif key == "measure" and names_referrals(str(value)):
        yield raw, key
