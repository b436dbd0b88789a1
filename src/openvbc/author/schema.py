"""JSON Schema of the files that people write, for editors that complete and check them.

The schemas of the two documents that are made, statement and distribution, stand in the package.

The frame comes from the shapes by which the files are read; the terms of each component, and the
facts, come from the leaves of the rules. What one line cannot show (dates, sums, which component
computes what) is left to `vbc check`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import openvbc.contract
from openvbc.analyses import KINDS, AnalysesShape, choices
from openvbc.attribution_methods import shipped_methods
from openvbc.author.leaves import about, every_leaf, given, is_scale, words_of
from openvbc.contract.component import Component, component, component_names
from openvbc.contract.contract import STRATA
from openvbc.contract.document import MAY_BE_EMPTY, MSSP, ContractShape, SettlementShape
from openvbc.parameters import programs
from openvbc.rules.rule import Leaf
from openvbc.rules.scale import Check, wrong_amount, wrong_factor, wrong_share

Schema = dict[str, Any]
Written = Literal["contract", "settlement"]
Kind = Literal["contract", "settlement", "analyses", "statement", "distribution"]

PACKAGE: Final = Path(openvbc.contract.__file__).parents[1]

MADE: Final[Mapping[str, Path]] = {
    "statement": PACKAGE / "contract" / "statement.schema.json",
    "distribution": PACKAGE / "distribute" / "distribution.schema.json",
}
"""The schemas of documents that are made, as they stand in the package."""

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

LIMITS: Final[Mapping[Check, Schema]] = {
    wrong_share: {"minimum": 0, "maximum": 1},
    wrong_amount: {"minimum": 0},
    wrong_factor: {"exclusiveMinimum": 0},
}
"""What a check of a number comes to in a schema."""

EDGE: Final[Schema] = {"type": ["number", "null"]}

BANDS: Final[Schema] = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "description": "One band: from, to (null = open) and one value under a name of its own.",
        "properties": {"from": EDGE, "to": EDGE},
        "required": ["from", "to"],
        "minProperties": 3,
        "maxProperties": 3,
        "additionalProperties": {"type": "number"},
    },
}

ENTRIES: Final[Schema] = {"type": "array", "items": {"type": "object"}}

LINE: Final[Schema] = {
    "type": "object",
    "description": "Another component's line: {is: component/name}.",
    "properties": {"is": {"type": "string", "pattern": "^[a-z0-9_]+/[a-z0-9_]+$"}},
    "required": ["is"],
    "additionalProperties": False,
}


def _value(part: Component, leaf: Leaf) -> Schema:
    """One value of a leaf's unit."""
    match leaf.unit:
        case "flag":
            found: Schema = {"type": "boolean"}
        case "text":
            words = words_of(part, leaf.name)
            found = {"enum": list(words)} if words else {"type": "string"}
        case "brackets":
            found = BANDS if is_scale(part, leaf.name) else ENTRIES
        case _:
            check = part.checks.get(leaf.name)
            found = {"type": "number", **(LIMITS.get(check, {}) if check else {})}
    return found if leaf.default is not None else {"anyOf": [found, {"type": "null"}]}


def _cells(value: Schema, axes: int) -> list[Schema]:
    """A value, or values by cell, as many levels deep as the leaf has axes."""
    if not axes:
        return [value]
    inner = _cells(value, axes - 1)
    cells = {"type": "object", "additionalProperties": _any(inner)}
    return [value, cells]


def _any(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _term(part: Component, leaf: Leaf) -> Schema:
    values = _cells(_value(part, leaf), len(leaf.per))
    said = {"description": f"{about(leaf)}. {leaf.cite}"}
    if leaf.default not in {None, "required"}:
        said["description"] += f". Unless given: {str(leaf.default).lower()}"
    return {**said, "anyOf": [*values, LINE]}


def _terms(parts: Iterable[Component]) -> dict[str, Schema]:
    return {leaf.name: _term(part, leaf) for part in parts for leaf in given(part).values()}


def _entry(part: Component) -> Schema:
    """A component as it stands in a contract: its name with its terms."""
    strata = {
        "description": "Its own strata (rate cells, tiers, measures, episode types).",
        "type": "array",
        "items": {"type": ["string", "number"]},
        "minItems": 1,
        "uniqueItems": True,
    }
    return {
        "type": ["object", "null"],
        "properties": {STRATA: strata, **_terms([part])},
        "additionalProperties": False,
    }


def _components() -> Schema:
    """The list of components: a name alone, or a name with its terms."""
    entries = {name: _entry(component(name)) for name in component_names()}
    with_terms = {
        "type": "object",
        "properties": entries,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    item = {"anyOf": [{"enum": list(entries)}, with_terms]}
    return {"type": "array", "description": "In the order of computing.", "items": item}


def _fact(shape: Schema, leaf: Leaf) -> Schema:
    """A fact with the unit that its leaf has, and one of `value` and `values`."""
    properties = {**shape["properties"], "unit": {"const": leaf.unit}}
    return {
        **shape,
        "description": f"{about(leaf)}. {leaf.cite}",
        "properties": properties,
        "oneOf": [{"required": ["value"]}, {"required": ["values"]}],
    }


def _frame(kind: Written) -> Schema:
    """The shape of a file; a key that may stand empty may be null."""
    shape = ContractShape if kind == "contract" else SettlementShape
    found = shape.model_json_schema(by_alias=True)
    properties = found["properties"]
    for name in MAY_BE_EMPTY:
        if name in properties:
            properties[name] = {"anyOf": [properties[name], {"type": "null"}]}
    return {"$schema": DIALECT, **found, "title": f"OpenVBC {kind}"}


def contract_schema() -> Schema:
    """The schema of a contract: its clauses, its components, and the terms of each of them."""
    found = _frame("contract")
    terms = {
        "type": ["object", "null"],
        "properties": _terms(map(component, component_names())),
        "additionalProperties": False,
    }
    program = {"anyOf": [{"enum": sorted(programs())}, {"type": "null"}]}
    found["properties"] |= {"components": _components(), "terms": terms, "program": program}
    population = found["$defs"]["Population"]["properties"]
    population["method"] |= _methods([MSSP, *shipped_methods()])
    return found


def _methods(names: Sequence[str]) -> Schema:
    """The attribution methods that ship, to complete; a workspace may declare its own."""
    return {"anyOf": [{"enum": list(names)}, {"type": "string"}]}


def settlement_schema() -> Schema:
    """The schema of a settlement: its days and its facts, each with its unit."""
    found = _frame("settlement")
    shape = found["$defs"]["Fact"]
    facts = {name: _fact(shape, leaf) for name, leaf in every_leaf().items()}
    found["properties"]["facts"] = {
        "type": ["object", "null"],
        "properties": facts,
        "additionalProperties": False,
    }
    return found


def analyses_schema() -> Schema:
    """The schema of analyses.yaml, with every name that may be asked for."""
    found = AnalysesShape.model_json_schema(by_alias=True)
    properties = found["$defs"]["Analysis"]["properties"]
    for key, kind in KINDS.items():
        properties[key]["items"] = {"enum": sorted(choices()[kind])}
    properties["attribution"]["items"] = _methods(shipped_methods())
    return {"$schema": DIALECT, **found, "title": "OpenVBC analyses"}


def schema_of(kind: Kind = "contract") -> Schema:
    """The JSON Schema (draft 2020-12) of a file that people write, or a document that is made."""
    if kind in MADE:
        made: Schema = json.loads(MADE[kind].read_text(encoding="utf-8"))
        return made
    written = {"contract": contract_schema, "analyses": analyses_schema}
    return written.get(kind, settlement_schema)()
