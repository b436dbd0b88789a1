"""A tally of the kinds of case that a property's generator has produced.

A property that never met a capped, negative or reweighted case has shown nothing about it.
"""

from collections import Counter

import pytest

FEWEST = 100

PARTS = 5
depths = pytest.mark.parametrize(
    "depth", [pytest.param(1, id="some"), pytest.param(PARTS, id="all", marks=pytest.mark.slow)]
)
"""A property whose cases take long: a fifth of them in every run, all of them with `-m slow`."""


class Seen:
    """Counts cases by kind; `check` fails where a kind was met fewer than 100 times.

    depth: how many fifths of the cases are tried, and so of the 100.
    """

    def __init__(self, *kinds: str, depth: int = PARTS) -> None:
        self.kinds = kinds
        self.fewest = FEWEST * depth // PARTS
        self.counts: Counter[str] = Counter()

    def note(self, **kinds: bool) -> None:
        """One case, and of which kinds it is."""
        assert set(kinds) == set(self.kinds), f"noted {sorted(kinds)}, declared {self.kinds}"
        self.counts.update(kind for kind, is_so in kinds.items() if is_so)

    def check(self) -> None:
        """Fail where the generator produced too few cases of a kind."""
        few = {kind: self.counts[kind] for kind in self.kinds if self.counts[kind] < self.fewest}
        assert not few, f"fewer than {self.fewest} cases of {few}"
