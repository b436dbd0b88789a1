"""The form of the JSON distribution: its schema accepts what is made, and nothing else."""

import importlib
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from distribution_sample import DAY, decide, distributed, file_documents, write_space
from openvbc.author.schema import schema_of
from openvbc.distribute.document import SCHEMA
from test_distribute import restate

Document = dict[str, Any]


def broken(document: Document) -> list[str]:
    """What the JSON Schema has against a document."""
    validators = importlib.import_module("jsonschema")
    schema = schema_of("distribution")
    validators.Draft202012Validator.check_schema(schema)
    return [it.message for it in validators.Draft202012Validator(schema).iter_errors(document)]


@pytest.fixture
def posted(tmp_path: Path) -> Document:
    """The distribution of the page's example, as it was written."""
    root = write_space(tmp_path)
    decide(root)
    file_documents(root)
    distributed(root)
    path = root / "statements" / "pinewood_PY2025_distribution.json"
    found: Document = json.loads(path.read_text("utf-8"))
    return found


def test_the_posted_example_has_the_form_of_a_distribution(posted: Document) -> None:
    assert broken(posted) == []
    assert posted["schema"] == SCHEMA == schema_of("distribution")["$id"]


def test_what_is_only_shown_has_it_too(tmp_path: Path) -> None:
    """Nobody has decided and no document was found: records and dates are none."""
    found = distributed(write_space(tmp_path), dry_run=True, day=DAY)
    assert found.against
    assert broken(json.loads(json.dumps(found.document))) == []


def test_a_restated_distribution_has_it_with_what_was_paid_before(tmp_path: Path) -> None:
    root = write_space(tmp_path)
    decide(root)
    file_documents(root)
    first = distributed(root).document
    restate(root, first["statement_id"], "100200000")
    second = distributed(root).document
    assert second["supersedes"] == first["distribution_id"]
    assert broken(json.loads(json.dumps(second))) == []


def without(document: Document, *path: str | int) -> Document:
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return document


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"schema": "openvbc.distribution/2"},
        {"statement_id": "abc"},
        {"date": "20.9.2026"},
        {"pool": "2000000"},  # whole cents: 2000000.00
        {"pool": 2000000.00},  # money is text
        {"unit": "eur"},
        {"supersedes": ""},
        {"line": {"id": "no line id", "amount": "1.00"}},
        {"groups": [{"group": "a", "kind": "b", "amount": "1.00"}]},
        {"disclosure": [{"participant": "$1", "amount": "1.00"}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_is_refused(posted: Document, change: Document) -> None:
    assert broken({**posted, **change})


def test_nothing_may_be_left_out(posted: Document) -> None:
    for key in posted:
        assert broken(without(deepcopy(posted), key)), key
    for key in posted["participants"][0]:
        assert broken(without(deepcopy(posted), "participants", 0, key)), key
