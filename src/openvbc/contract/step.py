"""The step of a plan of several years that is in force, as a settlement under it must say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class StepInForce:
    """Which step of which plan gives a settlement its terms, and what decided it.

    sha256: of the plan's file. why: the conditions with what was found. decided_by: the id of the
    statement of the year before; None where the step follows from no statement. terms: the names
    that the step gives.
    """

    plan: str
    sha256: str
    step: int
    why: str
    decided_by: str | None
    terms: frozenset[str]

    def to_json(self) -> dict[str, Any]:
        """The step as the statement states it."""
        return {
            "id": self.plan,
            "sha256": self.sha256,
            "step": self.step,
            "why": self.why,
            "decided_by": self.decided_by,
        }

    def source(self, name: str) -> Mapping[str, Any]:
        """What a term's source says beside its file and line; nothing where it is no step's."""
        if name not in self.terms:
            return {}
        return {"plan": self.plan, "step": self.step, "decided_by": self.decided_by}
