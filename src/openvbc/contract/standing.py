"""How firm a statement is, through which days it speaks, and which plan's step it is under.

A statement document says all of it; here it is put into words, the same for terminal and page.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from openvbc.contract.display import first_sentence, period_label, shown_line
from openvbc.period import MONTHS_PER_YEAR, month_end

Document = Mapping[str, Any]

COMPLETION_FACTOR: Final = "completion_factor"
"""How the names end of the leaves by which what is paid so far stands for all of it."""

SHORT_HASH: Final = 12

KINDS: Final[Mapping[str, str]] = {
    "projection": "what may come; it settles nothing",
    "interim": "for now; a final statement follows once the run-out has ended",
    "final": "settles the period",
    "restated": "settles the period again, in place of the statement that it supersedes",
    "reopened": "settles the period again after its reopening",
}
"""What each kind of statement means."""

NOT_COUNTED: Final = "no claims are counted here; every figure was given"
NO_FACTOR: Final = "none; nothing is added for claims still to come"
NOT_STATED: Final = "not stated; the statement was made before it was written down"


def standing(document: Document) -> list[tuple[str, str]]:
    """Status, what is counted and through when, completion factor and plan, each with its words."""
    rows = [
        ("status", f"{document['kind']}: {KINDS[document['kind']]}"),
        ("as of", f"{document['as_of']}; what came later is not in it"),
        *_counted(document),
        ("incurred through", _incurred(document)),
        ("paid through", _paid(document)),
        ("completion factor", _factor(document)),
    ]
    return [*rows, ("terms", _step(document["plan"]))] if document.get("plan") else rows


def completion_factors(document: Document) -> list[Document]:
    """The lines that are completion factors and have a value."""
    lines = (it for it in document["lines"] if it["path"].endswith(COMPLETION_FACTOR))
    return [it for it in lines if it["value"] is not None]


def _counted(document: Document) -> Iterator[tuple[str, str]]:
    """The calendar year that is counted where the period is a part of it."""
    days = document.get("counted")
    if days:
        year = f"{days['first_day']} to {days['last_day']}"
        yield "counted", f"{year}, the whole year, of which the period is settled as a share"


def _incurred(document: Document) -> str:
    through = document.get("through")
    return f"{through['incurred']}, the last day of care in it" if through else NOT_STATED


def _paid(document: Document) -> str:
    through = document.get("through")
    if through is None:
        return NOT_STATED
    paid = [f"{through['paid']}, the last day of payment in it"] if through["paid"] else []
    return "; ".join([*paid, *_books(through.get("books") or {})]) or NOT_COUNTED


def _books(books: Mapping[str, str]) -> Iterator[str]:
    """Each analysis with its last day of payment and run-out, and whether those differ."""
    months = {name: _run_out(name, date.fromisoformat(day)) for name, day in books.items()}
    for name, day in books.items():
        yield f"{name} to {day} ({months[name]} months of run-out)"
    if len(set(months.values())) > 1:
        yield "the run-outs differ, so the years are not equally complete"


def _run_out(analysis: str, paid: date) -> int:
    """Whole months from the end of an analysis' year to its last day of payment."""
    year = int(analysis.rpartition("/")[2])
    months = MONTHS_PER_YEAR * (paid.year - year - 1) + paid.month
    return months if paid == month_end(paid) else months - 1


def _factor(document: Document) -> str:
    """Each factor with the periods that it holds for, and what it is."""
    lines = completion_factors(document)
    if not lines:
        return NO_FACTOR
    values: dict[str, dict[str, None]] = {}
    for it in lines:
        values.setdefault(_factor_text(it), {})[period_label(document, it["at"]["period"])] = None
    several = len(values) > 1
    said = (f"{text} {_of(names)}" if several else text for text, names in values.items())
    return f"{'; '.join(said)} ({first_sentence(lines[0]['says'])})"


def _factor_text(line: Document) -> str:
    """A factor as actuaries write it: 1.013, never 101.3 %."""
    return str(line["value"]) if line["unit"] == "rate" else shown_line(line)


def _of(periods: Mapping[str, None]) -> str:
    return f"for {', '.join(periods)}"


def _step(plan: Document) -> str:
    """The step in force, why, and the statement that decided it."""
    said = f"step {plan['step']} of plan {plan['id']}: {plan['why']}"
    decided = plan["decided_by"]
    return f"{said}; statement {decided[:SHORT_HASH]}" if decided else said
