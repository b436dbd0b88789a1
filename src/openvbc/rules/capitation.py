"""Capitation, full or partial: a fixed payment for each member and month, settled net.

The order of a contract: the capitation that was earned, rate cell by rate cell; what the capitated
services cost; the surplus or deficit and how it is shared; what is still to be paid after the
capitation that was prepaid and after claims for capitated services that the payer paid anyhow, so
that no service is paid twice. Services outside the capitation stay fee for service, and this
component neither pays nor deducts them. A stratum is a rate cell: an age and sex band, or a tier of
risk. Amounts are dollars in whole cents from the total on.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount, wrong_share
from openvbc.rules.split import cents, entity_part

CELL: Final[frozenset[Axis]] = frozenset({"stratum"})

CAPITATED_COST: Final = Leaf(
    "capitated_cost",
    "usd",
    "cost of the capitated services of these members, whoever paid for them; component "
    "capitated_services adds it up service by service",
    "contract, services covered by the capitation",
)
CAPITATED_PAID_PER_SERVICE: Final = Leaf(
    "capitated_paid_per_service",
    "usd",
    "the part of the cost that the payer paid fee for service although the service is capitated",
    "contract, no double payment of capitated services",
    default=Decimal(0),
)
CARVED_OUT_PAID_PER_SERVICE: Final = Leaf(
    "carved_out_paid_per_service",
    "usd",
    "fee-for-service payments for services outside the capitation",
    "contract, services outside the capitation",
    default=Decimal(0),
)

LEAVES: Final = (
    Leaf(
        "capitation_member_months",
        "months",
        "months of the members in the rate cell while they are in this contract's line of business",
        "contract, capitation payment",
        CELL,
    ),
    Leaf(
        "capitation_rate",
        "usd",
        "capitation for one member and month of the rate cell",
        "contract, capitation rates",
        CELL,
    ),
    Leaf(
        "capitation_risk_factor",
        "score",
        "risk of the cell's members by which the rate is multiplied; 1 is average",
        "contract, risk adjustment of the capitation",
        CELL,
        default=Decimal(1),
    ),
    CAPITATED_COST,
    CAPITATED_PAID_PER_SERVICE,
    CARVED_OUT_PAID_PER_SERVICE,
    Leaf(
        "capitation_prepaid",
        "usd",
        "capitation that the payer has already paid for the period, month by month",
        "contract, capitation payment",
    ),
    Leaf(
        "capitation_share_of_surplus",
        "rate",
        "the entity's share of a surplus: 1 is full capitation",
        "contract, sharing of surplus and deficit",
        default=Decimal(1),
    ),
    Leaf(
        "capitation_share_of_deficit",
        "rate",
        "the entity's share of a deficit; none = as of a surplus",
        "contract, sharing of surplus and deficit",
        default=None,
    ),
    Leaf(
        "capitated_fee_schedule_value",
        "usd",
        "what the capitated services would have been paid by the fee schedule; none = not valued",
        "contract, fee-for-service equivalence",
        default=None,
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "capitation_rate": wrong_amount,
    "capitation_risk_factor": wrong_amount,
    "capitation_share_of_surplus": wrong_share,
    "capitation_share_of_deficit": wrong_share,
}

RESULTS: Final = (
    "capitation_of_cell",
    "capitation_revenue",
    "capitation_surplus",
    "capitation_surplus_rate",
    "capitation_entity_share",
    "capitation_payer_share",
    "capitation_earned",
    "capitation_fee_for_service_equivalence",
    "capitation_and_carve_outs",
    "capitation_amount_due",
)

PAYS: Final = "capitation_amount_due"

_WAY: Final = (
    "capitation_revenue",
    "less capitation_payer_share",
    "capitation_earned",
    "less capitation_prepaid",
    "less capitated_paid_per_service",
    "capitation_amount_due",
)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="42 CFR 422.208(a) (capitation); contract, rates", per=("stratum",))
def capitation_of_cell(
    capitation_member_months: Decimal, capitation_rate: Decimal, capitation_risk_factor: Decimal
) -> Decimal:
    """Member months times the rate of the cell times the risk of its members."""
    require_not_negative(capitation_member_months=capitation_member_months)
    require(CHECKS, capitation_rate=capitation_rate, capitation_risk_factor=capitation_risk_factor)
    return capitation_member_months * capitation_rate * capitation_risk_factor


@rule(unit="usd", cite="contract, capitation payment")
def capitation_revenue(capitation_of_cell: ByStratum) -> Decimal:
    """Capitation of all rate cells, to the cent."""
    if not capitation_of_cell:
        raise RefusedError("found no rate cell; expected at least one stratum")
    return cents(sum(capitation_of_cell.values(), Decimal(0)))


@rule(unit="usd", cite="contract, sharing of surplus and deficit")
def capitation_surplus(
    capitation_revenue: Decimal, capitated_cost: Decimal, capitated_paid_per_service: Decimal
) -> Decimal:
    """Capitation less the cost of the capitated services; below zero is a deficit."""
    if not 0 <= capitated_paid_per_service <= capitated_cost:
        found = f"{capitated_paid_per_service:f} of {capitated_cost:f}"
        raise RefusedError(f"fee for service paid {found}; expected from 0 to the whole cost")
    return capitation_revenue - cents(capitated_cost)


@rule(unit="rate", cite="contract, sharing of surplus and deficit")
def capitation_surplus_rate(
    capitation_surplus: Decimal, capitation_revenue: Decimal
) -> Decimal | None:
    """Surplus or deficit as a share of the capitation; none where no capitation was earned."""
    return capitation_surplus / capitation_revenue if capitation_revenue else None


@rule(unit="usd", cite="contract, sharing of surplus and deficit")
def capitation_entity_share(
    capitation_surplus: Decimal,
    capitation_share_of_surplus: Decimal,
    capitation_share_of_deficit: Decimal | None,
) -> Decimal:
    """The entity's part of the surplus, or of the deficit (below zero), to the cent."""
    require(
        CHECKS,
        capitation_share_of_surplus=capitation_share_of_surplus,
        capitation_share_of_deficit=capitation_share_of_deficit,
    )
    return entity_part(capitation_surplus, capitation_share_of_surplus, capitation_share_of_deficit)


