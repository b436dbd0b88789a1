"""Replication of CMS's published Hospital Value-Based Purchasing results.

Every hospital goes through the same resolver, components and parameters as a contract; only the
leaves come from its rows. docs/programs/hvbp.md says what is compared and what is taken in.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from openvbc.parameters import Parameter, load_program
from openvbc.replicate.cells import Missing, Number
from openvbc.replicate.csvfile import labels_of
from openvbc.replicate.hvbp.hospital import (
    DOMAIN_SCORES,
    Computed,
    HospitalFacts,
    HospitalReader,
    read_cell,
)
from openvbc.replicate.hvbp.layout import TOTALS, Column, kind_of
from openvbc.replicate.hvbp.published import Results, read_results, stated_year
from openvbc.replicate.programs import Group, PublishedProgram
from openvbc.replicate.replication import (
    Compared,
    Profile,
    Replication,
    Result,
    Unreadable,
    sort_out,
    unread_reasons,
)
from openvbc.rules.hvbp import SCORE_PLACES

PROFILE: Final = Profile(
    program="hvbp",
    each="hospital",
    every="hospitals",
    period="FY",
    places=SCORE_PLACES,
    reasons={
        "hospital_missing": "a file of the year has no row of the hospital",
        "hospital_twice": "a file has several rows of the hospital",
        "ssi_weights_unpublished": "the two surgical site infection scores differ and their "
        "weights are unpublished; the combined score is taken in",
    },
)

TOTAL: Final = ("total_performance_score", None)
HALF_PLACE: Final = Decimal(5).scaleb(-SCORE_PLACES - 1)
NO_VALUE: Final = Decimal("NaN")
"""Stands where one of two compared sides has no value."""


def knows(path: Path) -> bool:
    """Whether a file looks like one of these."""
    return kind_of(labels_of(path)) is not None


def groups(paths: Sequence[Path]) -> list[Group]:
    """The files of each fiscal year together."""
    found: dict[int | None, list[Path]] = {}
    for path in paths:
        found.setdefault(stated_year(path), []).append(path)
    return [tuple(own) for own in found.values()]


def replicate_hvbp(paths: Group, year: int | None = None) -> Replication:
    """Recompute every hospital of a fiscal year's files.

    paths: the total performance scores, with or without the four domain files. year: the fiscal
    year, where the files do not say it. Raises InputError where a file cannot be made out.
    """
    parameters = load_program(PROFILE.program)
    results = read_results(paths, year, parameters)
    rows = tuple(_result(results, hospital, parameters) for hospital in results.hospitals)
    alone = "domain scores taken in: there is no file of measures"
    notes = () if results.measures else (alone,)
    return Replication(PROFILE, tuple(paths), (results.year,), rows, notes)


def _result(results: Results, hospital: str, parameters: Mapping[str, Parameter]) -> Result:
    facts = HospitalReader(results, hospital).read()
    wrong = (*facts.missing, *facts.twice, *facts.unreadable, *facts.suppressed)
    if wrong:
        return _refused(results, facts, _why(facts), wrong)
    computed = Computed(results, facts, parameters)
    if computed.refused:
        where = f"hospital {hospital}"
        problems = tuple(f"{where}: {reason}" for reason in computed.refused)
        return _refused(results, facts, ("input_unreadable",), problems)
    return _recomputed(results, facts, computed)


def _why(facts: HospitalFacts) -> tuple[str, ...]:
    """The reasons for which nothing is computed."""
    met = {
        "hospital_missing": facts.missing,
        "hospital_twice": facts.twice,
        "input_unreadable": (*facts.missing, *facts.twice, *facts.unreadable),
        "input_suppressed": facts.suppressed,
    }
    return tuple(reason for reason, problems in met.items() if problems)


def _recomputed(results: Results, facts: HospitalFacts, computed: Computed) -> Result:
    found = list(_compared(results, facts, computed))
    compared, unread = sort_out([one for one, _ in found])
    differing = tuple(what for one, what in found if isinstance(one, Compared) and not one.equal)
    met = {
        "ssi_weights_unpublished": computed.ssi_weights_unpublished,
        **dict.fromkeys(unread_reasons(unread), True),
        "unexplained": bool(differing),
    }
    total = computed.score(TOTAL)
    said = _published_decision(results, facts)
    heading = results.totals.kind.headings[TOTAL[0]]
    agreed = [one.equal for one in compared if one.column == heading]
    return Result(
        id=facts.id,
        line=facts.rows[TOTALS].line,
        published=_published_total(results, facts),
        computed=total,
        within=said is not None and all(agreed),
        compared=compared,
        decision=_decision(total),
        published_decision=said,
        reasons=tuple(reason for reason, holds in met.items() if holds),
        problems=(*differing, *(one.what for one in unread)),
    )


def _refused(
    results: Results, facts: HospitalFacts, reasons: tuple[str, ...], problems: tuple[str, ...]
) -> Result:
    """A hospital whose rows could not be read."""
    row = facts.rows.get(TOTALS) or next(iter(facts.rows.values()))
    total = _published_total(results, facts)
    said = _published_decision(results, facts)
    return Result(facts.id, row.line, total, None, False, (), "undecided", said, reasons, problems)


def _decision(total: Decimal | None) -> str:
    return "no score" if total is None else "scored"


def _published_total(results: Results, facts: HospitalFacts) -> Decimal | None:
    row = facts.rows.get(TOTALS)
    number = None if row is None else read_cell(results.totals.text(row, TOTAL))
    return number.value if isinstance(number, Number) else None


def _published_decision(results: Results, facts: HospitalFacts) -> str | None:
    """What the file says happened; None where it has no row, or text that says nothing."""
    row = facts.rows.get(TOTALS)
    number = Missing.BLANK if row is None else read_cell(results.totals.text(row, TOTAL))
    if isinstance(number, Missing):
        return None
    return _decision(None if number is None else number.value)


def _compared(
    results: Results, facts: HospitalFacts, computed: Computed
) -> Iterator[tuple[Compared | Unreadable, str]]:
    """Every score that was not taken in, with a sentence on it."""
    for name, row in facts.rows.items():
        file = results.files[name]
        for column in file.kind.scores:
            if _taken_in(results, column, computed):
                continue
            number = read_cell(file.text(row, column))
            score = computed.score(column)
            if number is None and score is None:
                continue
            found = f"{file.place(row, column)}: found {file.text(row, column)!r}"
            if number is None or isinstance(number, Number):
                heading = file.kind.headings[column[0]]
                one = _one(heading, number, score, _slack(results))
                yield one, f"{found}, computed {PROFILE.text(score) or 'none'}"
            else:
                what = f"{found}, expected a number"
                yield Unreadable(what, number is Missing.SUPPRESSED), what


def _taken_in(results: Results, column: Column, computed: Computed) -> bool:
    """Whether a score is a fact here: see the module `hospital`."""
    if column[0] == "combined_ssi_score":
        return computed.ssi_weights_unpublished
    return not results.measures and column[0] in DOMAIN_SCORES


def _slack(results: Results) -> Decimal:
    """How far a score may be off: half of its last place; as much again for rounded inputs."""
    return HALF_PLACE if results.measures else 2 * HALF_PLACE


def _one(heading: str, number: Number | None, score: Decimal | None, slack: Decimal) -> Compared:
    if number is None or score is None:
        published = NO_VALUE if number is None else number.value
        return Compared(heading, published, NO_VALUE if score is None else score, equal=False)
    return Compared(heading, number.value, score, abs(number.value - score) <= slack)


def _replicate(group: Group, year: int | None) -> Replication:
    return replicate_hvbp(group, year)


PROGRAM: Final = PublishedProgram(PROFILE, knows, _replicate, groups)
