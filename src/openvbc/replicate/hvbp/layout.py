"""The layout of the published files: which column is which fact or score of which measure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from openvbc.replicate.cells import bare
from openvbc.yamlfile import plain, read_yaml

LAYOUT_FILE: Final = Path(__file__).parent / "layout.yaml"
TOTALS: Final = "total_performance_scores"

Column = tuple[str, str | None]
"""A fact or a rule by its name, and the measure of which it is one."""


@dataclass(frozen=True)
class Kind:
    """One kind of file and its labels: of the facts taken in, and of the scores worked out.

    headings: rule → what the column is called in counts over all measures.
    """

    name: str
    facts: Mapping[Column, str]
    scores: Mapping[Column, str]
    headings: Mapping[str, str]

    @property
    def labels(self) -> Mapping[Column, str]:
        """Every column of a file of this kind."""
        return {**self.facts, **self.scores}


@cache
def _content() -> Mapping[str, Any]:
    return dict(plain(read_yaml(LAYOUT_FILE)))


def id_label() -> str:
    """The label of the column that names the hospital."""
    return str(_content()["id"])


def year_label() -> str:
    """The label of the fiscal year's column."""
    return str(_content()["year"])


def _kind(name: str, measures: Collection[str] | None) -> Kind:
    file = _content()["files"][name]
    chosen = {
        measure: label
        for measure, label in file["measures"].items()
        if measures is None or measure in measures
    }

    def columns(ends: Mapping[str, str]) -> dict[Column, str]:
        pairs = ((it, end) for it in chosen for end in ends)
        return {(end, it): f"{chosen[it]} {ends[end]}" for it, end in pairs}

    scores: dict[Column, str] = {(rule, None): label for rule, label in file["scores"].items()}
    headings = {**file["points"], **file["scores"]}
    return Kind(name, columns(file["taken_in"]), {**columns(file["points"]), **scores}, headings)


def kinds(measures: Collection[str] | None = None) -> dict[str, Kind]:
    """The kinds of file by name, with the columns of some measures, or of all that are known."""
    return {name: _kind(name, measures) for name in _content()["files"]}


@cache
def _marks() -> Mapping[str, frozenset[str]]:
    return {
        name: frozenset(bare(label) for label in kind.labels.values())
        for name, kind in kinds().items()
    }


def kind_of(labels: frozenset[str]) -> str | None:
    """The kind of file that a header's bare labels fit best; None where they fit none."""
    if not {bare(id_label()), bare(year_label())} <= labels:
        return None
    found = {name: len(own & labels) for name, own in _marks().items()}
    best = max(found, key=lambda name: found[name])
    return best if found[best] else None
