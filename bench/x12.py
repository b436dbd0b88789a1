"""How fast X12 files are landed: MB per CPU-second by kind, and the most memory it took.

    python bench/x12.py [MEMBERS]

A population is generated, rendered as 837, 835 and 834, and each file landed as Parquet.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from openvbc.generate.population import generate
from openvbc.generate.render import x12_834, x12_835, x12_837
from openvbc.sources.x12.format import FORMAT

MEMBERS = 1_000
MEGABYTE = 1_000_000


def land(path: Path, out: Path) -> str:
    out.mkdir()
    before = time.process_time()
    FORMAT.land(path, path.name, out, "400MB")
    seconds = time.process_time() - before
    size = path.stat().st_size / MEGABYTE
    return f"{path.name:16} {size:8.1f} MB {seconds:8.2f} s CPU {size / seconds:6.1f} MB/s"


def main(members: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        generate(work / "population", members=members, years=2, threads=1, realistic_feed=True)
        for at, module in enumerate((x12_837, x12_835, x12_834)):
            module.render(work / "population", work / "rendered", seed=10 * at + 1)
        for path in sorted((work / "rendered").glob("*.x12")):
            sys.stdout.write(land(path, work / path.stem) + "\n")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE
    sys.stdout.write(f"most memory of the whole run, generation included: {most:,.0f} MB\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS)
