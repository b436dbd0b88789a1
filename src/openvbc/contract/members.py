"""Whose months a contract pays for: members by payer, plan and line of business, in bands.

The clause `members:` makes the member months of a contract a count of the loaded eligibility: which
spans are this contract's, on which day of a month its payment is made (so that what was told later
is a retroactive change), and which rate cell or tier a member's month belongs to.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, StrictInt

from openvbc.contract.component import Component
from openvbc.contract.shape import Shape
from openvbc.errors import Problem, near
from openvbc.yamlfile import where

Amount = Literal["paid", "change", "earned"]
"""Columns of the member table: by the roster of the payment day, told later, and both together."""


@dataclass(frozen=True)
class Family:
    """How a component pays by member and month.

    months: the leaf of its member months; counted: the column that it takes. rates: the leaves
    whose product is one month's amount; several strata of one member (services of a set) add up
    where not by_stratum. prepaid: the leaf of what rosters paid. changes, payments, months_back:
    the leaves of retroactive changes. lines: rule → the column that its amount is the sum of.
    """

    months: str
    counted: Amount
    rates: tuple[str, ...]
    lines: Mapping[str, Amount]
    by_stratum: bool = True
    prepaid: str = ""
    changes: str = ""
    payments: str = ""
    months_back: str = ""

    def leaves(self, *, by_roster: bool) -> tuple[str, ...]:
        """The leaves that the member table supplies; by_roster: a payment day is stated."""
        told = (self.prepaid, self.changes, self.payments) if by_roster else ()
        return tuple(name for name in (self.months, *told) if name)


FAMILIES: Final[Mapping[str, Family]] = {
    "care_management": Family(
        months="care_management_member_months",
        counted="paid",
        rates=("care_management_pmpm",),
        lines={
            "care_management_paid": "paid",
            "care_management_total_paid": "paid",
            "care_management_adjustment": "change",
            "care_management_total_adjustment": "change",
            "care_management_tier_earned": "earned",
            "care_management_earned": "earned",
        },
        changes="care_management_changes",
        payments="care_management_payments",
        months_back="care_management_months_back",
    ),
    "capitation": Family(
        months="capitation_member_months",
        counted="earned",
        rates=("capitation_rate", "capitation_risk_factor"),
        lines={"capitation_of_cell": "earned", "capitation_revenue": "earned"},
        prepaid="capitation_prepaid",
    ),
    "primary_care_prospective": Family(
        months="primary_care_member_months",
        counted="earned",
        rates=("primary_care_rate", "primary_care_hybrid_share"),
        lines={"primary_care_prospective": "earned"},
        prepaid="primary_care_prepaid",
    ),
    "direct_primary_care": Family(
        months="direct_care_member_months",
        counted="earned",
        rates=("direct_care_rate",),
        lines={"direct_care_fee": "earned"},
        by_stratum=False,
        prepaid="direct_care_prepaid",
    ),
}
"""Component → how it pays by member and month."""


class Band(Shape):
    """A rate cell or tier, and which member months are in it; what is left out holds for all.

    Ages are whole years on the month's first day, from and to included. A risk score is from
    risk_from up to, but not including, risk_to. Of several bands that fit, the first holds.
    """

    stratum: str
    age_from: StrictInt | None = Field(default=None, ge=0)
    age_to: StrictInt | None = Field(default=None, ge=0)
    sex: Literal["female", "male"] | None = None
    enrolment_type: str | None = None
    plan: str | None = None
    risk_from: Decimal | None = Field(default=None, ge=0)
    risk_to: Decimal | None = Field(default=None, ge=0)


class Members(Shape):
    """Whose months count: eligibility of the contract's line of business.

    payer, plan: as eligibility names them; left out, all. attributed: only those whom this
    contract of the workspace has assigned. payment_day: the day of each month on which its payment
    is made for the roster known then; left out, there are no retroactive changes. risk_model: which
    score bands by risk go by. bands: component → its bands.
    """

    payer: str | None = None
    plan: str | None = None
    attributed: str | None = None
    payment_day: StrictInt | None = Field(default=None, ge=1, le=28)
    risk_model: str = "hcc"
    bands: dict[str, list[Band]] = Field(default={})


def counted_leaves(clause: Members | None, components: Sequence[Component]) -> frozenset[str]:
    """The leaves that the member table supplies: neither terms nor facts."""
    if clause is None:
        return frozenset()
    by_roster = clause.payment_day is not None
    families = (FAMILIES[it.name] for it in components if it.name in FAMILIES)
    return frozenset(name for it in families for name in it.leaves(by_roster=by_roster))


def members_problems(
    path: Path,
    raw: Mapping[str, Any],
    clause: Members,
    components: Sequence[Component],
    strata: Mapping[str, tuple[str, ...]],
) -> Iterator[Problem]:
    """What a members clause may not say, all of it, each with its line."""
    paying = [it.name for it in components if it.name in FAMILIES]
    if not paying:
        known = ", ".join(FAMILIES)
        what = f"no component pays by member and month; those that do: {known}"
        yield Problem(where(path, raw, "members"), what)
    bands = raw["members"].get("bands") or {}
    for name in clause.bands:
        if name not in paying or not FAMILIES[name].by_stratum:
            what = f"bands of {name}, which has no rate cells here{near(name, paying)}"
            yield Problem(where(path, bands, name), what)
    for name in paying:
        if FAMILIES[name].by_stratum:
            line = where(path, bands, name) if name in bands else where(path, raw, "members")
            own = clause.bands.get(name, [])
            yield from (Problem(line, it) for it in _band_problems(name, own, strata.get(name, ())))


def _band_problems(name: str, bands: Sequence[Band], strata: Sequence[str]) -> Iterator[str]:
    """Bands and strata that do not fit each other, and bands that nobody can reach."""
    if not bands and len(strata) != 1:
        yield f"{name} has {len(strata)} strata; say which members are in which under bands:"
        return
    named = {it.stratum for it in bands}
    for band in bands:
        if band.stratum not in strata:
            yield f"{name} has no stratum {band.stratum}{near(band.stratum, strata)}"
        yield from (f"{name}, {band.stratum}: {it}" for it in _contradictions(band))
    for stratum in strata if bands else ():
        if stratum not in named:
            yield f"no band of {name} leads to {stratum}; add one, or nobody is ever in it"
    for place, band in enumerate(bands):
        first = next((it for it in bands[:place] if _holds_all_of(it, band)), None)
        if first is not None:
            what = f"{name}: band {place + 1} ({band.stratum}) is never reached: every month in it"
            yield f"{what} is in an earlier band ({first.stratum})"


def _contradictions(band: Band) -> Iterator[str]:
    if band.age_from is not None and band.age_to is not None and band.age_to < band.age_from:
        yield f"age_to {band.age_to} is below age_from {band.age_from}"
    if band.risk_from is not None and band.risk_to is not None and band.risk_to <= band.risk_from:
        yield f"risk_to {band.risk_to} is not above risk_from {band.risk_from}"


def _holds_all_of(outer: Band, inner: Band) -> bool:
    """Whether every month that fits the inner band fits the outer one."""
    same = all(
        getattr(outer, it) in {None, getattr(inner, it)} for it in ("sex", "enrolment_type", "plan")
    )
    return (
        same
        and _from_holds(outer.age_from, inner.age_from)
        and _to_holds(outer.age_to, inner.age_to)
        and _from_holds(outer.risk_from, inner.risk_from)
        and _to_holds(outer.risk_to, inner.risk_to)
    )


def _from_holds(outer: Decimal | int | None, inner: Decimal | int | None) -> bool:
    return outer is None or (inner is not None and outer <= inner)


def _to_holds(outer: Decimal | int | None, inner: Decimal | int | None) -> bool:
    return outer is None or (inner is not None and outer >= inner)
