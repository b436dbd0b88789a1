"""Holding the measured checks against their thresholds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from typing import Final

from openvbc.inventory.arrival import Delivery
from openvbc.inventory.check import CHECKS, Check
from openvbc.inventory.expectation import Threshold
from openvbc.inventory.measure import Cell, Measured
from openvbc.inventory.result import Result, Status, percent
from openvbc.inventory.small import is_small
from openvbc.money import RULES_CONTEXT, decimal_text, round_half_up
from openvbc.period import add_months, month_start

FEWEST_MEMBERS: Final = 100
"""Members in a month from which no claim at all is a fault."""

FEWEST_MONTHS: Final = 6
"""Months from which a month can be held against the median."""

RUN_OUT_MONTHS: Final = 3
"""Latest months that are not held against the others: their claims are still coming."""

Payer = tuple[str, str]
Months = Mapping[date, Counter[str]]


def checks(own: Mapping[str, Threshold]) -> dict[str, Check]:
    """The checks with a workspace's own thresholds and severities."""
    return {name: _own(it, own.get(name)) for name, it in CHECKS.items()}


def _own(check: Check, own: Threshold | None) -> Check:
    if own is None:
        return check
    given = {key: it for key, it in own.model_dump().items() if it is not None}
    if own.severity is not None:
        given["learned"] = own.severity
    return replace(check, **given)


def evaluate(
    held: Mapping[str, Check], measured: Measured, found: Sequence[Delivery], as_of: date
) -> list[Result]:
    """Every measured check for every source, and for every payer and line of business."""
    payers = by_payer(measured)
    receipts = [it["receipt"] for it in measured.through.values() if "receipt" in it]
    day = min(as_of, max(receipts, default=as_of))
    results: list[Result] = []
    for check in held.values():
        if check.measure == "load":
            results += _of_loads(check, found)
        elif check.measure == "month":
            results += [_of_months(check, name, it, day) for name, it in payers.items()]
        elif check.measure:
            results += _of_sources(check, measured)
    return results


def _of_loads(check: Check, found: Sequence[Delivery]) -> Iterator[Result]:
    for source in sorted({it.source for it in found}):
        mine = [it for it in found if it.source == source]
        part = sum(getattr(it, check.part) for it in mine)
        yield _limited(check, source, part, sum(it.rows_in for it in mine), None)


def _of_sources(check: Check, measured: Measured) -> Iterator[Result]:
    cells = {cell: it for cell, it in measured.cells[check.measure].items() if _counts(check, cell)}
    for source in sorted({cell.data_source for cell in cells}):
        total = _sum(it for cell, it in cells.items() if cell.data_source == source)
        people = _people(measured, source)
        yield _limited(check, source, total[check.part], total[check.whole], people)


def _counts(check: Check, cell: Cell) -> bool:
    return not check.of or cell.claim_type in check.of


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for it in counts:
        total.update(it)
    return total


def _people(measured: Measured, source: str) -> int:
    """At least so many persons have claims of a source: the most in one month and claim type."""
    cells = measured.cells["claim"].items()
    return max((it["persons"] for cell, it in cells if cell.data_source == source), default=0)


def _limited(check: Check, scope: str, part: int, whole: int, people: int | None) -> Result:
    """A share or a count against its limits."""
    if check.form == "share" and whole == 0:
        return Result(
            check, scope, "not applicable", check.severity, threshold(check), part, whole, people
        )
    with localcontext(RULES_CONTEXT):
        value = Decimal(part) / Decimal(whole) if check.form == "share" else Decimal(part)
    return Result(
        check, scope, _status(check, value), check.severity, threshold(check), part, whole, people
    )


def _status(check: Check, value: Decimal) -> Status:
    low = check.least is not None and value < check.least
    high = check.most is not None and value > check.most
    return "fail" if low or high else "pass"


def threshold(check: Check) -> str:
    """The limits in words."""
    words = []
    for word, limit in (("at least", check.least), ("at most", check.most)):
        if limit is not None and check.form == "share":
            words.append(f"{word} {percent(limit)}")
        elif limit is not None:
            times = " × the median" if check.form == "band" else ""
            words.append(f"{word} {decimal_text(limit)}{times}")
    return ", ".join(words)


