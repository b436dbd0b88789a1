"""One process's share of a build that several make together, on a folder that all of them see.

Every process walks the same plan. What is not its own it does not make but waits for: the store
says by an address whether a partition stands, so nobody need speak to anybody, and a process that
was killed is started again. Whoever makes the tables over everybody publishes the run.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from openvbc.engine.model import Model
from openvbc.engine.plan import Wave
from openvbc.engine.store import Partition
from openvbc.errors import InputError, Problem

_PAUSE: Final = 0.2
"""Seconds between two looks for a partition that another process makes."""


@dataclass(frozen=True)
class Share:
    """Which buckets of people a process builds, and if it builds the tables over everybody.

    buckets: None for all of them. patience_s: how long it waits for a partition of others.
    """

    buckets: frozenset[int] | None = None
    reduces: bool = True
    patience_s: float = 0

    def makes(self, bucket: int | None) -> bool:
        """Whether a partition is the process's own; None is the place of tables over everybody."""
        if bucket is None:
            return self.reduces
        return self.buckets is None or bucket in self.buckets

    def waves(self, waves: Sequence[Wave]) -> Sequence[Wave]:
        """What must be walked: to the end by who publishes, else to the last wave of people."""
        if self.reduces:
            return waves
        last = max((at for at, wave in enumerate(waves) if wave.span == "person"), default=-1)
        return waves[: last + 1]

    def own_first(self, places: Sequence[int | None], *, is_last: bool) -> list[int | None]:
        """The order of work: nobody waits while there is something to make.

        Whoever does not publish need not wait for others in its last wave.
        """
        own = [it for it in places if self.makes(it)]
        others = [it for it in places if not self.makes(it)]
        return own if is_last and not self.reduces else [*own, *others]

    def wait(
        self,
        model: Model,
        bucket: int | None,
        find: Callable[[], Partition | None],
        stop: threading.Event,
    ) -> Partition:
        """A partition that another process makes, as soon as it stands.

        Raises InputError where it does not come in time.
        """
        until = time.monotonic() + self.patience_s
        while (found := find()) is None:
            if time.monotonic() >= until or stop.wait(_PAUSE):
                raise InputError(Problem(*_missing(model, bucket)))
        return found


def _missing(model: Model, bucket: int | None) -> tuple[str, str]:
    if bucket is None:
        return model.name, "is not there yet; `vbc worker --reduce` makes it. Then start this again"
    where = f"{model.name} (bucket {bucket})"
    return (
        where,
        f"is not there yet; `vbc worker --buckets {bucket}` makes it. Then start this again",
    )
