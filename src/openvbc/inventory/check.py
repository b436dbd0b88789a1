"""The checks, declared in checks.yaml: what is held against which threshold, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from openvbc.yamlfile import plain, read_yaml

Severity = Literal["error", "warning", "note"]
Group = Literal["arrival", "completeness", "accuracy", "reasonableness", "sufficiency"]


@dataclass(frozen=True)
class Check:
    """One check.

    measure is the table of measures it reads; a share is the sum of `part` over the sum of
    `whole`, a band the ratio of a month's part/whole to the median month's, a count the sum of
    `part`. of: the claim types that count, all where empty. learned: the severity where the
    expectation was not declared but learned. why: the rule's citation, or the reason in words.
    """

    id: str
    group: Group
    severity: Severity
    says: str
    why: str
    form: Literal["share", "band", "count", "arrival"] = "arrival"
    measure: str = ""
    part: str = ""
    whole: str = ""
    of: tuple[str, ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    learned: Severity | None = None


def _check(name: str, it: Mapping[str, Any]) -> Check:
    numbers = {key: Decimal(it[key]) for key in ("least", "most") if key in it}
    return Check(**{"id": name, **it, **numbers, "of": tuple(it.get("of", ()))})


CHECKS: Final[Mapping[str, Check]] = {
    name: _check(name, it)
    for name, it in plain(read_yaml(Path(__file__).parent / "checks.yaml"))["checks"].items()
}
"""Every check by its id, in the order in which results are shown."""
