"""Services promised with a care-management payment, beside those delivered.

A part of `care_management`. It is shown and moves no payment: a credit for what is missing is
another component's (`guarantee`).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from openvbc.money import decimal_text
from openvbc.rules.check import require_not_negative
from openvbc.rules.episode import total
from openvbc.rules.rule import ByStratum, Leaf, RefusedError, Unknown, rule
from openvbc.rules.scale import Check, require

Services = Sequence[Mapping[str, Any]]

MONTHS_IN_YEAR: Final = Decimal(12)

CLAUSE: Final = "contract, services that the payment is for"


def _wrong_service(number: int, entry: Mapping[str, Any], key: str) -> Iterator[str]:
    """What is wrong with one service of a list."""
    if set(entry) != {"service", key}:
        yield f"service {number} has {', '.join(entry)}; expected service and {key}"
    elif not isinstance(entry[key], Decimal) or entry[key] < 0:
        yield f"{entry['service']}: {key} is {entry[key]}; expected 0 or more"


def wrong_services(services: Services, key: str) -> str | None:
    """What is wrong with a list of services, each with a number under a key; None where nothing."""
    wrong = [it for n, entry in enumerate(services, 1) for it in _wrong_service(n, entry, key)]
    names = [entry.get("service") for entry in services]
    wrong += [f"{it} stands twice" for it in dict.fromkeys(names) if names.count(it) > 1]
    return "; ".join(wrong) or None


CHECKS: Final[Mapping[str, Check]] = {
    "care_service_set": lambda services: wrong_services(services, "per_member_year"),
    "care_services_delivered": lambda services: wrong_services(services, "delivered"),
}
"""What each list of services must be."""

LEAVES: Final = (
    Leaf(
        "care_service_set",
        "brackets",
        "services promised to each member: service, per_member_year; none = no set was agreed",
        CLAUSE,
        default=None,
    ),
    Leaf(
        "care_services_delivered",
        "brackets",
        "services delivered in the period: service, delivered (a count); none = not reported",
        CLAUSE,
        default=None,
    ),
)

RESULT_NAMES: Final = ("care_service_table", "care_services_kept", "care_services_short")


@rule(unit="brackets", cite=CLAUSE)
def care_service_table(
    care_service_set: Services | None,
    care_services_delivered: Services | None,
    care_management_member_months_earned: ByStratum,
) -> tuple[Mapping[str, Any], ...] | Unknown | None:
    """Each service with the number promised to the period's members and the number delivered."""
    require(
        CHECKS, care_service_set=care_service_set, care_services_delivered=care_services_delivered
    )
    if care_service_set is None:
        return None
    if care_services_delivered is None:
        return Unknown("services delivered are not reported")
    member_years = total(care_management_member_months_earned) / MONTHS_IN_YEAR
    return service_table(care_service_set, care_services_delivered, member_years)


def service_table(
    promised: Services, delivered: Services, member_years: Decimal
) -> tuple[Mapping[str, Any], ...]:
    """Service, promised, delivered, in the order of the promise.

    Raises RefusedError where the two lists do not name the same services: silence is no delivery of
    nothing.
    """
    require_not_negative(member_years=member_years)
    counts = {entry["service"]: entry["delivered"] for entry in delivered}
    rates = {entry["service"]: entry["per_member_year"] for entry in promised}
    if counts.keys() != rates.keys():
        differ = ", ".join(sorted(counts.keys() ^ rates.keys()))
        raise RefusedError(f"promised or delivered, but not both: {differ}")
    return tuple(
        {"service": name, "promised": rate * member_years, "delivered": counts[name]}
        for name, rate in rates.items()
    )


@rule(unit="rate", cite=CLAUSE)
def care_services_kept(care_service_table: Services | None) -> Decimal | None:
    """Share of the services that were delivered as often as promised; none without a set."""
    if not care_service_table:
        return None
    kept = sum(entry["delivered"] >= entry["promised"] for entry in care_service_table)
    return Decimal(kept) / len(care_service_table)


@rule(unit="text", cite=CLAUSE)
def care_services_short(care_service_table: Services | None) -> str | None:
    """The services delivered less often than promised, each with both numbers; none if all kept."""
    short = (
        f"{entry['service']} {decimal_text(entry['delivered'])} of "
        f"{decimal_text(entry['promised'])}"
        for entry in care_service_table or ()
        if entry["delivered"] < entry["promised"]
    )
    return ", ".join(short) or None
