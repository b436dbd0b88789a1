"""A tally of the kinds of case that a property's generator has produced.

A property that never met a capped, negative or reweighted case has shown nothing about it.
"""

from collections import Counter

FEWEST = 100


class Seen:
    """Counts cases by kind; `check` fails where a kind was met fewer than 100 times."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds
        self.counts: Counter[str] = Counter()

    def note(self, **kinds: bool) -> None:
        """One case, and of which kinds it is."""
        assert set(kinds) == set(self.kinds), f"noted {sorted(kinds)}, declared {self.kinds}"
        self.counts.update(kind for kind, is_so in kinds.items() if is_so)

    def check(self) -> None:
        """Fail where the generator produced too few cases of a kind."""
        few = {kind: self.counts[kind] for kind in self.kinds if self.counts[kind] < FEWEST}
        assert not few, f"fewer than {FEWEST} cases of {few}"
