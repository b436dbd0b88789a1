"""What the rules of a contract make of one published row."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from openvbc.contract.component import Component, component
from openvbc.contract.facts import Given
from openvbc.contract.names import Coordinates
from openvbc.contract.resolve import Resolver
from openvbc.errors import InputError
from openvbc.parameters import Parameter
from openvbc.replicate.mssp.facts import RowFacts
from openvbc.rules.rule import Leaf

PUBLISHED_ROW: Final = Component(
    "published_row",
    {},
    {
        leaf.name: leaf
        for leaf in (
            Leaf("total_benchmark", "usd", "updated benchmark of the published row", "ABtotBnchmk"),
            Leaf("total_expenditure", "usd", "expenditure of the published row", "ABtotExp"),
        )
    },
    (),
)
"""Stands where a contract has the expenditure and benchmark components."""

PAYMENT_TOLERANCE: Final = Decimal(2)
SCORE_TOLERANCE: Final = Decimal("0.00005")
"""Half of the last place of a score printed with four places."""


class Computed:
    """A row's rules, resolved as a contract's are; each value is computed when asked for."""

    def __init__(self, facts: RowFacts, parameters: Mapping[str, Parameter]) -> None:
        self.facts = facts
        coordinates = Coordinates({"performance": facts.period}, (), facts.start)
        parts = (component("mssp_settlement"), PUBLISHED_ROW)
        self._resolver = Resolver(parts, Given(facts.values), parameters, coordinates)

    def value(self, name: str) -> Any:
        """The value of a rule, leaf or parameter."""
        return self._resolver.line(name).value

    def __getitem__(self, name: str) -> Decimal:
        return Decimal(self.value(name))

    @cached_property
    def refused(self) -> tuple[str, ...]:
        """Why the rules have no amount for the row; empty where they have one."""
        try:
            self.value("earned_savings_or_losses")
        except InputError as error:
            return tuple(str(problem) for problem in error.problems)
        return ()

    @cached_property
    def scale_undefined(self) -> bool:
        """Whether they have none because the minimum savings rate scale begins higher."""
        scale = self.value("minimum_savings_scale")
        return bool(self.refused) and self["assigned_beneficiaries"] < scale[0]["from"]

    @property
    def tolerance(self) -> Decimal:
        """How far a payment may be off: $2, and what the rounding of a published score is worth.

        Benchmark and expenditure are published in whole dollars, scores with four places.
        """
        if not self._score_enters:
            return PAYMENT_TOLERANCE
        generated = abs(self["generated_savings_or_losses"])
        return PAYMENT_TOLERANCE + generated * self["maximum_sharing_rate"] * SCORE_TOLERANCE

    @property
    def _score_enters(self) -> bool:
        if self["generated_losses"] > 0:
            return self["loss_rate_floor"] != self["loss_rate_ceiling"]
        return self["quality_share"] not in {0, 1}