@rule(unit="usd", cite="contract, sharing of surplus and deficit")
def capitation_payer_share(
    capitation_surplus: Decimal, capitation_entity_share: Decimal
) -> Decimal:
    """The rest of the surplus or deficit, so that both parts are the whole to the cent."""
    return capitation_surplus - capitation_entity_share


@rule(unit="usd", cite="contract, sharing of surplus and deficit")
def capitation_earned(capitation_revenue: Decimal, capitation_payer_share: Decimal) -> Decimal:
    """What the payer pays for the capitated services in all, after the surplus is shared."""
    return capitation_revenue - capitation_payer_share


@rule(unit="rate", cite="contract, fee-for-service equivalence")
def capitation_fee_for_service_equivalence(
    capitation_revenue: Decimal, capitated_fee_schedule_value: Decimal | None
) -> Decimal | None:
    """Capitation as a share of what the fee schedule would have paid; it pays nothing."""
    return (
        capitation_revenue / capitated_fee_schedule_value if capitated_fee_schedule_value else None
    )


@rule(unit="usd", cite="contract, services outside the capitation")
def capitation_and_carve_outs(
    capitation_earned: Decimal, carved_out_paid_per_service: Decimal
) -> Decimal:
    """What the payer pays for the members in all: capitated services, and those outside.

    Payments for services outside the capitation stand as they were paid; none comes off.
    """
    require_not_negative(carved_out_paid_per_service=carved_out_paid_per_service)
    return capitation_earned + carved_out_paid_per_service


@rule(unit="usd", cite="contract, settlement of the capitation")
def capitation_amount_due(
    capitation_earned: Decimal, capitation_prepaid: Decimal, capitated_paid_per_service: Decimal
) -> Decimal:
    """What the payer still pays, or the entity pays back (below zero), to the cent.

    Off comes all that was paid before: the prepaid capitation, and claims for capitated services
    that the payer paid although they are in the capitation.
    """
    require_not_negative(capitation_prepaid=capitation_prepaid)
    return cents(capitation_earned - capitation_prepaid - capitated_paid_per_service)
