"""Leaves that are sums of the member table, and the check that lines are sums of its cents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.component import Component
from openvbc.contract.contract import Contract
from openvbc.contract.facts import At, Found
from openvbc.contract.members import FAMILIES, Family
from openvbc.contract.settlement import Settlement
from openvbc.contract.statement import Document
from openvbc.errors import Problem
from openvbc.members.table import TABLE, WHOLE, MemberTable
from openvbc.money import decimal_text, dollars, round_half_up
from openvbc.rules.rule import Leaf

NOBODY: Final[Mapping[str, int]] = {}


@dataclass(frozen=True)
class MemberFacts:
    """Supplies the leaves that the member table counts, each with the rows that it sums."""

    settlement: Settlement
    made: MemberTable

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """The sum of the cell's rows, or None for a leaf that the table does not count."""
        contract = self.settlement.contract
        if leaf.name not in contract.counted:
            return None
        part = next(
            it for it in contract.components if it.name in FAMILIES and leaf.name in it.leaves
        )
        family = FAMILIES[part.name]
        stratum = at.stratum if family.by_stratum else WHOLE
        if leaf.name == family.months:
            value = Decimal(self._sum(part, stratum, f"{family.counted}_months"))
            return self._found(part, stratum, f"{family.counted}_months", value)
        if leaf.name == family.prepaid:
            value = dollars(self._sum(part, None, "paid_cents"))
            return self._found(part, None, "paid_cents", value)
        if leaf.name == family.payments:
            return self._found(part, None, "month_start", Decimal(self.made.payments))
        return self._found(part, stratum, "change_months", self._changes(part, stratum))

    def _rows(self, part: Component, stratum: str | None) -> Iterator[Mapping[str, int]]:
        for (component, own), row in self.made.sums.items():
            if component == part.name and stratum in {None, own}:
                yield row

    def _sum(self, part: Component, stratum: str | None, column: str) -> int:
        return sum(row[column] for row in self._rows(part, stratum))

    def _changes(self, part: Component, stratum: str | None) -> tuple[dict[str, Any], ...] | None:
        """Months that changed as the component's list: a run of months, told after its last."""
        entries = self.made.changes.get((part.name, stratum), [])
        return (
            tuple(
                {
                    "change": "left" if change < 0 else "joined",
                    "members": Decimal(members),
                    "from": Decimal(first),
                    "notice": Decimal(last),
                    "after_payment": True,
                }
                for first, last, change, members in entries
            )
            or None
        )

    def _found(self, part: Component, stratum: str | None, column: str, value: Any) -> Found:
        contract = self.settlement.contract
        cell = {"stratum": stratum} if stratum else {}
        keys = {"contract_id": contract.id, "period_id": self.settlement.shape.period}
        total = decimal_text(value) if isinstance(value, Decimal) else f"{len(value or ())} entries"
        source = {
            "kind": "table",
            "table": TABLE,
            "column": column,
            "filter": {**keys, "component": part.name, **cell},
            "count": self._sum(part, stratum, "persons"),
            "total": total,
            "address": self.made.address,
        }
        return Found(value, source)


def summed_lines(contract: Contract) -> Mapping[str, tuple[str, str]]:
    """Line path → component and column of the member table that its amount is the sum of."""
    if contract.shape.members is None:
        return {}
    return {
        f"{part.name}/{name}": (part.name, f"{column}_cents")
        for part in contract.components
        if part.name in FAMILIES
        for name, column in FAMILIES[part.name].lines.items()
    }


def member_problems(
    settlement: Settlement, made: MemberTable, document: Document
) -> Iterator[Problem]:
    """Months that no band holds, and lines that are not the sum of the members' cents."""
    for component, months in made.unbanded.items():
        place = settlement.contract.path
        what = f"{months:,} member months fit no band of {component}; add a band, or a last one "
        yield Problem(str(place), f"{what}without conditions")
    if made.unbanded or not made.sums:
        return
    lines = summed_lines(settlement.contract)
    for line in document["lines"]:
        if line["path"] in lines and line["value"] is not None:
            component, column = lines[line["path"]]
            cents = _family_sum(made, component, line["at"]["stratum"], column)
            yield from _unequal(line, cents, may_be_between=column == "change_cents")


def _family_sum(made: MemberTable, component: str, stratum: str | None, column: str) -> int:
    rows = made.sums.items()
    return sum(
        row[column] for key, row in rows if key[0] == component and stratum in {None, key[1]}
    )


def _unequal(
    line: Mapping[str, Any], cents: int, *, may_be_between: bool = False
) -> Iterator[Problem]:
    """A stratum's line may stand between cents; then the total alone is held to them.

    may_be_between: so may this total. The cents of changes are those earned less those paid, each
    held to its own line; their difference, rounded by itself, may be another cent.
    """
    value = Decimal(line["value"])
    rounded = round_half_up(value, 2)
    if (line["at"]["stratum"] is not None or may_be_between) and rounded != value:
        return
    if rounded != dollars(cents):
        what = f"is {rounded:,}, but its members' cents sum to {dollars(cents):,}"
        yield Problem(line["id"], what)


def family_of(component: str) -> Family:
    """How a component pays by member and month."""
    return FAMILIES[component]
