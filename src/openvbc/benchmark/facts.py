"""A region's figures as the facts of a settlement file."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from math import floor
from typing import Any, Final

from ruamel.yaml import YAML

from openvbc.benchmark.few import whole
from openvbc.benchmark.rate_book import RATE
from openvbc.benchmark.region import Region
from openvbc.contract.facts import At
from openvbc.contract.settlement import Settlement
from openvbc.errors import InputError, Problem
from openvbc.rules.mssp_benchmark_history import LEAVES
from openvbc.sources.reference.county_file import COUNTY_FFS

PLACES: Final = 9
"""Facts are written to nine places: the rule's quotient is then right to the cent and beyond."""


def exact(value: Fraction) -> Decimal:
    """A fraction from 0 on, to nine places, half up."""
    return Decimal(floor(value * 10**PLACES + Fraction(1, 2))).scaleb(-PLACES)


def rate_facts(regions: Sequence[Region]) -> dict[str, Any]:
    """The fact `regional_rate` of a settlement file."""
    _refuse_empty(regions)
    head = _head(regions, "{}, counties weighted by aligned months")
    values = {it.enrolment_type: exact(it.expenditure) for it in regions}
    return {RATE: {"unit": "usd", **head, "values": values}}


def region_facts(regions: Sequence[Region], settlement: Settlement) -> dict[str, Any]:
    """The facts `regional_per_capita` and `regional_hcc_score` of a settlement file.

    CMS renormalises the scores of county files to a nation of 1; the rules divide a region's score
    by the settlement's `national_hcc_score`, so it is multiplied by it here. Raises InputError
    with every cell in which the settlement does not give that score, and of which no county is
    left.
    """
    _refuse_empty(regions)
    nation = {it.title: _national(it, settlement) for it in regions}
    missing = [title for title, score in nation.items() if score is None]
    if missing:
        what = f"the settlement has no national_hcc_score in {', '.join(missing)}"
        raise InputError(Problem(settlement.id, what))
    dollars: dict[str, dict[str, Decimal]] = {}
    scores: dict[str, dict[str, Decimal]] = {}
    for it in regions:
        national = nation[it.title] or Fraction(1)
        dollars.setdefault(it.period, {})[it.enrolment_type] = exact(it.per_capita)
        scores.setdefault(it.period, {})[it.enrolment_type] = exact(it.score * national)
    head = _head(regions, f"{COUNTY_FFS} ({{}}), counties weighted by assigned months")
    return {
        "regional_per_capita": {"unit": "usd_per_capita", **head, "values": dollars},
        "regional_hcc_score": {"unit": "score", **head, "values": scores},
    }


def _head(regions: Iterable[Region], source: str) -> dict[str, Any]:
    """Source and day of receipt: the files that the regions are made of, and what was left out."""
    origins = sorted({it.origin for it in regions})
    source = source.format(", ".join(it.title for it in origins))
    lacking = [f"{it.title} {whole(it.left_out)}" for it in regions if it.left_out]
    without = f"; left out, without a county figure: {', '.join(lacking)}" if lacking else ""
    return {"source": source + without, "received_on": max(it.received_on for it in origins)}


def _refuse_empty(regions: Sequence[Region]) -> None:
    """Raise InputError with every cell of which no county is left."""
    what = "no county is left of it, so there is no fact; mend what is left out"
    problems = [Problem(it.title, what) for it in regions if not it.counties]
    if problems or not regions:
        raise InputError(problems or Problem("region", "nobody is assigned, so there is no fact"))


def _national(it: Region, settlement: Settlement) -> Fraction | None:
    """The nation's mean score in a cell, as the settlement file gives it."""
    leaf = next(leaf for leaf in LEAVES if leaf.name == "national_hcc_score")
    found = settlement.facts().get(leaf, At(it.period, it.enrolment_type))
    return Fraction(found.value) if found and isinstance(found.value, Decimal) else None


def facts_text(facts: Mapping[str, Any]) -> str:
    """Facts as a settlement file writes them; numbers as numbers, with every digit."""
    yaml, text = YAML(), StringIO()
    yaml.representer.add_representer(
        Decimal, lambda it, value: it.represent_scalar("tag:yaml.org,2002:float", f"{value:f}")
    )
    yaml.dump({"facts": facts}, text)
    return text.getvalue()
