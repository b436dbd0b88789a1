"""What a load is told besides its files."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

_FOR_ENGINES: Final = Decimal("0.7")
_LEAST_MB: Final = 100


@dataclass(frozen=True)
class LoadOptions:
    """The options that stand on the rows or decide where they lie, and so are part of a load's id.

    buckets is the workspace's number of buckets; line_of_business, where given, replaces what the
    source says on every row; owner, agreement and permitted_purpose go to the `source` table.
    """

    data_source: str
    buckets: int
    received_on: date | None
    line_of_business: str | None
    owner: str
    agreement: str | None
    permitted_purpose: str

    def manifest(self) -> dict[str, Any]:
        """As the load's manifest says them."""
        return {
            "data_source": self.data_source,
            "buckets": self.buckets,
            "received_on": self.received_on.isoformat() if self.received_on else None,
            "as_line_of_business": self.line_of_business,
            "owner": self.owner,
            "agreement": self.agreement,
            "permitted_purpose": self.permitted_purpose,
        }


@dataclass(frozen=True)
class Limits:
    """What a load may use: memory in megabytes in all, threads, and the share of bad rows."""

    memory_mb: int
    threads: int
    max_quarantine: Decimal

    def memory(self, workers: int = 1) -> str:
        """One engine's share of the memory, in DuckDB's text.

        What an engine needs beside its own limit (file buffers, the program) is left free.
        """
        return f"{max(_LEAST_MB, int(self.memory_mb * _FOR_ENGINES) // workers)}MB"
