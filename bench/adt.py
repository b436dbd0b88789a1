"""How soon a message is an encounter: the first and the 2,000th, over a socket, a load for each.

python bench/adt.py [--before N] [--messages M]: listens for a workspace without loads and sends M
messages, one after another, each when the one before is loaded; then the same for a workspace in
which N visits stand and N small loads lie. Prints milliseconds from the first byte sent to the
published load, and the CPU milliseconds of the process, medians; the N loads are hard links of one.
"""

import argparse
import asyncio
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from statistics import median

from hl7.mllp import open_hl7_connection

from openvbc.console import out
from openvbc.sources.adt.listen import Listener
from openvbc.sources.load import LoadResult, load
from openvbc.sources.loads import LOADS, MANIFEST

WARM = 3
"""Messages before the clock is looked at."""


def message(number: int) -> str:
    """An admission of one of many patients."""
    day = 1 + number % 28
    at = f"202503{day:02d}1015"
    pv1 = "|".join(["PV1", "1", "I", *[""] * 16, f"V{number}", *[""] * 24, at])
    header = f"MSH|^~\\&|EHR|GENERAL|VBC|ACO|{at}||ADT^A01|C{number}|P|2.5.1"
    patient = f"PID|1||P{number % 977}^^^GENERAL^MR||DOE^ANN||19400102|F"
    return "\r".join([header, f"EVN|A01|{at}", patient, pv1])


def loader(data: Path, folder: Path) -> LoadResult:
    """Load as `vbc listen` does."""
    return load(
        data,
        folder,
        kind="adt",
        buckets=4,
        data_source="bench",
        max_quarantine=Decimal(1),
        memory_limit="500MB",
        threads=2,
    )


def many_loads(data: Path, count: int) -> None:
    """Load so many visits at once, and hard-link that load under so many other ids."""
    source = data.parent / "first"
    source.mkdir()
    (source / "feed.hl7").write_text("\r".join(map(message, range(count))), newline="")
    first = loader(data, source).folder
    manifest = json.loads((first / MANIFEST).read_text())
    for number in range(1, count):
        other = data / LOADS / f"{number:016x}"
        shutil.copytree(first, other, copy_function=os.link)
        (other / MANIFEST).unlink()
        said = manifest | {"load_id": other.name, "number": number, "after": [first.name]}
        (other / MANIFEST).write_text(json.dumps(said, indent=1))


async def latencies(data: Path, numbers: Sequence[int]) -> list[tuple[float, float]]:
    """Wall and CPU milliseconds of each message."""
    loop = asyncio.get_running_loop()
    loaded: asyncio.Queue[object] = asyncio.Queue()
    listener = Listener(
        data,
        partial(loader, data),
        lambda result: loop.call_soon_threadsafe(loaded.put_nowait, result),
    )
    port: asyncio.Future[int] = loop.create_future()
    serving = asyncio.create_task(listener.serve("127.0.0.1", 0, listening=port.set_result))
    reader, writer = await open_hl7_connection("127.0.0.1", await port, encoding="utf-8")
    found = []
    for number in numbers:
        wall, cpu = time.perf_counter(), time.process_time()
        writer.writeblock(message(number).encode())
        await writer.drain()
        await reader.readmessage()
        await loaded.get()
        found.append((1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)))
    writer.close()
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving
    return found[WARM:]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--before", type=int, default=2000)
    parser.add_argument("--messages", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for before in (0, given.before):
            data = Path(folder) / str(before) / "data"
            data.mkdir(parents=True)
            if before:
                many_loads(data, before)
            numbers = range(before, before + WARM + given.messages)
            walls, cpus = zip(*asyncio.run(latencies(data, numbers)), strict=True)
            out.print(
                f"after {before:,} loads: median {median(walls):,.0f} ms, "
                f"longest {max(walls):,.0f} ms; CPU median {median(cpus):,.0f} ms"
            )


if __name__ == "__main__":
    main()
