"""What a build takes from the definitions of episodes: the rows of its small input tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from openvbc.episodes.definition import (
    DENIED,
    Definition,
    EpisodeType,
    LineRule,
    Matching,
    Otherwise,
)
from openvbc.money import to_cents

Row = dict[str, Any]

TABLES: Final = ("episode_type", "episode_rule", "episode_code")


@dataclass(frozen=True)
class _Rule:
    """A trigger, a line rule or the last rule, as a row."""

    use: str
    place: int
    id: str
    decision: str
    says: str
    cite: str
    kinds: int = 0
    from_day: int | None = None
    to_day: int | None = None
    needs_anchor: bool = False
    needs_denied: bool = False


def type_rows(contract_id: str, definition: Definition) -> Iterator[Row]:
    """The rows of episode_type: one type of episode of one contract."""
    for place, (name, it) in enumerate(definition.shape.types.items(), 1):
        cut = None if it.outlier_cut is None else to_cents(Decimal(it.outlier_cut))
        yield {
            "contract_id": contract_id,
            "episode_type": name,
            "type_place": place,
            "before_days": it.before_days,
            "after_days": it.after_days,
            "clean_days": definition.shape.clean_days,
            "accountable": it.accountable,
            "amount": definition.shape.amount,
            "cut_cents": cut,
        }


def rule_rows(contract_id: str, definition: Definition) -> Iterator[Row]:
    """The rows of episode_rule: triggers and line rules of each type, in order."""
    for name, it in definition.shape.types.items():
        for rule in (*_triggers(it), *_line_rules(name, definition)):
            yield {"contract_id": contract_id, "episode_type": name, **vars(rule)}


def code_rows(contract_id: str, definition: Definition) -> Iterator[Row]:
    """The rows of episode_code: the codes of triggers and rules, and the surgeon's codes."""
    for name, it in definition.shape.types.items():
        head = {"contract_id": contract_id, "episode_type": name}
        for place, trigger in enumerate(it.triggers, 1):
            yield from ({**head, "use": "trigger", **row} for row in _codes(place, trigger))
        for place, rule in _rules_of(name, definition):
            yield from ({**head, "use": "line", **row} for row in _codes(place, rule.when))
        operating = Matching(hcpcs=it.operating_hcpcs)
        yield from ({**head, "use": "operating", **row} for row in _codes(1, operating))


def _triggers(it: EpisodeType) -> Iterator[_Rule]:
    for place, trigger in enumerate(it.triggers, 1):
        kinds = len(trigger.kinds())
        yield _Rule("trigger", place, trigger.id, "start", "starts an episode", trigger.cite, kinds)


def _rules_of(name: str, definition: Definition) -> Iterator[tuple[int, LineRule]]:
    """The line rules of a type with their places in the file."""
    for place, rule in enumerate(definition.shape.rules, 1):
        if rule.types is None or name in rule.types:
            yield place, rule


def _line_rules(name: str, definition: Definition) -> Iterator[_Rule]:
    refused = "the payer refused the line"
    yield _Rule("line", 0, DENIED, "exclude", refused, "claim", needs_denied=True)
    for place, rule in _rules_of(name, definition):
        days = rule.when.days
        yield _Rule(
            "line",
            place,
            rule.id,
            *_decision(rule),
            rule.cite,
            len(rule.when.kinds()),
            days.first if days else None,
            days.last if days else None,
            rule.when.anchor,
        )
    last = definition.shape.otherwise
    place = len(definition.shape.rules) + 1
    yield _Rule("line", place, last.id, *_decision(last), last.cite)


def _decision(rule: LineRule | Otherwise) -> tuple[str, str]:
    """Include or exclude, and the reason."""
    if rule.include is not None:
        return "include", rule.include
    return "exclude", str(rule.exclude)


def _codes(place: int, it: Matching) -> Iterator[Row]:
    for kind, codes in it.kinds().items():
        for code in dict.fromkeys(codes):
            is_prefix = code.endswith("*")
            bare = code.removesuffix("*")
            yield {"place": place, "kind": kind, "code": bare, "is_prefix": is_prefix}
