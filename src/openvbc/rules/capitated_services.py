"""Which services are in the capitation: their cost, and what the payer paid fee for service.

It adds up, service by service, the sums that component `capitation` works with, and pays nothing
by itself. A claim paid for a capitated service is a deduction there; a claim paid for a service
outside the capitation (a carve-out) stays fee for service. A stratum is a service.
"""

from decimal import Decimal
from typing import Final

from openvbc.rules.capitation import CELL
from openvbc.rules.rule import ByStratum, Leaf, RefusedError, rule

LEAVES: Final = (
    Leaf(
        "service_in_capitation",
        "flag",
        "whether the capitation covers the service; if not, it is carved out",
        "contract, services covered by the capitation",
        CELL,
    ),
    Leaf(
        "service_cost",
        "usd",
        "what the members' services of this kind cost, whoever paid for them",
        "contract, services covered by the capitation",
        CELL,
    ),
    Leaf(
        "service_paid_per_service",
        "usd",
        "the part of the cost that the payer paid fee for service",
        "contract, services covered by the capitation",
        CELL,
        default=Decimal(0),
    ),
)

RESULTS: Final = (
    "service_deducted",
    "service_outside_capitation",
    "capitated_cost",
    "capitated_paid_per_service",
    "carved_out_paid_per_service",
)


@rule(unit="usd", cite="contract, services covered by the capitation", per=("stratum",))
def service_capitated_cost(
    service_in_capitation: bool, service_cost: Decimal, service_paid_per_service: Decimal
) -> Decimal:
    """Cost of the service that the capitation has to cover; 0 where it is carved out."""
    if not 0 <= service_paid_per_service <= service_cost:
        found = f"{service_paid_per_service:f} of {service_cost:f}"
        raise RefusedError(f"fee for service paid {found}; expected from 0 to the whole cost")
    return service_cost if service_in_capitation else Decimal(0)


@rule(unit="usd", cite="contract, no double payment of capitated services", per=("stratum",))
def service_deducted(service_in_capitation: bool, service_paid_per_service: Decimal) -> Decimal:
    """Fee-for-service payments that come off the capitation, because they are in it."""
    return service_paid_per_service if service_in_capitation else Decimal(0)


@rule(unit="usd", cite="contract, services outside the capitation", per=("stratum",))
def service_outside_capitation(
    service_paid_per_service: Decimal, service_deducted: Decimal
) -> Decimal:
    """Fee-for-service payments that stand, because the service is carved out."""
    return service_paid_per_service - service_deducted


@rule(unit="usd", cite="contract, services covered by the capitation")
def capitated_cost(service_capitated_cost: ByStratum) -> Decimal:
    """Cost of all capitated services."""
    return sum(service_capitated_cost.values(), Decimal(0))


@rule(unit="usd", cite="contract, no double payment of capitated services")
def capitated_paid_per_service(service_deducted: ByStratum) -> Decimal:
    """Fee-for-service payments for capitated services."""
    return sum(service_deducted.values(), Decimal(0))


@rule(unit="usd", cite="contract, services outside the capitation")
def carved_out_paid_per_service(service_outside_capitation: ByStratum) -> Decimal:
    """Fee-for-service payments for services outside the capitation."""
    return sum(service_outside_capitation.values(), Decimal(0))
