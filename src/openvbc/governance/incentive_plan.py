"""Limits on incentives: physician incentive plans, and Medicaid incentive arrangements.

42 CFR 422.208 (by 438.3(i) also for Medicaid managed care): a plan that puts physicians at
substantial financial risk for services they do not furnish themselves needs stop-loss protection.
42 CFR 438.6(b)(2): capitation with an incentive is at most 105 % of the approved capitation.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from openvbc.contract.contract import Contract
from openvbc.contract.display import shown
from openvbc.contract.governance import Governance
from openvbc.errors import OpenVBCError
from openvbc.governance.book import Book
from openvbc.governance.records import IncentiveArrangement, IncentivePlan, StopLoss
from openvbc.parameters import DatedValue, Parameter, read_parameters

PATH: Final = Path(__file__).with_name("law.yaml")
LINES: Final = frozenset({"medicare_advantage", "medicaid", "medicaid_managed_care"})
"""Lines of business whose plans 42 CFR 422.208 holds for."""

Dated = TypeVar("Dated", IncentivePlan, IncentiveArrangement)


@cache
def law() -> Mapping[str, Parameter]:
    """The limits, dated and cited."""
    return read_parameters(PATH)


def _on(name: str, day: date) -> DatedValue:
    return law()[name].on(day)


def tests(
    book: Book, contract: Contract, governance: Governance, first: date, last: date
) -> list[str]:
    """What the limits say against a distribution for a period; empty where nothing."""
    found: list[str] = []
    if contract.shape.line_of_business in LINES:
        plan = _of_period(book.of(contract.id, IncentivePlan), first, last)
        lacking = f"no incentive_plan record covers {first} to {last} (42 CFR 422.208, 438.3(i))"
        found += incentive_plan(plan) if plan else [lacking]
    if governance.medicaid_incentive:
        given = _of_period(book.of(contract.id, IncentiveArrangement), first, last)
        lacking = f"no incentive_arrangement record covers {first} to {last} (42 CFR 438.6(b)(2))"
        found += incentive_arrangement(given) if given else [lacking]
    return found


def _of_period(records: Sequence[Dated], first: date, last: date) -> Dated | None:
    """The latest record that covers a period."""
    fitting = [it for it in records if it.first_day <= first and last <= it.last_day]
    return fitting[-1] if fitting else None


def incentive_plan(plan: IncentivePlan) -> list[str]:
    """Why a plan may not be paid under; empty where it may.

    At most 25 % of potential payments at risk, or a panel of more than 25,000, needs nothing.
    """
    limit = _on("substantial_risk_share", plan.first_day)
    panel = _on("large_panel", plan.first_day)
    if plan.at_risk <= limit.value * plan.potential_payments or plan.panel_size > panel.value:
        return []
    share = shown(str(plan.at_risk / plan.potential_payments), "rate")
    what = (
        f"{share} of potential payments is at risk for referral services, more than "
        f"{shown(str(limit.value), 'rate')} ({limit.cite}); with a panel of {plan.panel_size:,}"
    )
    if plan.stop_loss is None:
        return [f"{what} stop-loss protection is required: {_required(plan)}"]
    return [f"{what} {it}" for it in _stop_loss(plan, plan.stop_loss)]


def _required(plan: IncentivePlan) -> str:
    """The protection that would do, in words."""
    coverage = shown(str(_on("stop_loss_coverage", plan.first_day).value), "rate")
    deductible = _deductibles(plan)
    if deductible is None:
        return f"{coverage} above the deductible of the table that CMS publishes"
    amount = shown(str(deductible["combined"]), "usd")
    return f"{coverage} above at most {amount} a patient, combined"


def _stop_loss(plan: IncentivePlan, held: StopLoss) -> Iterator[str]:
    coverage = _on("stop_loss_coverage", plan.first_day)
    if held.coverage < coverage.value:
        found, least = (shown(str(it), "rate") for it in (held.coverage, coverage.value))
        yield f"stop-loss protection pays {found}; at least {least} is required ({coverage.cite})"
    if held.kind == "aggregate":
        yield from _aggregate(plan, held)
    else:
        yield from _per_patient(plan, held)


def _aggregate(plan: IncentivePlan, held: StopLoss) -> Iterator[str]:
    limit = _on("aggregate_attachment", plan.first_day)
    if held.attachment_share is None or held.attachment_share > limit.value:
        most = shown(str(limit.value), "rate")
        yield f"aggregate stop-loss must begin at {most} of potential payments ({limit.cite})"


def _deductibles(plan: IncentivePlan) -> Mapping[str, Decimal] | None:
    """The highest deductibles for the panel: CMS's as recorded, or the regulation's table."""
    if plan.required_deductible is not None and plan.required_deductible_source:
        return {"combined": plan.required_deductible}
    try:
        bands = _on("stop_loss_deductible", plan.first_day).value
    except OpenVBCError:
        return None
    return next((it for it in bands if it["from"] <= plan.panel_size <= it["to"]), None)


def _per_patient(plan: IncentivePlan, held: StopLoss) -> Iterator[str]:
    most = _deductibles(plan)
    if most is None:
        yield (
            f"the deductible is not known: on {plan.first_day} it stands in the table that CMS "
            "publishes (42 CFR 422.208(f)(2)); give required_deductible and its source"
        )
        return
    names = ["combined"] if held.combined is not None else ["institutional", "professional"]
    given = {name: getattr(held, name) for name in names}
    for name, amount in given.items():
        if name not in most:
            yield f"a separate {name} deductible is held, and the record gives only a combined one"
        elif amount is None or amount > most[name]:
            found = "none" if amount is None else shown(str(amount), "usd")
            limit = shown(str(most[name]), "usd")
            yield f"the {name} deductible is {found}; at most {limit} (42 CFR 422.208(f)(2))"


def incentive_arrangement(given: IncentiveArrangement) -> list[str]:
    """Why a Medicaid incentive may not be paid; empty where it may."""
    limit = _on("medicaid_incentive_limit", given.first_day)
    most = given.capitation * limit.value
    total = given.capitation + given.incentive
    if total <= most:
        return []
    paid, allowed = (shown(str(it), "usd") for it in (total, most))
    rate = shown(str(limit.value), "rate")
    what = f"capitation with the incentive is {paid}, above {rate} of the approved capitation"
    return [f"{what}, {allowed} ({limit.cite})"]
