"""One month added: what is built again of a workspace when the last month's load comes."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openvbc.bench.place import open_place
from openvbc.bench.population import LATE, MAIN
from openvbc.engine.build import Tally
from openvbc.engine.model import Model
from openvbc.sources.loads import load_folder
from openvbc.workspace import Workspace


@dataclass(frozen=True)
class Added:
    """A build after a month was added, and the build of everything that it is held against."""

    models: dict[str, Model]
    added: Tally
    whole: Tally

    def _cpu_s(self, tally: Tally, *, monthly: bool) -> float:
        return sum(
            spent.cpu_s
            for name, spent in tally.spent.items()
            if not monthly or self.models[name].period == "month"
        )

    def ratio(self, *, monthly: bool) -> float:
        """CPU of the build after over that of the build of everything."""
        whole = self._cpu_s(self.whole, monthly=monthly)
        return round(self._cpu_s(self.added, monthly=monthly) / whole, 3) if whole else 0.0

    def json(self) -> dict[str, Any]:
        """As the command says it: month tables against themselves and against everything."""
        whole = self._cpu_s(self.whole, monthly=False)
        month = self._cpu_s(self.added, monthly=True) / whole if whole else 0.0
        return {
            "cpu_ratio_month_models": self.ratio(monthly=True),
            "cpu_month_models_of_whole_build": round(month, 3),
            "cpu_ratio_all_models": self.ratio(monthly=False),
            "rebuilt": sum(self.added.built.values()),
            "reused": sum(self.added.reused.values()),
        }


def add_month(folder: Path, measured: Workspace, members: int, whole: Tally) -> Added:
    """Build without the last month in a folder beside, then with it.

    measured is the workspace with both loads, whole what its build took.
    """
    beside = folder / "late"
    shutil.rmtree(beside, ignore_errors=True)
    settings = measured.settings
    made = open_place(beside, members, settings.workers, settings.memory_mb)
    _link(measured.data, made.data, MAIN)
    made.build()
    _link(measured.data, made.data, LATE)
    built = Workspace(beside).build()
    shutil.rmtree(beside)
    return Added(dict(made.models), built.tally, whole)


def _link(source: Path, target: Path, load_id: str) -> None:
    """A load in a second workspace without a second copy of its bytes."""
    shutil.copytree(
        load_folder(source, load_id), load_folder(target, load_id), copy_function=os.link
    )
