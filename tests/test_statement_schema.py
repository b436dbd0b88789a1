"""The form of the JSON statement: its schema accepts what is made, and nothing else."""

import importlib
import json
from copy import deepcopy
from pathlib import Path

import pytest

import openvbc.contract
from statement_sample import Document, fact, line, line_id, loss, sample


def schema() -> Document:
    path = Path(openvbc.contract.__file__).parent / "statement.schema.json"
    loaded: Document = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def broken(document: Document) -> list[str]:
    """What the JSON Schema has against a document."""
    validators = importlib.import_module("jsonschema")
    validators.Draft202012Validator.check_schema(schema())
    found = validators.Draft202012Validator(schema()).iter_errors(document)
    return [error.message for error in found]


def test_the_sample_has_the_form_of_a_statement() -> None:
    assert broken(sample()) == []
    assert broken(loss()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"kind": "draft"},
        {"schema": "openvbc.statement/2"},
        {"as_of": "31.8.2026"},
        {"statement_id": "abc"},
        {"results": ["no line id"]},
        {"waterfall": [{"line": line_id("a/b"), "step": "plus"}]},
        {"lines": [line("a/b", "1", formula="c", unit="euro")]},
        {"lines": [line("a/b", "1", formula="c", unknown="and yet a value")]},
        {"lines": [line("a/b", "1", formula="c", source=fact(1))]},
        {"lines": [line("a/b", "1")]},
        {"lines": [line("a/b", "1", source={**fact(1), "page": 3})]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_is_refused(change: Document) -> None:
    assert broken({**deepcopy(sample()), **change})
