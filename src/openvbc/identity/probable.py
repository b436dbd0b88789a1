"""Probabilistic matching: pairs of records that are likely one person, with score and reasons.

The method is Fellegi and Sunter's, by the library Splink (the extra `openvbc[identity]`). How often
records of one person agree is declared (`weights.yaml`); how often others do is counted here.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ruamel.yaml import YAML

from openvbc.errors import InputError, Problem
from openvbc.identity.standing import Connection

SAMPLE: Final = 1500
"""Records among whose pairs chance agreement is counted: about a million pairs."""

_LOWEST: Final = 0.001
"""Pairs below this score are not told."""

RECORDS: Final = """
CREATE TEMP TABLE record AS
SELECT
    record_id,
    person_id,
    data_source,
    nullif(upper(regexp_replace(strip_accents(given_name), '[^A-Za-z]', '', 'g')), '')
        AS given_name,
    nullif(upper(regexp_replace(strip_accents(family_name), '[^A-Za-z]', '', 'g')), '')
        AS family_name,
    CAST(birth_date AS VARCHAR) AS birth_date,
    CASE WHEN sex IN ('female', 'male') THEN sex END AS sex,
    CASE WHEN regexp_matches(zip_code, '^[0-9]{5}') THEN left(zip_code, 5) END AS zip_code,
    phone_hash
FROM person_demographics
ORDER BY record_id
"""


@dataclass(frozen=True)
class Pair:
    """Two records of two sources that may be of one person.

    score is a probability, 0 to 1; weight the same in bits. is_doubtful: they differ in what tells
    twins and namesakes apart.
    """

    record_id: str
    other_record_id: str
    score: float
    weight: float
    reasons: tuple[str, ...]
    is_doubtful: bool


@cache
def weights() -> Mapping[str, Any]:
    """`weights.yaml`: fields with their levels, and what pairs are compared on."""
    text = Path(__file__).with_name("weights.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = YAML(typ="safe").load(text)
    return found


def probable_pairs(connection: Connection) -> list[Pair]:
    """Score the records of different people and sources; the highest first.

    Makes the table `record`. Raises InputError where Splink is not installed.
    """
    connection.execute(RECORDS)
    count = connection.execute("SELECT count(*), count(DISTINCT data_source) FROM record")
    records, sources = count.fetchall()[0]
    if sources < 2:  # noqa: PLR2004 a pair has two sides
        return []
    splink = _splink()
    table = _scored(connection, splink, 1 / records)
    fields = ", ".join(f"gamma_{it}" for it in weights()["fields"])
    rows = connection.execute(
        f"SELECT record_id_l, record_id_r, match_probability, match_weight, {fields} "
        f"FROM {table} ORDER BY match_weight DESC, record_id_l, record_id_r"
    ).fetchall()
    return [_pair(row[:4], list(_levels(row[4:]))) for row in rows]


def _pair(row: tuple[Any, ...], levels: list[Mapping[str, Any]]) -> Pair:
    record, other, score, weight = row
    reasons = tuple(str(it["says"]) for it in levels)
    return Pair(record, other, score, weight, reasons, any("doubtful" in it for it in levels))


def _splink() -> ModuleType:
    try:
        module = import_module("splink")
    except ModuleNotFoundError as error:
        what = "probabilistic matching needs Splink; install openvbc[identity], or match --certain"
        raise InputError(Problem("match", what)) from error
    logging.getLogger("splink").setLevel(logging.ERROR)  # it reports its progress there
    return module


def _scored(connection: Connection, splink: ModuleType, prior: float) -> str:
    """The name of the table of scored pairs."""
    chance = _chance(connection)
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_id",
        comparisons=[
            _comparison(name, it, chance[name]) for name, it in weights()["fields"].items()
        ],
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": _compared(names), "sql_dialect": "duckdb"}
            for names in weights()["compared_on"]
        ],
        probability_two_random_records_match=prior,
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=False,
    )
    api = import_module("splink.backends.duckdb").DuckDBAPI(connection=connection)
    linker = splink.Linker(api.register("record"), settings, log_level=None)
    found = linker.inference.predict(threshold_match_probability=_LOWEST)
    return str(found.physical_name)


def _compared(names: list[str]) -> str:
    same = " AND ".join(f"l.{it} = r.{it}" for it in names)
    return f"{same} AND l.data_source <> r.data_source AND l.person_id <> r.person_id"


def _comparison(name: str, field: Mapping[str, Any], chance: list[float]) -> dict[str, Any]:
    missing = {
        "sql_condition": field["missing"],
        "label_for_charts": "missing",
        "is_null_level": True,
    }
    rare = field.get("rare_counts_more")
    levels = [
        {
            "sql_condition": level.get("when", "ELSE"),
            "label_for_charts": level["says"],
            "m_probability": level["m"],
            "u_probability": u,
            **({"tf_adjustment_column": rare} if at == 0 and rare else {}),
        }
        for at, (level, u) in enumerate(zip(field["levels"], chance, strict=True))
    ]
    return {"output_column_name": name, "comparison_levels": [missing, *levels]}


def _chance(connection: Connection) -> dict[str, list[float]]:
    """Field → how often two different people reach each level.

    Counted among pairs of one source, which its own record numbers tell apart; half a pair is
    added to each level, so that none is impossible.
    """
    names = [row[0] for row in connection.execute("DESCRIBE record").fetchall()]
    sides = ", ".join(f"{side}.{it} AS {it}_{side}" for it in names for side in ("l", "r"))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE sample AS SELECT * FROM record "
        f"ORDER BY md5(record_id), record_id LIMIT {SAMPLE}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW other_people AS SELECT {sides} FROM sample AS l "
        "JOIN sample AS r ON l.data_source = r.data_source AND l.person_id < r.person_id"
    )
    return {name: _shares(connection, it) for name, it in weights()["fields"].items()}


def _shares(connection: Connection, field: Mapping[str, Any]) -> list[float]:
    levels = field["levels"]
    cases = " ".join(f"WHEN {it['when']} THEN {at}" for at, it in enumerate(levels[:-1]))
    counted = connection.execute(
        f"SELECT CASE {cases} ELSE {len(levels) - 1} END AS level, count(*) "
        f"FROM other_people WHERE NOT ({field['missing']}) GROUP BY level"
    ).fetchall()
    counts = dict(counted)
    total = sum(counts.values()) + len(levels) / 2
    return [(counts.get(at, 0) + 0.5) / total for at in range(len(levels))]


def _levels(gammas: tuple[int, ...]) -> Iterator[Mapping[str, Any]]:
    """The level that each field reached. Splink numbers them from the last, 0, up; -1: missing."""
    for gamma, field in zip(gammas, weights()["fields"].values(), strict=True):
        if gamma >= 0:
            levels = field["levels"]
            yield levels[len(levels) - 1 - gamma]