def by_payer(measured: Measured) -> dict[Payer, Months]:
    """Claims, persons, paid cents and member months of each payer and line of business by month."""
    found: dict[Payer, dict[date, Counter[str]]] = {}
    for name, keys in (("claim", ("claims", "persons")), ("member", ("member_months",))):
        for cell, counts in measured.cells[name].items():
            kept = {key: counts[key] for key in keys}
            months = found.setdefault((cell.payer, cell.line_of_business), {})
            months.setdefault(cell.month, Counter()).update(kept)
    for move, counts in measured.moves.items():
        months = found.setdefault((move.payer, move.line_of_business), {})
        months.setdefault(move.incurred, Counter()).update(paid_cents=counts["cents"])
    return {payer: dict(sorted(found[payer].items())) for payer in sorted(found)}


def payer_name(payer: Payer) -> str:
    """A payer and line of business in words."""
    return ", ".join(it for it in payer if it) or "payer not stated"


def _of_months(check: Check, payer: Payer, months: Months, day: date) -> Result:
    if check.form == "band":
        return _band(check, payer, months, day)
    total = _month_counts(months)
    faults = _faulty(check, months)
    result = _limited(check, payer_name(payer), total[check.part], total[check.whole], None)
    return replace(result, details=tuple(faults))


def _faulty(check: Check, months: Months) -> list[str]:
    """The months that a count is of, where they are faults."""
    if check.part not in ("without_claims", "without_members"):
        return []
    return [_month(it) for it, counts in within(months).items() if _is(check.part, counts)]


def within(months: Months) -> Months:
    """The months from the first to the last with claims."""
    claimed = [month for month, it in months.items() if it["claims"]]
    if not claimed:
        return {}
    return {month: it for month, it in months.items() if claimed[0] <= month <= claimed[-1]}


def _is(part: str, counts: Counter[str]) -> bool:
    if part == "without_claims":
        return counts["member_months"] >= FEWEST_MEMBERS and not counts["claims"]
    if part == "without_members":
        return counts["claims"] > 0 and not counts["member_months"]
    return counts["claims"] > 0 and counts["member_months"] > 0


def _month_counts(months: Months) -> Counter[str]:
    members = [it["member_months"] for it in months.values() if it["member_months"]]
    parts = ("without_claims", "without_members", "with_both")
    counts = {part: sum(_is(part, it) for it in within(months).values()) for part in parts}
    average = sum(members) // len(members) if members else 0
    return Counter(counts | {"months": len(within(months)), "average_members": average})


def _band(check: Check, payer: Payer, months: Months, day: date) -> Result:
    """Each month's part per whole against that of the median month; day: the latest receipt."""
    last = add_months(month_start(day), -RUN_OUT_MONTHS - 1)
    ratios = {
        month: _ratio(it[check.part], it[check.whole])
        for month, it in within(months).items()
        if month <= last and it[check.whole] and not is_small(it["persons"])
    }
    name = payer_name(payer)
    if len(ratios) < FEWEST_MONTHS:
        few = (f"{len(ratios)} months with enough run-out, expected at least {FEWEST_MONTHS}",)
        return Result(check, name, "not applicable", check.severity, threshold(check), details=few)
    middle = sorted(ratios.values())[len(ratios) // 2]
    if not middle:
        none = ("nothing in the median month",)
        return Result(check, name, "not applicable", check.severity, threshold(check), details=none)
    times = {month: _ratio_of(it, middle) for month, it in ratios.items()}
    outside = [
        f"{_month(month)}: {round_half_up(it, 2)} × the median"
        for month, it in times.items()
        if _status(check, it) == "fail"
    ]
    status: Status = "fail" if outside else "pass"
    return Result(check, name, status, check.severity, threshold(check), details=tuple(outside))


def _ratio(part: int, whole: int) -> Decimal:
    return _ratio_of(Decimal(part), Decimal(whole))


def _ratio_of(part: Decimal, whole: Decimal) -> Decimal:
    with localcontext(RULES_CONTEXT):
        return part / whole


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
