"""Leaving sensitive rows out of what is shown or written.

A claim is withheld whole where any row of it, in any load and any version, is sensitive for
something that its person did not agree to show to this recipient; and of such a person every row
of a table that tells what care was of without saying on which claim. Sums over people and over
contracts stay as they are: a statement's dollars do not change.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from openvbc.confidentiality.codes import SEPARATOR
from openvbc.confidentiality.consent import read_consents
from openvbc.confidentiality.release import Release
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.engine.model import Model
from openvbc.engine.run import Run

WITHHELD: Final = "withheld_claim"
"""The view of claims that are not shown: claim_key, person_id."""

CLAIM_COLUMNS: Final = ("claim_key", "episode_claim_key")
"""Columns by which a table's rows belong to a claim."""

FEW: Final = 11
"""Counts below this, but not zero, are not told (CMS's policy on small cells)."""

_CLAIM_TABLES: Final = ("diagnosis", "medical_claim", "pharmacy_claim", "procedure")
_AGREED: Final = "agreed_category"

HIDDEN: Final = frozenset({WITHHELD, _AGREED})
"""Names in the engine that no question may use."""


class Withholding:
    """What of a run may not be shown in a release. The engine has the run's tables by name."""

    def __init__(self, engine: DuckDBEngine, run: Run, root: Path, release: Release) -> None:
        self._engine = engine
        self._run = run
        self._agreed = _agreed(root, release)
        schema = {"person_id": "VARCHAR", "category": "VARCHAR"}
        engine.rows_as_table(_AGREED, schema, self._agreed)
        parts = " UNION ALL ".join(
            f'SELECT claim_key, person_id, sensitivity FROM "{self._whole(name)}" '
            "WHERE sensitivity <> ''"
            for name in _CLAIM_TABLES
        )
        engine.view(
            WITHHELD,
            f"SELECT DISTINCT row.claim_key, row.person_id FROM ({parts}) AS row "
            f"WHERE {self._not_agreed}",
        )

    def _whole(self, name: str) -> str:
        """All rows of a table, under another name."""
        whole = f"all rows of {name}"
        files = [self._run.store.data / part.path for part in self._run.partitions(name)]
        self._engine.table(whole, files, self._run.models[name].stored_schema)
        return whole

    @property
    def _not_agreed(self) -> str:
        """The condition that a row with a sensitivity has a category that was not agreed to."""
        if not self._agreed:
            return "true"
        categories = f"string_split(row.sensitivity, '{SEPARATOR}')"
        agreed = f"SELECT list(a.category) FROM {_AGREED} AS a WHERE a.person_id = row.person_id"
        return f"NOT list_has_all(coalesce(({agreed}), CAST([] AS VARCHAR[])), {categories})"

    @property
    def shown_claim(self) -> str:
        """The condition on `claim_key` that a claim may be shown."""
        return f"claim_key NOT IN (SELECT claim_key FROM {WITHHELD})"

    @property
    def shown_episode_line(self) -> str:
        """The same of a line of an episode: of its own claim and of the one that triggers it."""
        return f"{self.shown_claim} AND episode_{self.shown_claim}"

    def narrow(self) -> None:
        """Make every table of the engine hold only the rows that may be shown.

        Views over the tables follow them.
        """
        for name, model in self._run.models.items():
            condition = self._shown(model) if model.kind != "view" else None
            if condition is not None:
                sql = f'SELECT row.* FROM "{self._whole(name)}" AS row WHERE {condition}'
                self._engine.view(name, sql)

    def _shown(self, model: Model) -> str | None:
        """The condition that a row of a table may be shown; None where all may."""
        conditions = [
            f"coalesce(row.{it} NOT IN (SELECT claim_key FROM {WITHHELD}), true)"
            for it in CLAIM_COLUMNS
            if it in model.stored_schema
        ]
        if model.tells_care:
            conditions.append(f"row.person_id NOT IN (SELECT person_id FROM {WITHHELD})")
        if "sensitivity" in model.stored_schema:
            plain = "coalesce(row.sensitivity, '') = ''"
            agreed = f"NOT ({self._not_agreed})" if "person_id" in model.schema else "false"
            conditions.append(f"({plain} OR {agreed})")
        return " AND ".join(conditions) or None

    def left_out(self, names: Iterable[str]) -> dict[str, int]:
        """After `narrow`: of these tables, table → rows that were left out, where any were."""
        models = self._run.models
        tables = [it for it in sorted(set(names)) if it in models and self._shown(models[it])]
        found = {}
        for name in tables:
            if models[name].kind != "view":
                shown = int(self._engine.rows(f'SELECT count(*) FROM "{name}"')[0][0])
                found[name] = self._run.rows().get(name, 0) - shown
        return {name: count for name, count in found.items() if count}


def _agreed(root: Path, release: Release) -> list[tuple[str, str]]:
    """Each person and category that may be shown; none where sensitive rows are not asked for."""
    if not release.with_sensitive:
        return []
    return sorted(
        {
            (it.person, category)
            for it in read_consents(root)
            if it.covers(release.recipient, release.day)
            for category in it.categories
        }
    )


def told(count: int) -> str:
    """A number of rows as it may be told: small ones are not."""
    return "fewer than 11" if 0 < count < FEW else f"{count:,}"


def withheld_note(count: int, what: str = "rows") -> str:
    """What is said of rows that were left out; nothing where there are none."""
    if not count:
        return ""
    return f"{told(count)} {what} withheld as sensitive (docs/confidentiality.md)"
