"""What a program with published results brings: how to know its files and how to recompute them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from openvbc.replicate.replication import Profile, Replication

Group = tuple[Path, ...]
"""Files that are recomputed together."""


def one_by_one(paths: Sequence[Path]) -> list[Group]:
    """Each file is recomputed by itself."""
    return [(path,) for path in paths]


@dataclass(frozen=True)
class PublishedProgram:
    """A program whose published results can be recomputed.

    knows: whether a file looks like one of its files; it never raises. replicate: recompute the
    files of one group; the number is the performance or fiscal year where it must be said. It
    raises InputError where a file, its year or a needed column cannot be made out. groups: which
    of the files belong together (the domains of one fiscal year); it never raises.
    """

    profile: Profile
    knows: Callable[[Path], bool]
    replicate: Callable[[Group, int | None], Replication]
    groups: Callable[[Sequence[Path]], Sequence[Group]] = one_by_one
