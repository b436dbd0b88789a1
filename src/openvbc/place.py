"""A workspace folder: where things lie in it, and what its sources permit.

What needs no contract stands here: who opens a `Place` reads no contract and imports none of what
reads them, so that a question about a statement is answered at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from openvbc.confidentiality.audit import record
from openvbc.confidentiality.release import Release
from openvbc.confidentiality.use import check_use
from openvbc.engine.store import Store
from openvbc.errors import InputError, Problem
from openvbc.settings import SETTINGS_FILE, Settings, place_of, read_settings
from openvbc.sources.loads import loaded_buckets


@dataclass(frozen=True)
class Place:
    """A workspace folder. Everything is read when it is first asked for."""

    root: Path

    @classmethod
    def opened(cls, folder: Path, *purposes: str) -> Self:
        """The workspace in a folder; raises InputError where there is none.

        With purposes: also where a loaded source permits none of them.
        """
        found = cls(folder)
        _ = found.settings
        if purposes:
            found.check_use(*purposes)
        return found

    @cached_property
    def settings(self) -> Settings:
        """vbc.toml, read.

        Raises InputError too where people are loaded in another number of buckets than it says:
        they would be looked for where they are not.
        """
        path = self.root / SETTINGS_FILE
        found = read_settings(path)
        used = loaded_buckets(self.data)
        if used not in {None, found.buckets}:
            what = (
                f"buckets: found {found.buckets}, expected {used}: so many parts the loaded people "
                f"are cut into. Set it to {used}, or load into a new workspace"
            )
            raise InputError(Problem(place_of(path, "buckets"), what))
        return found

    @property
    def data(self) -> Path:
        """Loads, partitions and runs."""
        return self.root / "data"

    @property
    def store(self) -> Store:
        """The store below data/."""
        return Store(self.data)

    def check_use(self, *purposes: str, recipient: str | None = None) -> None:
        """Raise InputError with every loaded source that permits none of the purposes."""
        check_use(self.root, self.data, purposes, recipient)

    def record(
        self, what: str, release: Release, counts: Mapping[str, int], **more: str | None
    ) -> None:
        """Write a line of the audit log; raises InputError where it cannot be written."""
        record(self.data, what, release.purpose, counts, recipient=release.recipient, **more)

    def statement_path(self, settlement: str) -> Path:
        """The latest statement of a settlement, as JSON; the page stands beside it as .html."""
        return self.root / "statements" / f"{settlement}.json"

    def kept_path(self, statement_id: str) -> Path:
        """Where a statement is kept for good."""
        return self.data / "statements" / f"{statement_id}.json"

    def files(self, folder: str) -> list[Path]:
        """The YAML files of a folder; those that an editor or a system hides are not ours."""
        paths = (self.root / folder).glob("[!.]*")
        return sorted(path for path in paths if path.suffix in {".yaml", ".yml"})
