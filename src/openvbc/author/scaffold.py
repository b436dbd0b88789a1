"""A new contract and its first settlement, to be filled in.

Every term and fact without which nothing settles stands there empty, below a comment with what it
is, its unit and an example. While it is empty `vbc check` refuses it by its name, file and line.
What may be left out stands as a comment.
"""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from openvbc.attribution_methods import shipped_methods
from openvbc.author.leaves import about, given, is_agreed, is_scale, words_of
from openvbc.author.request import New, has_strata, own_strata, problems_of
from openvbc.contract.check import NATIONAL_CUT
from openvbc.contract.component import Component
from openvbc.contract.contract import STRATA
from openvbc.contract.document import MSSP
from openvbc.contract.given import leaves_of
from openvbc.contract.settlement import STRATA as ENROLMENT_TYPES
from openvbc.engine.store import publish_text
from openvbc.errors import InputError, Problem
from openvbc.rules.rule import Leaf

WIDTH: Final = 99

UNNAMED: Final = ("first", "second")
"""Strata in an example where nobody has named them."""

EXAMPLES: Final[Mapping[str, str]] = {
    "usd": "1000.00",
    "gbp": "1000.00",
    "usd_per_capita": "10000.00",
    "rate": "0.05",
    "persons": "1000",
    "person_years": "1000",
    "months": "12000",
    "score": "1",
    "points": "10",
    "flag": "true",
    "text": "name",
    "brackets": "[]",
    "count": "100",
}
"""Unit → a value of it, as it is written."""

SCALE: Final = "[{from: 0, to: 0.05, share: 0}, {from: 0.05, to: null, share: 0.5}]"


def _comment(text: str, indent: str) -> Iterator[str]:
    """A comment in sentences; set in, so that none of its lines looks like one to be used."""
    begin = f"{indent}#   "
    wrap = textwrap.TextWrapper(
        WIDTH, initial_indent=begin, subsequent_indent=begin, break_long_words=False
    )
    yield from wrap.wrap(text)


def _simple(part: Component, leaf: Leaf) -> str:
    """One value of a leaf, as it is written."""
    if leaf.default not in {None, "required"}:
        return _default(leaf)
    if words := words_of(part, leaf.name):
        return words[0]
    return SCALE if is_scale(part, leaf.name) else EXAMPLES[leaf.unit]


def example(part: Component, leaf: Leaf, strata: Sequence[str]) -> str:
    """A value of a leaf as it is written, for each stratum where it has strata.

    It shows the form; the figure is nobody's.
    """
    found = _simple(part, leaf)
    if "stratum" in leaf.per:
        found = "{" + ", ".join(f"{it}: {found}" for it in strata) + "}"
    return f"{{performance: {found}}}" if "period" in leaf.per else found


def _fact_example(new: New, part: Component, leaf: Leaf, strata: Sequence[str]) -> str:
    key = "values" if leaf.per else "value"
    value = example(part, leaf, strata)
    return f"{{unit: {leaf.unit}, {key}: {value}, source: file, received_on: {new.as_of}}}"


def _about(part: Component, leaf: Leaf, indent: str) -> Iterator[str]:
    """What a leaf says, the words that it can be, and what holds unless it is given."""
    words = words_of(part, leaf.name)
    choice = f" One of: {', '.join(words)}." if words else ""
    silent = "" if leaf.default in {None, "required"} else f" Unless given: {_default(leaf)}."
    yield from _comment(f"{about(leaf)}.{choice}{silent}", indent)


def _default(leaf: Leaf) -> str:
    return str(leaf.default).lower() if leaf.unit != "text" else str(leaf.default)


def _required(part: Component, leaf: Leaf, shown: str, indent: str) -> Iterator[str]:
    """A name that must be filled in, below what it is."""
    yield from _about(part, leaf, indent)
    yield f"{indent}# example: {shown}"
    yield f"{indent}{leaf.name}:"


def _optional(part: Component, leaf: Leaf, shown: str, indent: str) -> Iterator[str]:
    """A name that may be left out: a line that holds once its # is taken away."""
    yield from _about(part, leaf, indent)
    yield f"{indent}# {leaf.name}: {shown}"


def _strata_names(new: New, part: Component) -> Sequence[str]:
    """The names by which examples are given: those that were named, or that a population has."""
    if new.counts:
        return ENROLMENT_TYPES
    return new.strata.get(part.name) or _program_strata(new) or UNNAMED


def placed(new: New) -> list[tuple[Component, Leaf]]:
    """Each name that a file can give, once: with the component that requires it, or has it."""
    found: dict[str, tuple[Component, Leaf]] = {}
    known = leaves_of(new.parts)
    for part in new.parts:
        for name, leaf in given(part).items():
            before = found.get(name)
            if name in known and (
                before is None or before[1].default != leaf.default == "required"
            ):
                found[name] = (part, leaf)
    return list(found.values())


def _strata(new: New, part: Component) -> Iterator[str]:
    """The strata of a component's entry, or the place for them."""
    indent = " " * 6
    if not own_strata(new, part):
        return
    if part.name in new.strata:
        yield f"{indent}{STRATA}: [{', '.join(new.strata[part.name])}]"
        return
    yield f"{indent}#   its rate cells, tiers, measures or episode types, by name"
    yield f"{indent}# example: [{', '.join(_strata_names(new, part))}]"
    yield f"{indent}{STRATA}:"


