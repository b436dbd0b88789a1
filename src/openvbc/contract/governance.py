"""Who decides on a contract's rules and distributions, and which documents they need."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, StrictBool, StrictInt

from openvbc.contract.shape import Shape
from openvbc.errors import Problem
from openvbc.yamlfile import where

Protection = Literal[
    "mssp_participation_waiver",
    "mssp_distribution_waiver",
    "stark_full_financial_risk",
    "stark_meaningful_downside_risk",
    "stark_value_based_arrangement",
    "stark_risk_sharing",
    "stark_employment",
    "aks_care_coordination",
    "aks_substantial_downside_risk",
    "aks_full_financial_risk",
    "aks_managed_care",
    "aks_employment",
]
"""The waivers, exceptions and safe harbors with a list of documents: governance/checklists.yaml."""

Majority = Literal["simple", "two_thirds", "three_quarters", "unanimous"]


class Seat(Shape):
    """A seat of the governing body; required: nothing is adopted without its recorded vote."""

    seat: str
    kind: str
    required: StrictBool = False


class Governance(Shape):
    """The governance clause of a contract.

    quorum: how many seats must have voted, abstentions included. majority: of the votes for and
    against: simple is more than half, the others are at least that part. each_distribution: every
    statement needs a determination of its own, not only the rules. protections: what makes the
    payment lawful; their documents are required. state: whose insurance law holds for losses that
    participants bear. medicaid_incentive: the limit of 42 CFR 438.6(b)(2) is tested.
    """

    body: str
    seats: list[Seat] = Field(min_length=1)
    quorum: StrictInt = Field(ge=1)
    majority: Majority = "simple"
    each_distribution: StrictBool = False
    protections: list[Protection] = Field([])
    state: str | None = Field(None, pattern=r"^[A-Z]{2}$")
    medicaid_incentive: StrictBool = False


def governance_problems(
    path: Path, raw: Mapping[str, Any], governance: Governance
) -> Iterator[Problem]:
    """What is wrong with a governance clause, each with its line."""
    clause = raw["governance"]
    seats = [it.seat for it in governance.seats]
    for name in sorted({it for it in seats if seats.count(it) > 1}):
        yield Problem(where(path, clause, "seats"), f"seat {name} stands twice")
    if governance.quorum > len(seats):
        what = f"quorum {governance.quorum} is more than the {len(seats)} seats"
        yield Problem(where(path, clause, "quorum"), what)
