"""Rows of published files made up for tests, with the arithmetic of their amounts."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openvbc.replicate.replication import Replication


def write(path: Path, rows: Sequence[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def computed(done: Replication) -> list[Any]:
    """Every row's computed amount; a Decimal equals the whole number it is."""
    return [result.computed for result in done.results]


def amounts(done: Replication) -> list[Any]:
    """Every row's published and computed amount."""
    return [(result.published, result.computed) for result in done.results]


# $100M benchmark, $90M spent, 10,000 lives: 10 % saved, minimum 3.0 %; 40 % of $10M is $4M,
# × 0.98 = $3.92M.
PY2022_ROW = {
    "ACO_ID": "A9001",
    "ACO_Name": "Invented ACO",
    "Current_Start_Date": "01/01/2022",
    "Current_Track": "B",
    "Risk_Model": "One-Sided",
    "N_AB": "10,000",
    "Sav_rate": "10.00%",
    "MinSavPerc": "3.00%",
    "BnchmkMinExp": "10000000",
    "GenSaveLoss": "10000000",
    "DisAdj": "",
    "Prorate_Shared_Losses": "0",
    "EarnSaveLoss": "3920000",
    "Met_QPS": "1",
    "Met_30pctl": "1",
    "QualScore": "80.00%",
    "ABtotBnchmk": "$100,000,000",
    "ABtotExp": "90000000",
    "FinalShareRate": "40.00%",
    "Rev_Exp_Cat": "Low Revenue",
}

# $10M lost of $100M: 30 % is $3M, below 4 % of the benchmark.
PY2024_LOSS = {
    **PY2022_ROW,
    "Current_Track": "E",
    "Risk_Model": "Two-Sided",
    "Current_Start_Date": "1/1/2024",
    "Sav_rate": "-10.00%",
    "MinSavPerc": "2.00%",
    "BnchmkMinExp": "-10000000",
    "GenSaveLoss": "-10000000",
    "EarnSaveLoss": "-3000000",
    "ABtotExp": "110000000",
    "FinalShareRate": "50.00%",
    "Met_AltQPS": "",
    "Met_40pctl": "1",
}

# Track 1, a score of 0.90: 50 % × 0.90 = 45 % of $10M = $4.5M; × 0.98 = $4.41M.
PY2014_ROW = {
    "ACO_Num": "A90001",
    "ACO_NAME": "Invented ACO",
    "Start_Date": "01/01/2014",
    "Track1": "1",
    "Track2": "0",
    "N_AB": "10000",
    "Sav_rate": "10",
    "MinSavPerc": "3",
    "BnchmkMinExp": "10000000",
    "GenSaveLoss": "10000000",
    "EarnSaveLoss": "4410000",
    "QualScore": "0.9",
    "ABtotBnchmk": "100000000",
    "ABtotExp": "90000000",
    "FinalShareRate": "0.45",
}
