"""One synthetic population in many formats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final

from openvbc.errors import InputError, Problem, near
from openvbc.generate.maker import Progress
from openvbc.generate.population import Generated, generate
from openvbc.generate.render import (
    adt,
    cclf,
    eob,
    mssp_reports,
    synthea,
    tuva,
    x12_834,
    x12_835,
    x12_837,
)

POPULATION: Final = "population"
"""The folder of the canonical tables, beside those of the formats."""


@dataclass(frozen=True)
class Renderer:
    """One format: what its files are, how they are written, and the kind that reads them.

    render takes the population's folder, the folder to write to, and the seed. not_carried: what
    the format cannot say, with the reason.
    """

    says: str
    kind: str
    render: Callable[..., None]
    not_carried: Mapping[str, str]


def _renderer(says: str, kind: str, module: ModuleType) -> Renderer:
    written: Any = module
    return Renderer(says, kind, written.render, written.NOT_CARRIED)


FORMATS: Final[Mapping[str, Renderer]] = MappingProxyType(
    {
        "cclf": _renderer("CMS's claim feed of ACO A1001, an archive a month", "cclf", cclf),
        "eob": _renderer("Blue Button v3: Patient, Coverage, ExplanationOfBenefit", "bcda", eob),
        "837": _renderer("X12 837: claims as they are submitted", "x12", x12_837),
        "835": _renderer("X12 835: claims as they are paid", "x12", x12_835),
        "834": _renderer("X12 834: enrolment", "x12", x12_834),
        "tuva": _renderer("Tuva's input layer", "tuva", tuva),
        "synthea": _renderer("Synthea's CSV export", "synthea", synthea),
        "adt": _renderer("HL7 v2 messages of stays and emergency visits", "adt", adt),
        "mssp-reports": _renderer("assignment and participant lists", "mssp_reports", mssp_reports),
    }
)
"""Name → format, as `vbc generate --as` takes it."""


def render_population(
    members: int,
    seed: int,
    formats: Sequence[str],
    out: Path,
    *,
    first_year: int = 2022,
    years: int = 4,
    memory_limit: str = "2GB",
    threads: int = 2,
    progress: Progress | None = None,
) -> Generated:
    """Generate a population into `out/population` and write each format into `out/<format>`.

    progress: called with a label, what is done and what there is: people, then formats.
    Raises InputError for a format that is not known or a folder that holds something.
    """
    _refuse(formats, out)
    made = generate(
        out / POPULATION,
        members=members,
        seed=seed,
        first_year=first_year,
        years=years,
        memory_limit=memory_limit,
        threads=threads,
        realistic_feed=True,
        progress=progress,
    )
    chosen = list(dict.fromkeys(formats))
    for done, name in enumerate(chosen):
        if progress:
            progress(name, done, len(chosen))
        FORMATS[name].render(made.folder, out / name, seed=seed)
    return made


def _refuse(formats: Sequence[str], out: Path) -> None:
    problems = [
        Problem(name, f"no format of this name{near(name, FORMATS)}")
        for name in formats
        if name not in FORMATS
    ]
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        problems.append(Problem(str(out), "is not an empty folder; name a new one"))
    if problems:
        raise InputError(problems)