def _terms(new: New, part: Component) -> Iterator[str]:
    """The lines of one component: its strata, its required terms, then its optional ones."""
    indent = " " * 6
    terms = [leaf for owner, leaf in placed(new) if owner is part and is_agreed(part, leaf)]
    yield from _strata(new, part)
    for leaf in terms:
        if leaf.default == "required":
            shown = example(part, leaf, _strata_names(new, part))
            yield from _required(part, leaf, shown, indent)
    optional = [it for it in terms if it.default != "required"]
    yield from [f"{indent}# May be left out:"] if optional else []
    for leaf in optional:
        shown = example(part, leaf, _strata_names(new, part))
        yield from _optional(part, leaf, shown, indent)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def party_id(name: str) -> str:
    """An id of a party: the words of its name in capitals."""
    return "_".join(re.findall(r"[A-Z0-9]+", name.upper())) or "PARTY"


def _population(new: New) -> Iterator[str]:
    if new.counts:
        yield "# Whose patients count. The participant list is a file beside this one."
        yield "population:"
        method = new.program if new.program in shipped_methods() else MSSP
        yield f"  method: {method}"
        if method == MSSP:
            yield "  assignment: retrospective     # or prospective"
        yield f"  participants: {new.id}_participants.csv"
        yield "  run_out_months: 3"
        yield "  cut: national                 # or computed"
        yield ""


def _contract(new: New) -> Iterator[str]:
    title = f"{new.payer} and {new.entity}: {', '.join(new.components)}"
    yield "# Fill in every empty term; `vbc check` names those that are left."
    yield f"contract: {new.id}"
    yield f"title: {_quoted(title)}"
    if new.program:
        yield f"program: {new.program}"
    yield ""
    yield "parties:"
    for side, name in (("payer", new.payer), ("entity", new.entity)):
        yield f"  {side}: {{id: {_quoted(party_id(name))}, name: {_quoted(name)}}}"
    yield ""
    yield f"line_of_business: {_quoted(new.line_of_business)}"
    yield ""
    yield f"agreement: {{start: {new.start}}}   # end: its last day, where it has one"
    yield ""
    yield from _population(new)
    yield "components:"
    for part in new.parts:
        lines = list(_terms(new, part))
        filled = any(not it.lstrip().startswith("#") for it in lines)
        yield f"  - {part.name}:" if filled else f"  - {part.name}"
        yield from lines


def _settlement(new: New) -> Iterator[str]:
    yield "# Fill in every empty fact, with who said so and when it was received."
    yield f"contract: {new.id}"
    yield f"period: {new.period}"
    yield f"first_day: {new.start}"
    yield f"last_day: {new.last_day}"
    yield "kind: final                      # or projection, interim, restated, reopened"
    yield f"as_of: {new.as_of}"
    if new.program and not new.counts and any(map(has_strata, new.parts)):
        yield "#   its measures, conditions, episode categories or indicators, by name"
        yield f"{STRATA}: [{', '.join(_program_strata(new))}]"
    yield ""
    yield "facts:"
    facts = [(part, leaf) for part, leaf in placed(new) if not is_agreed(part, leaf)]
    for part, leaf in facts:
        if _is_required(new, leaf):
            shown = _fact_example(new, part, leaf, _strata_names(new, part))
            yield from _required(part, leaf, shown, "  ")
    optional = [(part, leaf) for part, leaf in facts if not _is_required(new, leaf)]
    yield from ["  # May be left out:"] if optional else []
    for part, leaf in optional:
        shown = _fact_example(new, part, leaf, _strata_names(new, part))
        yield from _optional(part, leaf, shown, "  ")


def _is_required(new: New, leaf: Leaf) -> bool:
    """Whether nothing settles without it; tables need the national cut, though no rule does."""
    return leaf.default == "required" or (new.counts and leaf.name == NATIONAL_CUT)


def _program_strata(new: New) -> Sequence[str]:
    return list(dict.fromkeys(it for names in new.strata.values() for it in names))


def new_contract(folder: Path, new: New) -> tuple[Path, Path]:
    """Write contracts/ID.yaml and settlements/ID_PERIOD.yaml in a workspace; their paths.

    Raises InputError with everything that is wrong with what was asked for, and where a file of
    either name is there already: nothing is overwritten.
    """
    problems = list(problems_of(new))
    contract = folder / "contracts" / f"{new.id}.yaml"
    settlement = folder / "settlements" / f"{new.id}_{new.period}.yaml"
    if not problems:
        files = (it for path in (contract, settlement) for it in (path, path.with_suffix(".yml")))
        there = [it for it in files if it.exists()]
        problems += [Problem(str(it), "is there already; choose another id") for it in there]
    if problems:
        raise InputError(problems)
    for path, lines in ((contract, _contract(new)), (settlement, _settlement(new))):
        path.parent.mkdir(parents=True, exist_ok=True)
        publish_text(path, "\n".join(lines) + "\n")
    return contract, settlement
