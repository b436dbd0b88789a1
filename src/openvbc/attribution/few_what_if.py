"""What a practice would change, as it may be told to others: nothing of 1 to 10 people.

What is told of all and of each enrolment type but one tells of that one, and what was and what
would be tell who came: so types are told only where none of their counts is few, and what would be
only where neither those who come nor those who go are.
"""

from collections.abc import Iterator
from dataclasses import replace

from openvbc.attribution.what_if import ALL, Figures, WhatIf
from openvbc.confidentiality.withhold import FEW


def told_what_if(found: WhatIf) -> WhatIf:
    """The same with empty sides and numbers in the place of what is not told."""
    if not _few(_counts(found, found.before, found.after)):
        return found
    all_before, all_after = (
        tuple(it for it in side if it.enrolment_type == ALL) for side in (found.before, found.after)
    )
    if not _few(_counts(found, all_before, all_after)):
        return replace(found, before=all_before, after=all_after)
    few_before = _few(it.persons for it in all_before)
    return replace(
        found,
        before=() if few_before else all_before,
        after=(),
        people_before=None if few_before else found.people_before,
        people_after=None,
        gained=None,
        lost=None,
    )


def _counts(
    found: WhatIf, before: tuple[Figures, ...], after: tuple[Figures, ...]
) -> Iterator[int]:
    """Every number of people that could be had of these."""
    yield from (found.gained or 0, found.lost or 0)
    for old, new in zip(before, after, strict=True):
        yield from (old.persons, new.persons, abs(new.persons - old.persons))


def _few(counts: Iterator[int]) -> bool:
    return any(0 < it < FEW for it in counts)
