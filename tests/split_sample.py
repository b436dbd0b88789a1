"""Participants and clauses for tests of a split: small, and free to be changed."""

from decimal import Decimal
from typing import Any

from openvbc.contract.distribution import Distribution
from openvbc.distribute.participants import Participant
from openvbc.distribute.split import Split


def person(name: str, group: str, **given: Any) -> Participant:
    """A participant with a panel of 1,000 and a quality of 0.80, or as given."""
    base: dict[str, Any] = {
        "panel": 1000,
        "performance": 1,
        "quality": "0.80",
        "tenure_months": 12,
        "need": 1,
        "episode_savings": 0,
    }
    measures = {key: None if it is None else Decimal(it) for key, it in (base | given).items()}
    return Participant(name, name, group, "", measures, "shares.csv:2")


def clause(*groups: dict[str, Any]) -> Distribution:
    return Distribution.model_validate({"line": "x/y", "participants": "f", "groups": list(groups)})


def group(name: str, share: str, **given: Any) -> dict[str, Any]:
    return {"group": name, "kind": "other", "share": Decimal(share), **given}


def by(**weights: str) -> dict[str, Decimal]:
    return {name: Decimal(it) for name, it in weights.items()}


def dollars(result: Split) -> dict[str, str]:
    """Every account's dollars: participants, then what is kept."""
    found = {it.participant.id: it.cents for it in result.parts}
    for it in result.kept:
        found[it.account] = found.get(it.account, 0) + it.cents
    assert sum(found.values()) == result.cents
    return {name: f"{Decimal(cents) / 100:,.2f}" for name, cents in found.items()}
