"""Who shares what an entity earns or owes: groups, weights, gates, limits, the last cent.

The shapes only; what a clause may not say is in `distribution_check.py`, the arithmetic in
`openvbc.distribute`. Money is in dollars, shares are parts of 1.
"""

from decimal import Decimal
from typing import Final, Literal

from pydantic import Field, StrictInt

from openvbc.contract.shape import Shape

BASES: Final = (
    "panel",
    "performance",
    "quality",
    "equal",
    "tenure",
    "need",
    "episode_savings_quality",
)
"""What a group's pool may be split by. The list is closed: none of them counts referrals."""

LOSS_BASES: Final = ("panel", "equal", "tenure")
"""What a loss may be split by: never by what is better the more there is of it."""

GATE_MEASURES: Final = ("panel", "performance", "quality", "tenure", "need")

Forfeit = Literal["group", "reserve", "entity"]
Kind = Literal[
    "primary_care", "specialty", "hospital", "post_acute", "infrastructure", "reserve", "other"
]


class Gate(Shape):
    """A measure that a participant reaches or forfeits its part.

    forfeit: to whom it goes: the rest of the group, the reserve, or it stays with the entity.
    """

    measure: str
    at_least: Decimal
    forfeit: Forfeit = "group"


class Credibility(Shape):
    """From how many lives a participant's own rates count in full."""

    full_at: StrictInt = Field(ge=1)


class Losses(Shape):
    """A group's part of a loss: its share, what it is split by, the most one participant bears."""

    share: Decimal = Field(ge=0, le=1)
    basis: dict[str, Decimal] = Field({})
    cap: Decimal | None = Field(None, ge=0)


class Group(Shape):
    """A group of participants with its share of the pool.

    basis: weights of what it is split by, together 1. agreed: instead, each participant's share,
    together 1. With neither the group is one account, kept whole (infrastructure, a reserve).
    floor, ceiling: the least and the most, in dollars, of a participant that passes the gates.
    """

    group: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    kind: Kind
    share: Decimal = Field(ge=0, le=1)
    basis: dict[str, Decimal] = Field({})
    agreed: dict[str, Decimal] = Field({})
    gates: list[Gate] = Field([])
    floor: Decimal = Field(Decimal(0), ge=0)
    ceiling: Decimal | None = Field(None, ge=0)
    credibility: Credibility | None = None
    losses: Losses | None = None

    @property
    def kept_whole(self) -> bool:
        """Whether the group is one account."""
        return not self.basis and not self.agreed


class Distribution(Shape):
    """The distribution clause of a contract.

    line: the path of the statement's line that is shared; share: how much of it. participants: a
    CSV file beside the settlements; {period} in its name is the settlement's period.
    """

    line: str
    share: Decimal = Field(Decimal(1), gt=0, le=1)
    participants: str | None = None
    groups: list[Group] = Field(min_length=1)

    @property
    def reserve(self) -> str | None:
        """The group that is the reserve."""
        return next((it.group for it in self.groups if it.kind == "reserve"), None)
