"""The schemas for editors accept the example contracts and refuse what `vbc check` would refuse."""

import importlib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from openvbc.author.leaves import AGREED, COUNTED, every_leaf, words_of
from openvbc.author.schema import Kind, schema_of
from openvbc.contract.component import component, component_names
from openvbc.demo import CONTRACTS, SETTLEMENTS
from openvbc.yamlfile import plain, read_yaml

FILES = sorted([*CONTRACTS.glob("*.yaml"), *SETTLEMENTS.glob("*.yaml")])


@cache
def validator(kind: Kind) -> Any:
    draft = importlib.import_module("jsonschema").Draft202012Validator
    schema = schema_of(kind)
    draft.check_schema(schema)
    return draft(schema)


def as_json(value: Any) -> Any:
    """A file's content as an editor sees it: days are text, numbers are numbers."""
    match value:
        case dict():
            return {key: as_json(it) for key, it in value.items()}
        case list():
            return [as_json(it) for it in value]
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case _:
            return value


def content(path: Path) -> Any:
    return as_json(plain(read_yaml(path)))


def kind_of(path: Path) -> Kind:
    return "contract" if path.parent == CONTRACTS else "settlement"


@pytest.mark.parametrize("path", FILES, ids=lambda it: f"{it.parent.name}/{it.stem}")
def test_every_example_fits_its_schema(path: Path) -> None:
    found = [it.message for it in validator(kind_of(path)).iter_errors(content(path))]
    assert found == []


def test_there_are_ten_contracts() -> None:
    assert len([it for it in FILES if kind_of(it) == "contract"]) == 10


def contract() -> Any:
    return content(CONTRACTS / "cascade_partial.yaml")


def wrongs() -> Iterator[tuple[str, Any]]:
    misspelt = contract()
    terms = misspelt["components"][0]["capitation"]
    terms["capitation_rates"] = terms.pop("capitation_rate")
    yield "a misspelt term", misspelt
    share = contract()
    share["components"][0]["capitation"]["capitation_share_of_surplus"] = 1.5
    yield "a share above 1", share
    word = contract()
    word["components"][1]["risk_corridor"]["corridor_held_by"] = "nobody"
    yield "a word that is none of the term's", word
    name = contract()
    name["components"][0] = {"capitations": {}}
    yield "a component that is none", name
    moved = contract()
    moved["components"][0]["capitation"]["stop_loss_coinsurance"] = 0.1
    yield "a term of another component", moved
    bands = contract()
    bands["components"][1]["risk_corridor"]["corridor_savings_bands"][0].pop("to")
    yield "a band without its end", bands
    clause = contract()
    clause["paymentterms"] = {"due_days": 30}
    yield "a misspelt clause", clause


@pytest.mark.parametrize(
    ("title", "wrong"), list(wrongs()), ids=lambda it: it if type(it) is str else ""
)
def test_a_contract_is_refused_for(title: str, wrong: Any) -> None:
    assert not validator("contract").is_valid(wrong), title


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("capitation_prepayd", {}),
        ("capitation_prepaid", {"unit": "months"}),
        ("capitation_prepaid", {"values": {"all_members": 1}}),
    ],
    ids=["a misspelt fact", "a wrong unit", "a value and values"],
)
def test_a_settlement_is_refused_for(name: str, change: dict[str, Any]) -> None:
    found = content(SETTLEMENTS / "cascade_partial_PY2025.yaml")
    fact = found["facts"].pop("capitation_prepaid")
    assert validator("settlement").is_valid({**found, "facts": {"capitation_prepaid": fact}})
    found["facts"][name] = {**fact, **change}
    assert not validator("settlement").is_valid(found)


def test_a_term_may_be_another_components_line() -> None:
    found = contract()
    found["components"][1]["risk_corridor"]["total_benchmark"] = {"is": "capitation/capitation_due"}
    assert validator("contract").is_valid(found)


def test_an_editor_shows_what_a_term_says_and_its_words() -> None:
    items = schema_of()["properties"]["components"]["items"]["anyOf"][1]["properties"]
    term = items["capitation"]["properties"]["capitation_rate"]
    assert term["description"] == (
        "capitation for one member and month of the rate cell (usd, one for each stratum). "
        "contract, capitation rates"
    )
    assert words_of(component("risk_corridor"), "corridor_held_by") == ("payer", "entity")


def test_every_component_and_every_name_of_the_two_lists_is_known() -> None:
    items = schema_of()["properties"]["components"]["items"]["anyOf"]
    assert items[0]["enum"] == list(component_names())
    assert set(every_leaf()) >= AGREED | COUNTED
