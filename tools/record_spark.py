"""Record what DuckDB and Spark answer to the probes of the portable SQL subset.

Needs pyspark and Java 17, in an environment of their own, since Spark is no dependency:

    python -m venv spark && spark/bin/pip install . pyspark
    PYTHONPATH=src:tests spark/bin/python tools/record_spark.py

Writes tests/spark/recorded.json. Exit code 1, and nothing written, where a probe fails.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from spark_probes import RECORDED, read_probes, record


def one_probe_a_line(recorded: dict[str, Any]) -> str:
    """JSON in which a changed answer is one changed line."""
    probes = ",\n".join(
        f" {json.dumps(name)}: {json.dumps(answers, ensure_ascii=False)}"
        for name, answers in recorded["probes"].items()
    )
    rest = {name: json.dumps(it) for name, it in recorded.items() if name != "probes"}
    lines = [f'"{name}": {text}' for name, text in rest.items()]
    return "{" + ",\n".join([*lines, f'"probes": {{\n{probes}\n}}']) + "}\n"


def say(line: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Record every probe, or say which failed."""
    with tempfile.TemporaryDirectory() as spill:
        recorded = record(Path(spill), say)
    missing = read_probes()[1].keys() - recorded["probes"].keys()
    if missing:
        return 1
    RECORDED.write_text(one_probe_a_line(recorded), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
