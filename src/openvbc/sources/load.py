"""`load`: read a source once, keep what is right, set aside what is not, publish it whole."""

import re
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Final

from openvbc.engine.disk import writing
from openvbc.engine.lock import only_one
from openvbc.errors import InputError, Problem
from openvbc.sources.arrivals import arriving
from openvbc.sources.loading import Loading, Progress, sweep
from openvbc.sources.loads import LOCK, standing
from openvbc.sources.options import Limits, LoadOptions
from openvbc.sources.result import LoadResult, TableCount

__all__ = ["LoadResult", "Progress", "TableCount", "load"]

_MEMORY: Final = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[MG])i?B", re.IGNORECASE)
_MEGABYTES: Final = {"M": 1, "G": 1000}


def load(
    workspace_data: Path,
    source: Path,
    *,
    kind: str | None = None,
    buckets: int,
    data_source: str,
    max_quarantine: Decimal = Decimal("0.01"),
    received_on: date | None = None,
    as_line_of_business: str | None = None,
    owner: str | None = None,
    agreement: str | None = None,
    permitted_purpose: str = "payment; operations",
    memory_limit: str = "1GB",
    threads: int = 2,
    progress: Progress | None = None,
) -> LoadResult:
    """Load a folder (or one file) into `<workspace_data>/loads/<load_id>`.

    kind is recognised from the files when None. max_quarantine is the share of rows that may be
    set aside. owner is data_source when None. Raises InputError, with every problem found, where
    the source cannot be read or too much of it is wrong; then nothing is stored, and rows set
    aside are listed in `<workspace_data>/refused/<load_id>.csv`. Whatever becomes of it, the trail
    of arrivals (sources.arrivals) notes that it came. Loads of one workspace come one
    after the other: this one waits for another that is on its way. A disk that is full is said as
    that, and nothing is stored either.
    """
    options = LoadOptions(
        data_source=data_source,
        buckets=buckets,
        received_on=received_on,
        line_of_business=as_line_of_business,
        owner=owner or data_source,
        agreement=agreement,
        permitted_purpose=permitted_purpose,
    )
    limits = Limits(_megabytes(memory_limit), threads, max_quarantine)
    arrived = arriving(workspace_data, source, data_source, kind, received_on)
    full = partial(writing, workspace_data)  # also where the trail itself cannot be written
    with full(), only_one(workspace_data / LOCK, wait=True), arrived as arrival, full():
        _check_workspace(workspace_data, options)
        sweep(workspace_data)
        try:
            loading = Loading(workspace_data, source, kind, options, limits, progress)
            arrival.files = loading.files
            result = loading.run()
            arrival.done(result)
            return result
        finally:
            sweep(workspace_data)


def _megabytes(limit: str) -> int:
    match = _MEMORY.fullmatch(limit.strip())
    if match is None:
        what = f"found {limit!r}, expected megabytes or gigabytes such as 800MB or 1.5GB"
        raise InputError(Problem("memory limit", what))
    return int(Decimal(match["number"]) * _MEGABYTES[match["unit"].upper()])


def _check_workspace(data: Path, options: LoadOptions) -> None:
    """All loads of a workspace must have the same number of buckets."""
    used = standing(data).buckets
    if used - {options.buckets}:
        found = ", ".join(map(str, sorted(used)))
        what = (
            f"has loads in {found} buckets, asked for {options.buckets}; load into a new workspace"
        )
        raise InputError(Problem(str(data), what))
