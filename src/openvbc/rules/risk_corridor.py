"""Risk corridor: the difference between a target and its cost, shared by bands of the target.

It moves a part of the difference from whoever holds it to the other party. The entity holds it
where it is paid the target (capitation); the payer holds it where services are paid as they come
and the target is only compared. The order of a contract: target and cost, their difference, the
part of each band that changes hands, the amount due.

A band's share is of the dollars in that band only. Amounts are dollars, exact until the last step.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from openvbc.money import round_half_up
from openvbc.rules.rule import Leaf, RefusedError, rule
from openvbc.rules.scale import Bands, Check, require, share_within, wrong_corridors, wrong_word
from openvbc.rules.truncated_expenditure import require_both_sides

BENCHMARK: Final = "benchmark"
CAPITATION: Final = "capitation"
PAYER: Final = "payer"
ENTITY: Final = "entity"

LEAVES: Final = (
    Leaf(
        "corridor_on",
        "text",
        "benchmark (total_benchmark and total_expenditure) or capitation (capitation_revenue and "
        "capitated_cost): the target and the cost that are compared",
        "contract, risk corridor",
        default=BENCHMARK,
    ),
    Leaf(
        "corridor_held_by",
        "text",
        "payer or entity: who has the savings and bears the losses before the corridor moves them",
        "contract, risk corridor",
    ),
    Leaf(
        "corridor_savings_bands",
        "brackets",
        "savings as a share of the target → share of them that changes hands",
        "contract, risk corridor; 42 CFR 438.6(a)",
    ),
    Leaf(
        "corridor_losses_bands",
        "brackets",
        "losses as a share of the target → share of them that changes hands; none = as of savings",
        "contract, risk corridor; 42 CFR 438.6(a)",
        default=None,
    ),
    *(
        Leaf(name, "usd", f"{says}; none = {otherwise}", "contract, risk corridor", default=None)
        for name, says, otherwise in (
            ("total_benchmark", "what the population was expected to cost", "no benchmark"),
            ("total_expenditure", "what the population cost", "no benchmark"),
            ("pooled_benchmark", "benchmark after truncation and pooling", "total_benchmark"),
            ("pooled_expenditure", "expenditure after truncation and pooling", "total_expenditure"),
            ("capitation_revenue", "capitation earned in the period", "no capitation"),
            ("capitated_cost", "cost of the capitated services", "no capitation"),
        )
    ),
)

CHECKS: Final[Mapping[str, Check]] = {
    "corridor_on": wrong_word(BENCHMARK, CAPITATION),
    "corridor_held_by": wrong_word(PAYER, ENTITY),
    "corridor_savings_bands": wrong_corridors,
    "corridor_losses_bands": wrong_corridors,
}

RESULTS: Final = (
    "corridor_target",
    "corridor_cost",
    "corridor_difference",
    "corridor_difference_rate",
    "corridor_moved",
    "corridor_settlement",
)

PAYS: Final = "corridor_settlement"

_WAY: Final = ("corridor_target", "less corridor_cost", "corridor_difference", PAYS)

WATERFALL: Final = {"payer_pays": _WAY, "entity_pays": _WAY}


def _first(corridor_on: str, **found: Decimal | None) -> Decimal:
    """The first amount that is given; raises RefusedError where none is."""
    for value in found.values():
        if value is not None:
            return value
    raise RefusedError(f"corridor_on is {corridor_on}; {list(found)[-1]} is missing")


@rule(unit="usd", cite="contract, risk corridor")
def corridor_target(
    corridor_on: str,
    total_benchmark: Decimal | None,
    pooled_benchmark: Decimal | None,
    pooled_expenditure: Decimal | None,
    capitation_revenue: Decimal | None,
) -> Decimal:
    """The target that the bands are shares of."""
    require(CHECKS, corridor_on=corridor_on)
    require_both_sides(pooled_benchmark, pooled_expenditure)
    if corridor_on == CAPITATION:
        target = _first(corridor_on, capitation_revenue=capitation_revenue)
    else:
        given = {"pooled_benchmark": pooled_benchmark, "total_benchmark": total_benchmark}
        target = _first(corridor_on, **given)
    if target <= 0:
        raise RefusedError(f"the target is {target:f}; expected more than 0")
    return target


@rule(unit="usd", cite="contract, risk corridor")
def corridor_cost(
    corridor_on: str,
    total_expenditure: Decimal | None,
    pooled_expenditure: Decimal | None,
    capitated_cost: Decimal | None,
) -> Decimal:
    """The cost that is held against the target."""
    if corridor_on == CAPITATION:
        return _first(corridor_on, capitated_cost=capitated_cost)
    given = {"pooled_expenditure": pooled_expenditure, "total_expenditure": total_expenditure}
    return _first(corridor_on, **given)


@rule(unit="usd", cite="contract, risk corridor")
def corridor_difference(corridor_target: Decimal, corridor_cost: Decimal) -> Decimal:
    """Target less cost; below zero is a loss."""
    return corridor_target - corridor_cost


@rule(unit="rate", cite="contract, risk corridor")
def corridor_difference_rate(corridor_difference: Decimal, corridor_target: Decimal) -> Decimal:
    """Savings as a share of the target; below zero is a loss."""
    return corridor_difference / corridor_target


@rule(unit="usd", cite="contract, risk corridor; 42 CFR 438.6(a)")
def corridor_moved(
    corridor_difference: Decimal,
    corridor_target: Decimal,
    corridor_savings_bands: Bands,
    corridor_losses_bands: Bands | None,
) -> Decimal:
    """The part of the savings, or of the losses (below zero), that changes hands, band by band."""
    require(
        CHECKS,
        corridor_savings_bands=corridor_savings_bands,
        corridor_losses_bands=corridor_losses_bands,
    )
    of_losses = corridor_savings_bands if corridor_losses_bands is None else corridor_losses_bands
    bands = corridor_savings_bands if corridor_difference > 0 else of_losses
    return share_within(bands, corridor_difference, corridor_target)


@rule(unit="usd", cite="contract, risk corridor")
def corridor_settlement(corridor_moved: Decimal, corridor_held_by: str) -> Decimal:
    """What the payer pays the entity, or the entity the payer (below zero), to the cent.

    Where the payer holds the difference it pays the entity's part of savings and is paid the
    entity's part of losses; where the entity holds it, the other way round.
    """
    require(CHECKS, corridor_held_by=corridor_held_by)
    return round_half_up(corridor_moved if corridor_held_by == PAYER else -corridor_moved, 2)
