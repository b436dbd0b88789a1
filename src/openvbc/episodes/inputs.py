"""The input tables of a build that settlements with episodes give."""

from collections.abc import Iterable, Iterator
from typing import Any

from openvbc.contract.settlement import Settlement
from openvbc.episodes.rows import Row, code_rows, rule_rows, type_rows

Tables = dict[str, list[Row]]


def episode_tables(settlements: Iterable[Settlement]) -> Tables:
    """The rows of every episode input table; empty lists where no contract counts episodes."""
    found = [it for it in settlements if it.contract.definition is not None]
    contracts = {it.contract.id: it.contract for it in found}
    tables: Tables = {
        "episode_period": [_period(it) for it in found],
        "episode_type": [],
        "episode_rule": [],
        "episode_code": [],
        "episode_participant": [],
    }
    for name, contract in sorted(contracts.items()):
        if contract.definition is not None:
            tables["episode_type"] += type_rows(name, contract.definition)
            tables["episode_rule"] += rule_rows(name, contract.definition)
            tables["episode_code"] += code_rows(name, contract.definition)
        rows = contract.episode_participants()
        tables["episode_participant"] += [{**row, "contract_id": name} for row in rows]
    return tables


def _period(it: Settlement) -> dict[str, Any]:
    return {
        "contract_id": it.contract.id,
        "period_id": it.shape.period,
        "first_day": it.shape.first_day,
        "last_day": it.shape.last_day,
        "paid_through": it.paid_through(it.shape.last_day),
        "line_of_business": it.contract.shape.line_of_business,
    }


def episode_facts(settlements: Iterable[Settlement]) -> Iterator[tuple[str, Tables]]:
    """Each settlement that counts episodes, by name, with what a build takes from it."""
    for it in settlements:
        if it.contract.definition is not None:
            yield it.id, episode_tables([it])
