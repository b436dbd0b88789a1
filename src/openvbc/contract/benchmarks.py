"""Leaves that are cells of a benchmark file which the settlement names.

A settlement with `benchmarks: FILE` has measures as its strata; the facts `measure_id` and
`collection_type` say which row of the file is each measure's benchmark.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openvbc.contract.facts import At, Facts, Found
from openvbc.errors import InputError, Problem, near
from openvbc.rules.rule import Leaf, Unknown
from openvbc.sources.qpp_measures import Benchmark, read_benchmarks

MEASURE: Final = "measure_id"
COLLECTION: Final = "collection_type"

COLLECTION_TYPES: Final = frozenset(
    {
        "administrativeClaims",
        "certifiedSurveyVendor",
        "claims",
        "cmsWebInterface",
        "electronicHealthRecord",
        "registry",
    }
)
"""Those that are known besides the ones of a file: not every year's file has rows of each."""


def _cut_points(row: Benchmark) -> Any:
    if row.unusable:
        return Unknown(f"benchmark of {row.measure_id} unusable: {row.unusable}")
    return row.cut_points


COLUMNS: Final[Mapping[str, Callable[[Benchmark], Any]]] = {
    "benchmark_cut_points": _cut_points,
    "decile_one_start": lambda row: row.start,
    "inverse_measure": lambda row: row.inverse,
    "topped_out_two_years": lambda row: row.capped,
}
"""Leaf → what a row of the file says of it; None where it does not say."""


@dataclass(frozen=True)
class BenchmarkFacts:
    """The rows of a benchmark file as a supplier of leaves, one row for each stratum.

    where: the line of the settlement that names the file. A measure of which the file has no row
    has no benchmark, and that is said; a collection type that is unknown is a mistake.
    """

    rows: Mapping[tuple[str, str], Benchmark]
    keys: Facts
    where: str
    source: Mapping[str, Any]

    def get(self, leaf: Leaf, at: At) -> Found | None:
        """What the stratum's row says of the leaf."""
        if leaf.name not in COLUMNS or at.stratum is None:
            return None
        key = (self._key(MEASURE, at), self._key(COLLECTION, at))
        self._check(key[1], at.stratum)
        source = {**self.source, "measure": key[0], "collection_type": key[1]}
        row = self.rows.get(key)
        if row is None:
            none = leaf.name == "benchmark_cut_points"
            return Found(None, {**source, "row": "none"}) if none else None
        value = COLUMNS[leaf.name](row)
        return None if value is None else Found(value, {**source, "row": row.place})

    def _key(self, name: str, at: At) -> str:
        leaf = Leaf(name, "text", "", "", per=frozenset({"stratum"}))
        found = self.keys.get(leaf, at)
        if found is None or not isinstance(found.value, str):
            what = (
                f"benchmarks need the fact {name} for {at.stratum}: the file's rows are found by it"
            )
            raise InputError(Problem(self.where, what))
        return found.value

    def _check(self, collection_type: str, stratum: str) -> None:
        known = sorted(COLLECTION_TYPES | {collection for _, collection in self.rows})
        if collection_type not in known:
            what = f"{stratum} has collection type {collection_type}{near(collection_type, known)}"
            raise InputError(Problem(self.where, what))


def benchmark_facts(
    path: Path, year: int, keys: Facts, where: str, source: Mapping[str, Any]
) -> BenchmarkFacts:
    """Read a benchmark file of a performance year; keys supplies each stratum's measure.

    Raises InputError with everything that is wrong with the file, or where it is another year's.
    """
    rows = read_benchmarks(path)
    years = sorted({row.performance_year for row in rows})
    if years != [year]:
        found = " and ".join(map(str, years))
        raise InputError(
            Problem(where, f"{path.name} is of {found}; expected benchmarks of {year}")
        )
    found_rows = {(row.measure_id, row.collection_type): row for row in rows}
    return BenchmarkFacts(found_rows, keys, where, source)
