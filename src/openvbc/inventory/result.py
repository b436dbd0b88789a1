"""The outcome of one check: counts, never a person's value, small counts left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any, Literal

from openvbc.inventory.check import Check, Severity
from openvbc.inventory.small import SMALL, is_small, shown
from openvbc.money import RULES_CONTEXT, decimal_text, round_half_up

Status = Literal["pass", "fail", "not applicable"]


@dataclass(frozen=True)
class Result:
    """A check held against one scope: a source, or a payer and line of business.

    part and whole are exact; what is shown of them is not where few are counted. people: about
    how many persons are behind whole; None where rows are no persons. details: one line each.
    """

    check: Check
    scope: str
    status: Status
    severity: Severity
    threshold: str
    part: int | None = None
    whole: int | None = None
    people: int | None = None
    details: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether the check failed with severity error."""
        return self.status == "fail" and self.severity == "error"

    @property
    def is_hidden(self) -> bool:
        """Whether what passes or what fails, or all that is counted, is too few to be shown."""
        if self.part is None or self.whole is None:
            return False
        few = self.people is not None and is_small(self.people)
        return few or any(is_small(it) for it in (self.part, self.whole, self.whole - self.part))

    @property
    def _is_of_people(self) -> bool:
        """Whether persons, or rows of persons, are counted; not so where months are."""
        return self.check.measure != "month" or self.check.part == "average_members"

    @property
    def share(self) -> Decimal | None:
        """Part of whole, exact; None where there is nothing."""
        if self.part is None or not self.whole:
            return None
        with localcontext(RULES_CONTEXT):
            return Decimal(self.part) / Decimal(self.whole)

    @property
    def found(self) -> str:
        """What was found, in words that can be shown; details say more."""
        if self.check.form == "share" and self.whole is not None:
            return self._share_found()
        if self.check.form == "count" and self.part is not None:
            return shown(self.part) if self._is_of_people else f"{self.part:,}"
        if self.status == "not applicable":
            return ""
        return f"{len(self.details)} found" if self.details else "none"

    def _share_found(self) -> str:
        if self.whole == 0 or self.share is None:
            return "nothing to count"
        whole, part = self.whole or 0, self.part or 0
        if not self.is_hidden:
            return f"{percent(self.share)} ({part:,} of {whole:,})"
        if is_small(whole) or (self.people is not None and is_small(self.people)):
            return f"of {SMALL}"
        return f"{SMALL} of {whole:,}" if is_small(part) else f"all but {SMALL} of {whole:,}"

    def _is_few(self, count: int | None) -> bool:
        return self._is_of_people and is_small(count or 0)

    def to_json(self) -> Mapping[str, Any]:
        """The result for other programs; hidden counts are null."""
        hidden = self.is_hidden and self.check.form == "share"
        return {
            "check": self.check.id,
            "group": self.check.group,
            "scope": self.scope,
            "status": self.status,
            "severity": self.severity,
            "threshold": self.threshold,
            "found": self.found,
            "part": None if hidden or self._is_few(self.part) else self.part,
            "whole": None if self._is_few(self.whole) else self.whole,
            "says": self.check.says,
            "why": self.check.why,
            "details": list(self.details),
        }


def percent(share: Decimal) -> str:
    """A share as a percentage with one decimal, never rounded up to all or down to none."""
    with localcontext(RULES_CONTEXT):
        value = round_half_up(share * 100, 1)
        if share < 1 <= value / 100:
            return "just under 100%"
        if value == 0 < share:
            return "just over 0%"
    return f"{decimal_text(value)}%"
