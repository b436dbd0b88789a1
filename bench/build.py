"""What a build costs, as a ratio to a bare scan of the same claim lines in the same run.

python bench/build.py [--members N]: makes a population, loads it, scans the columns that the
models read, then builds every table with one engine and prints CPU-seconds for each model. Ratios
travel between machines; seconds do not.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.table import Table

from openvbc.console import out
from openvbc.demo import write_contracts
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.generate.population import generate
from openvbc.settings import Settings
from openvbc.sources.load import load
from openvbc.workspace import Workspace

SCANNED = (
    "person_id",
    "claim_key",
    "version_number",
    "version_type",
    "effective_on",
    "claim_type",
    "claim_end_date",
    "bill_type_code",
    "hcpcs_code",
    "rendering_specialty_code",
    "billing_tin",
    "facility_ccn",
    "allowed_cents",
    "paid_cents",
    "ime_cents",
    "dsh_cents",
    "denied",
)


def workspace(folder: Path, members: int) -> Workspace:
    made = Workspace.init(folder / "workspace", Settings(buckets=2, workers=1))
    source = generate(folder / "source", members=members).folder
    load(made.data, source, kind="own", buckets=2, data_source="bench")
    write_contracts(made, source)
    return made


def cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def scan(made: Workspace) -> float:
    """CPU-seconds of reading every scanned column of every claim line, once."""
    parts = made.inputs()["medical_claim"]
    engine = DuckDBEngine("800MB", made.data / "spill")
    model = made.models["medical_claim"]
    engine.table("lines", [made.data / part.path for part in parts], model.stored_schema)
    columns = ", ".join(f"max({name})" for name in SCANNED)
    try:
        return cpu(lambda: engine.rows(f"SELECT {columns} FROM lines"))
    finally:
        engine.close()


def stages(made: Workspace) -> dict[str, float]:
    """CPU-seconds of each model, all buckets together, built by one engine."""
    spent: dict[str, float] = {}
    last = [time.process_time()]

    def report(model: str, _done: int, _total: int) -> None:
        now = time.process_time()
        spent[model] = spent.get(model, 0.0) + now - last[0]
        last[0] = now

    made.build(report)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=20_000)
    members = parser.parse_args().members
    with tempfile.TemporaryDirectory() as folder:
        made = workspace(Path(folder), members)
        bare = scan(made)
        spent = stages(made)
        rows = made.run().rows()
    table = Table("stage", "rows", "CPU-s", "ratio to scan", title=f"{members:,} members")
    table.add_row("bare scan", f"{rows['medical_claim']:,}", f"{bare:.2f}", "1.0")
    for name, seconds in spent.items():
        table.add_row(name, f"{rows[name]:,}", f"{seconds:.2f}", f"{seconds / bare:.1f}")
    total = sum(spent.values())
    table.add_row("whole build", "", f"{total:.2f}", f"{total / bare:.1f}")
    out.print(table)


if __name__ == "__main__":
    main()
