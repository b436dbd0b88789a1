"""The clause by which a contract's episodes are counted from claims, and what it counts.

With `episodes:` the totals of component `episode_bundle` are cells of the table `episode_cell`, and
no facts of the settlement.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pydantic import Field, StrictInt

from openvbc.contract.component import Component
from openvbc.contract.shape import Shape
from openvbc.rules.rule import Leaf

BUNDLE: Final = "episode_bundle"
CELL: Final = "episode_cell"
FOLDER: Final = "episodes"
"""Where definitions stand, beside `contracts/`."""

COLUMNS: Final[Mapping[str, str]] = {
    "bundle_episodes": "episodes",
    "bundle_own_claims": "own_cents",
    "bundle_other_claims": "other_cents",
    "bundle_inpatient_claims": "inpatient_cents",
    "bundle_outpatient_claims": "outpatient_cents",
    "bundle_professional_claims": "professional_cents",
    "bundle_post_acute_claims": "post_acute_cents",
    "bundle_other_service_claims": "other_service_cents",
}
"""Leaf of the bundle → column of episode_cell that holds it."""


class Episodes(Shape):
    """Which episodes count: their definition, whose they are, and the claims cut-off.

    definition is a YAML file in `episodes/`, beside `contracts/`. participants is a CSV file beside
    the contract with the columns of a population's list: an episode counts where its accountable is
    one of them, and their claims are the entity's own. run_out_months of claims after the period
    count.
    """

    definition: str
    participants: str
    run_out_months: StrictInt = Field(3, ge=0)


def counted(component: Component) -> Component:
    """The component as it is where episodes are counted; only the bundle's leaves are others."""
    if component.name != BUNDLE:
        return component
    return replace(component, leaves={name: _leaf(it) for name, it in component.leaves.items()})


def _leaf(leaf: Leaf) -> Leaf:
    column = COLUMNS.get(leaf.name)
    return replace(leaf, table=CELL, column=column, default="required") if column else leaf
