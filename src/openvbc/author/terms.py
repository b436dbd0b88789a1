"""What contracts have in common, each quantity named once and in one unit.

A quantity stands in the terms of the components that have it, under a name of its own in each;
where a public program sets it by track, in the program's parameter on the agreement's first day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from openvbc.contract.component import Component
from openvbc.contract.contract import IS, Contract
from openvbc.contract.display import shown
from openvbc.contract.statement import value_text
from openvbc.errors import OpenVBCError
from openvbc.rules.rule import Leaf
from openvbc.rules.scale import EDGES, value_name

BY_TRACK: Final = "mssp_settlement"
"""The component whose terms its program sets by track."""

CORRIDOR: Final = "risk_corridor"

GIVEN_LATER: Final = "each settlement"
"""What stands for a term that the contract leaves to each settlement."""


@dataclass(frozen=True)
class Common:
    """A quantity that several components have.

    terms: component → its name there. otherwise: component → the term that holds where that one
    is left out. unsaid: component → what holds, in words, where nothing is agreed. parameter: the
    program's, by track; keys: what it is picked by after the track.
    """

    name: str
    unit: str
    terms: Mapping[str, str]
    otherwise: Mapping[str, str] = field(default_factory=dict)
    unsaid: Mapping[str, str] = field(default_factory=dict)
    parameter: str = ""
    keys: tuple[str, ...] = ()


SAVINGS: Final = Common(
    "entity's share of savings",
    "rate",
    {
        "shared_savings": "savings_entity_share",
        "episode_bundle": "bundle_gain_share",
        "risk_corridor": "corridor_savings_bands",
        "capitation": "capitation_share_of_surplus",
        "percent_of_premium": "premium_share_of_surplus",
    },
    parameter="maximum_sharing_rate",
)
LOSSES: Final = Common(
    "entity's share of losses",
    "rate",
    {
        "shared_savings": "losses_entity_share",
        "episode_bundle": "bundle_loss_share",
        "risk_corridor": "corridor_losses_bands",
        "capitation": "capitation_share_of_deficit",
        "percent_of_premium": "premium_share_of_deficit",
    },
    {
        "risk_corridor": "corridor_savings_bands",
        "capitation": "capitation_share_of_surplus",
        "percent_of_premium": "premium_share_of_surplus",
    },
    parameter="loss_rate_ceiling",
)
LOSS_CAP: Final = Common(
    "most owed, of the benchmark or target",
    "rate",
    {"shared_savings": "losses_cap_of_benchmark", "episode_bundle": "bundle_stop_loss_rate"},
    parameter="loss_limit_of_benchmark",
    keys=("not_stated",),
)
ATTACHMENT: Final = Common(
    "stop-loss for one member from", "usd", {"individual_stop_loss": "stop_loss_attachment"}
)
COINSURANCE: Final = Common(
    "entity's share above it", "rate", {"individual_stop_loss": "stop_loss_coinsurance"}
)

COMMON: Final = (
    SAVINGS,
    Common(
        "savings from which they are shared",
        "rate",
        {"shared_savings": "savings_minimum_rate", BY_TRACK: "elected_minimum_rate"},
        unsaid={BY_TRACK: "the program's scale"},
    ),
    Common(
        "most earned, of the benchmark or target",
        "rate",
        {"shared_savings": "savings_cap_of_benchmark", "episode_bundle": "bundle_stop_gain_rate"},
        parameter="payment_limit_rate",
    ),
    LOSSES,
    Common(
        "losses from which they are shared",
        "rate",
        {"shared_savings": "losses_minimum_rate", BY_TRACK: "elected_minimum_rate"},
    ),
    LOSS_CAP,
    ATTACHMENT,
    COINSURANCE,
    Common(
        "paid for each member and month",
        "usd",
        {
            "capitation": "capitation_rate",
            "care_management": "care_management_pmpm",
            "direct_primary_care": "direct_care_rate",
            "pay_for_performance": "performance_pmpm",
            "primary_care_prospective": "primary_care_rate",
        },
    ),
    Common("price of one episode", "usd", {"episode_bundle": "bundle_target_price"}),
    Common("share of payments withheld", "rate", {"withhold": "withhold_rate"}),
    Common("share of premium for care", "rate", {"percent_of_premium": "premium_target"}),
    Common("most of the fees at risk", "rate", {"guarantee": "guarantee_limit"}),
)
"""Quantities with one name for all contracts, in one unit each."""


def value_of(contract: Contract, leaf: Leaf) -> Any:
    """What holds for a leaf by the contract alone: its term, else what the rule takes.

    GIVEN_LATER where the contract leaves it to each settlement.
    """
    term = contract.term(leaf.name)
    if term is not None:
        return term.value
    if leaf.default == "required":
        return GIVEN_LATER
    return leaf.default


def found(contract: Contract, common: Common) -> dict[str, Any]:
    """Component → what it says of a quantity; without those that say nothing of it."""
    values = {part.name: _one(contract, part, common) for part in contract.components}
    return {name: value for name, value in values.items() if value is not None}


def _one(contract: Contract, part: Component, common: Common) -> Any:
    if part.name == BY_TRACK and common.parameter:
        return _by_track(contract, common)
    leaf = part.leaves.get(common.terms.get(part.name, ""))
    value = None if leaf is None else value_of(contract, leaf)
    other = part.leaves.get(common.otherwise.get(part.name, ""))
    value = value_of(contract, other) if value is None and other is not None else value
    if part.name == CORRIDOR and isinstance(value, tuple):
        return _entity_bands(contract, value)
    return common.unsaid.get(part.name) if value is None else value


def _entity_bands(contract: Contract, bands: tuple[Any, ...]) -> tuple[Any, ...]:
    """A corridor's bands with the entity's share: what moves to it, or what it keeps."""
    held = contract.term("corridor_held_by")
    if held is None or held.value != "entity":
        return bands
    return tuple({**it, value_name(it): 1 - it[value_name(it)]} for it in bands)


def _by_track(contract: Contract, common: Common) -> Any:
    track, parameter = contract.term("track"), contract.parameters.get(common.parameter)
    if track is None or parameter is None:
        return GIVEN_LATER
    try:
        dated = parameter.on(contract.shape.agreement.start)
        return parameter.pick(dated, (str(track.value).lower(), *common.keys))
    except OpenVBCError:
        return GIVEN_LATER


def text_of(value: Any, unit: str) -> str:
    """A value as people read it, in its unit; each stratum's, each band's."""
    match value:
        case str() if value == GIVEN_LATER:
            return value
        case Mapping() if set(value) == {IS}:
            return f"= {value[IS]}"
        case Mapping():
            return "; ".join(f"{name} {text_of(it, unit)}" for name, it in value.items())
        case tuple():
            return "; ".join(_bands(value))
        case _:
            return shown(value_text(value), unit)


def _bands(value: tuple[Any, ...]) -> Iterator[str]:
    for it in value:
        if not isinstance(it, Mapping) or not set(it) >= EDGES:
            yield str(value_text(it))
            continue
        yield f"{_edges(it)}: {value_text(it[value_name(it)])}"


def _edges(band: Mapping[str, Any]) -> str:
    low, end = value_text(band["from"]), value_text(band["to"])
    if low is None:
        return f"up to {end}"
    return f"from {low}" if end is None else f"{low} to {end}"


def single(values: Mapping[str, Any]) -> Decimal | None:
    """The value where one component alone says it, as one number."""
    only = next(iter(values.values())) if len(values) == 1 else None
    if isinstance(only, Mapping) and len(set(only.values())) == 1:
        only = next(iter(only.values()))
    return only if isinstance(only, Decimal) else Decimal(only) if type(only) is int else None
