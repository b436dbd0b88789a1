"""A few invented people with an analysis: the smallest workspace in which every stage has work."""

import shutil
from pathlib import Path

from openvbc.generate.population import generate
from openvbc.settings import Settings, write_settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

ANALYSES = """\
analyses:
  medicare:
    line_of_business: medicare
    years: [2025]
    paid_through: 2026-03-31
    risk: [cms_hcc_v24, cms_hcc_v28_2026]
    groupers: [charlson, elixhauser]
    measures: [access, continuity, cost, leakage, panel]
"""


def loaded(folder: Path, members: int, buckets: int, years: int) -> Workspace:
    """People of the years to 2025 loaded, nothing built."""
    source = generate(
        folder / "source", members=members, seed=7, first_year=2026 - years, years=years
    ).folder
    made = Workspace.init(folder / "space", Settings(buckets=buckets, memory_mb=600, workers=1))
    load(made.data, source, buckets=buckets, data_source="test")
    (made.root / "analyses.yaml").write_text(ANALYSES)
    return Workspace(made.root)


def copy(of: Workspace, folder: Path, settings: Settings | None = None) -> Workspace:
    """The same workspace elsewhere, as it is; or with other settings."""
    shutil.copytree(of.root, folder)
    if settings:
        write_settings(folder / "vbc.toml", settings)
    return Workspace(folder)
