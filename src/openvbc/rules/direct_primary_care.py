"""Direct primary care: a fixed fee for each member and month for a stated set of services.

The order of a contract: the services of the set, each with its part of the monthly fee; the fee for
all member months; what was paid in advance; what was promised of each service and what was
delivered, which is shown. The fee stands at risk for guarantees (component `guarantee`), whose
credits come off there. A stratum is a service of the set. Amounts are dollars in whole cents.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.rules.check import require_not_negative
from openvbc.rules.rule import Axis, ByStratum, Leaf, RefusedError, rule
from openvbc.rules.scale import Check, require, wrong_amount
from openvbc.rules.split import cents

SERVICE: Final[frozenset[Axis]] = frozenset({"stratum"})

LEAVES: Final = (
    Leaf(
        "direct_care_member_months",
        "months",
        "months of the employees and dependents who are enrolled",
        "contract, enrolled members",
    ),
    Leaf(
        "direct_care_rate",
        "usd",
        "the service's part of the fee for one member and month; 0 where it is without a price",
        "contract, service set and fee",
        SERVICE,
        default=Decimal(0),
    ),
    Leaf(
        "direct_care_promised",
        "count",
        "how much of the service is promised (visits, days with a same-day appointment, …); none = "
        "as much as is needed",
        "contract, service set and fee",
        SERVICE,
        default=None,
    ),
    Leaf(
        "direct_care_delivered",
        "count",
        "how much of the service was delivered, in the same unit; none = not counted",
        "contract, service set and fee",
        SERVICE,
        default=None,
    ),
    Leaf(
        "direct_care_prepaid",
        "usd",
        "fees that the payer has already paid for the period",
        "contract, payment of the fee",
        default=Decimal(0),
    ),
)

CHECKS: Final[Mapping[str, Check]] = {"direct_care_rate": wrong_amount}

RESULTS: Final = (
    "direct_care_service_fee",
    "direct_care_delivery_rate",
    "direct_care_monthly_rate",
    "direct_care_fee",
    "fee_at_risk",
    "direct_care_amount_due",
)

PAYS: Final = "direct_care_amount_due"

_WAY: Final = ("direct_care_fee", "less direct_care_prepaid", "direct_care_amount_due")

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


@rule(unit="usd", cite="contract, service set and fee", per=("stratum",))
def direct_care_service_fee(
    direct_care_member_months: Decimal, direct_care_rate: Decimal
) -> Decimal:
    """The service's part of the fee for all member months."""
    require_not_negative(direct_care_member_months=direct_care_member_months)
    require(CHECKS, direct_care_rate=direct_care_rate)
    return direct_care_member_months * direct_care_rate


@rule(unit="rate", cite="contract, service set and fee", per=("stratum",))
def direct_care_delivery_rate(
    direct_care_promised: Decimal | None, direct_care_delivered: Decimal | None
) -> Decimal | None:
    """Delivered as a share of promised; none where either is not counted. It pays nothing."""
    if not direct_care_promised or direct_care_delivered is None:
        return None
    require_not_negative(
        direct_care_promised=direct_care_promised, direct_care_delivered=direct_care_delivered
    )
    return direct_care_delivered / direct_care_promised


@rule(unit="usd", cite="contract, service set and fee")
def direct_care_monthly_rate(direct_care_rate: ByStratum) -> Decimal:
    """Fee for one member and month: all services of the set together."""
    if not direct_care_rate:
        raise RefusedError("found no service; expected at least one stratum")
    return sum(direct_care_rate.values(), Decimal(0))


@rule(unit="usd", cite="contract, service set and fee")
def direct_care_fee(direct_care_service_fee: ByStratum) -> Decimal:
    """Fee of the period, to the cent."""
    return cents(sum(direct_care_service_fee.values(), Decimal(0)))


@rule(unit="usd", cite="contract, fees at risk")
def fee_at_risk(direct_care_fee: Decimal) -> Decimal:
    """The fee that guarantees are held against: all of it."""
    return direct_care_fee


@rule(unit="usd", cite="contract, payment of the fee")
def direct_care_amount_due(direct_care_fee: Decimal, direct_care_prepaid: Decimal) -> Decimal:
    """What is still to be paid of the fee, or to be paid back (below zero), to the cent."""
    require_not_negative(direct_care_prepaid=direct_care_prepaid)
    return cents(direct_care_fee - direct_care_prepaid)
