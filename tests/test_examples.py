"""The demonstration's contracts on given figures, each held to the amount worked by hand.

Their settlements assert the amounts, with the arithmetic beside them.
"""

from pathlib import Path

import pytest

from openvbc.contract.contract import read_contract
from openvbc.contract.settle import settle
from openvbc.contract.settlement import read_settlement
from openvbc.demo import CONTRACTS, SETTLEMENTS

EXAMPLES = sorted(SETTLEMENTS.glob("*.yaml"))


def test_there_are_eight_of_them() -> None:
    assert len(EXAMPLES) == 8


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_comes_to_the_amount_worked_by_hand(path: Path) -> None:
    contract = read_contract(CONTRACTS / f"{path.stem.removesuffix('_PY2025')}.yaml")
    one = read_settlement(path, {contract.id: contract})
    assert one.shape.asserts, f"{path.name} asserts nothing"
    settled = settle(one, one.facts(), None)
    assert [*settled.problems, *settled.failed_assertions] == []
