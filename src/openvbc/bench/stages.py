"""The stages that are measured, which of them are the core set, and what each took."""

import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openvbc.engine.build import Built, Progress
from openvbc.publish import settle_and_publish
from openvbc.workspace import Workspace

ATTRIBUTION: Final = (
    "eligible_person",
    "primary_care_service",
    "candidate",
    "attribution",
    "assigned_month",
    "assignment_cell",
)
RISK: Final = (
    "risk_person",
    "risk_diagnosis",
    "member_hcc",
    "member_interaction",
    "member_score",
)
COST: Final = ("service_cost", "person_cost")
GROUPER: Final = ("claim_mark", "person_comorbidity")
BENCHMARK: Final = (
    "person_year",
    "cut",
    "person_expenditure",
    "expenditure_cell",
    "person_risk",
    "risk_cell",
)
SHARED: Final = ("superseded_version", "superseded_month", "covered_span")
CORE: Final = (*SHARED, *ATTRIBUTION, *RISK, *COST, *GROUPER, *BENCHMARK)
"""Attribution for three years, HCC V24 and V28, cost by person-year and by service category, one
comorbidity grouper, and the benchmark; with what they share."""

SETTLE: Final = "settle"
_SAMPLE_SECONDS: Final = 0.05
_MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Stage:
    """What one table took, or the settlement: its partitions together."""

    name: str
    cpu_s: float
    wall_s: float
    peak_mib: float
    rows: int
    core: bool


def memory_mib() -> float:
    """What the process has in memory now; where the system does not say, the most it ever had."""
    status = Path("/proc/self/statm")
    if status.is_file():
        return int(status.read_text(encoding="ascii").split()[1]) * resource.getpagesize() / _MIB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MIB


class Sampler:
    """Looks at memory many times a second, and notes it for whatever is at work."""

    def __init__(self) -> None:
        self.peaks: dict[str, float] = {}
        self._at_work: dict[int, str] = {}
        self._ended = threading.Event()

    def watch(self, name: str | None) -> None:
        """Hear from a thread what it begins, or that it is done."""
        if name is None:
            self._note()
            self._at_work.pop(threading.get_ident(), None)
        else:
            self._at_work[threading.get_ident()] = name

    def _note(self) -> None:
        now = memory_mib()
        for name in [*self._at_work.values()]:
            self.peaks[name] = max(self.peaks.get(name, 0.0), now)

    def _run(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._note()

    @contextmanager
    def running(self) -> Iterator["Sampler"]:
        """Sample for as long as the block lasts."""
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()


def build_stages(workspace: Workspace, report: Progress | None = None) -> tuple[Built, list[Stage]]:
    """Build every table and settle both contracts; what each took, in the order of the flow."""
    sampler = Sampler()
    with sampler.running():
        built = workspace.build(report, sampler.watch)
        settled = _settle(workspace, sampler)
    rows = workspace.run().rows()
    stages = [
        Stage(
            name,
            round(spent.cpu_s, 3),
            round(spent.wall_s, 3),
            round(sampler.peaks.get(name, 0.0), 1),
            rows.get(name, 0),
            name in CORE,
        )
        for name, spent in built.tally.spent.items()
    ]
    return built, [*stages, settled]


def _settle(workspace: Workspace, sampler: Sampler) -> Stage:
    """The benchmark's last step: dollars from cells, for each contract."""
    cpu, wall = time.process_time(), time.monotonic()
    sampler.watch(SETTLE)
    lines = 0
    for name in workspace.settlements:
        settled = settle_and_publish(workspace, name)
        lines += len(settled.document["lines"])
    sampler.watch(None)
    took = round(time.process_time() - cpu, 3), round(time.monotonic() - wall, 3)
    return Stage(SETTLE, *took, round(sampler.peaks.get(SETTLE, 0.0), 1), lines, core=True)
