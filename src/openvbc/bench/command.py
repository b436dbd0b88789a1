"""`vbc bench`: what each stage costs, as a ratio to a bare scan in the same run."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from openvbc.bench.late import add_month
from openvbc.bench.peers import peers
from openvbc.bench.place import open_place
from openvbc.bench.population import make_population
from openvbc.bench.scan import columns_read, scan_cpu_s
from openvbc.bench.stages import CORE, Stage, build_stages
from openvbc.console import out, progress
from openvbc.engine.store import publish_text, read_json
from openvbc.errors import InputError, Problem
from openvbc.settings import ENGINE_MB, least_memory_mb

FEWEST: Final = 500


def bench(
    members: Annotated[int, typer.Option(help="People to make.")] = 20_000,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the measurements here as JSON.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--dir", help="Keep people and tables here; a second run takes the people from there."
        ),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="JSON of a smaller run: CPU per person against it.")
    ] = None,
    month: Annotated[
        bool, typer.Option("--month", help="Also build once more after one month is added.")
    ] = False,
    workers: Annotated[int, typer.Option(help="Engines at a time.")] = 2,
    memory_mb: Annotated[int, typer.Option(help="What they may use in all.")] = 1600,
) -> None:
    """Measure what a build costs on invented people, stage by stage, against a bare scan."""
    problems = list(_wrong(members, workers, memory_mb))
    if problems:
        raise InputError(problems)
    before = None if compare is None else _earlier(compare)
    if json_out is not None:
        _check_room(json_out)
    with _place(folder, members) as place:
        found = _measure(place, members, workers, memory_mb, month=month)
    if before is not None:
        found["cpu_per_person_ratio"] = round(_per_person(found) / before, 3)
    out.print(_table(found))
    if json_out is not None:
        publish_text(json_out, _text(found))


def _wrong(members: int, workers: int, memory_mb: int) -> Iterator[Problem]:
    """What of the options cannot be: a bench of minutes must not end in it."""
    if members < FEWEST:
        yield Problem("--members", f"found {members}, expected {FEWEST} or more")
    if workers < 1:
        yield Problem("--workers", f"found {workers}, expected 1 or more")
    elif memory_mb < least_memory_mb(workers):
        what = f"found {memory_mb}, expected {least_memory_mb(workers)} or more"
        yield Problem("--memory-mb", f"{what}: {ENGINE_MB} for each of {workers} workers")


def _earlier(path: Path) -> float:
    """CPU-seconds for a person of an earlier bench; raises InputError where it is none."""
    what = "name the JSON of an earlier vbc bench"
    try:
        found = _per_person(read_json(path, what))
    except (LookupError, TypeError, ValueError, ZeroDivisionError) as error:
        raise InputError(Problem(str(path), f"is not of vbc bench; {what}")) from error
    if not found > 0:
        raise InputError(Problem(str(path), f"says no CPU-seconds; {what}"))
    return found


def _check_room(path: Path) -> None:
    """Raise InputError where the measurements could not be written in the end."""
    folder = next(it for it in path.absolute().parents if it.exists())
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        what = "cannot be written; name a file in a folder that you may write in"
        raise InputError(Problem(str(path), what))


def _text(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1) + "\n"


@contextmanager
def _place(folder: Path | None, members: int) -> Iterator[Path]:
    """The folder that was named, with one below for each size; else one that goes with the run."""
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made) / "bench"
    else:
        yield folder / f"{members}"


def _measure(
    place: Path, members: int, workers: int, memory_mb: int, *, month: bool
) -> dict[str, Any]:
    workspace = open_place(place, members, workers, memory_mb)
    with progress("make people") as report:
        make_population(
            workspace.data, members, workers=workers, memory_mb=memory_mb, progress=report
        )
    for left in ("store", "runs"):  # what an earlier run built would cost nothing now
        shutil.rmtree(workspace.data / left, ignore_errors=True)
    with progress("build") as report:
        built, stages = build_stages(workspace, report)
    core = [name for name in CORE if workspace.models[name].sql]
    scan = scan_cpu_s(workspace, columns_read(workspace, core))
    found = _content(members, scan, stages, workspace.run().rows()["medical_claim"])
    found["peers"] = peers(workspace.run())
    if month:
        found["one_month"] = add_month(place, workspace, members, built.tally).json()
    return found


def _content(members: int, scan: float, stages: list[Stage], lines: int) -> dict[str, Any]:
    core = sum(it.cpu_s for it in stages if it.core)
    return {
        "members": members,
        "scan_cpu_s": round(scan, 3),
        "stages": [
            {**vars(it), "ratio_to_scan": round(it.cpu_s / scan, 3), "core": it.core}
            for it in stages
        ],
        "core_ratio_to_scan": round(core / scan, 3),
        "lines_per_cpu_s": round(lines / core),
        "peers": {},
    }


def _per_person(found: dict[str, Any]) -> float:
    """CPU-seconds of the core set for a person."""
    spent = sum(float(it["cpu_s"]) for it in found["stages"] if it["core"])
    return spent / int(found["members"])


def _table(found: dict[str, Any]) -> Table:
    title = f"{found['members']:,} people; a bare scan takes {found['scan_cpu_s']:.2f} CPU-s"
    table = Table(title=title, title_justify="left")
    for name in ("stage", "core", "CPU-s", "seconds", "peak MiB", "rows", "scans"):
        table.add_column(name, justify="left" if name in {"stage", "core"} else "right")
    for it in sorted(found["stages"], key=lambda it: (not it["core"], -it["cpu_s"])):
        table.add_row(
            it["name"],
            "core" if it["core"] else "",
            f"{it['cpu_s']:.2f}",
            f"{it['wall_s']:.1f}",
            f"{it['peak_mib']:,.0f}",
            f"{it['rows']:,}",
            f"{it['ratio_to_scan']:.2f}",
        )
    table.add_section()
    table.add_row("the core set", "", "", "", "", "", f"{found['core_ratio_to_scan']:.2f}")
    table.caption = _caption(found)
    table.caption_justify = "left"
    return table


def _caption(found: dict[str, Any]) -> str:
    said = [f"{found['lines_per_cpu_s']:,} claim lines per CPU-second of the core set."]
    said += [
        f"{name} takes {it['cpu_ratio']} times the CPU for a member's score."
        for name, it in found["peers"].items()
    ]
    if "cpu_per_person_ratio" in found:
        said.append(f"CPU per person against the other run: {found['cpu_per_person_ratio']}.")
    if "one_month" in found:
        it = found["one_month"]
        said.append(
            f"One month added: {it['rebuilt']} partitions built, {it['reused']} reused; "
            f"{it['cpu_ratio_all_models']:.0%} of the CPU of building everything, "
            f"tables cut by month alone {it['cpu_month_models_of_whole_build']:.0%}."
        )
    return "\n".join(said)
