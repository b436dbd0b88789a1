"""Marking rows while they are loaded: which codes of a load are sensitive, and which claims.

While tables are staged, every distinct code that is found is looked up once, and the claims that
hold a sensitive one are noted with their categories. When rows are then written, each joins what
was noted: a claim that is sensitive in one diagnosis, procedure or line is so in all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from openvbc.confidentiality.codes import SEPARATOR, SensitiveCode, sensitivity_tags
from openvbc.sources.landing import text

_TAG: Final = "tag"
"""The kind of what a source itself says of a row."""

_SAID: Final = "coalesce(CAST(sensitivity AS VARCHAR), '')"
_KIND: Final = "asked_kind_"
_CODE: Final = "asked_code_"
_PLAIN: Final = "upper(replace(CAST({} AS VARCHAR), '.', ''))"


@dataclass(frozen=True)
class Place:
    """Where a table holds a code: its kind and its value, as SQL over the table's columns."""

    kind: str
    code: str


_CODED: Final = Place("CAST(code_type AS VARCHAR)", _PLAIN.format("code"))

CLAIM_PLACES: Final[Mapping[str, tuple[Place, ...]]] = {
    "diagnosis": (_CODED,),
    "procedure": (_CODED,),
    "medical_claim": (
        Place("'hcpcs'", _PLAIN.format("hcpcs_code")),
        Place("'ms-drg'", "lpad(ltrim(CAST(drg_code AS VARCHAR), '0'), 3, '0')"),
        Place("'revenue'", "lpad(CAST(revenue_center_code AS VARCHAR), 4, '0')"),
    ),
    "pharmacy_claim": (Place("'ndc'", _PLAIN.format("ndc_code")),),
}
"""Tables of claims, which are marked claim by claim."""

ROW_PLACES: Final[Mapping[str, tuple[Place, ...]]] = {
    "clinical_procedure": (_CODED,),
    "condition": (_CODED,),
    "encounter": (Place("primary_diagnosis_code_type", _PLAIN.format("primary_diagnosis_code")),),
    "medication": (_CODED,),
    "observation": (_CODED,),
    "questionnaire_answer": (
        Place("'loinc'", "upper(item_code)"),
        Place("'instrument'", "lower(instrument)"),
    ),
}
"""Tables of clinical sources, which are marked row by row; the others hold no codes that are listed
and are marked by what the source says."""

_PLACES: Final = {**CLAIM_PLACES, **ROW_PLACES}
_CLAIM_FILE: Final = "sensitive_claim.parquet"
_VALUE_FILE: Final = "sensitive_value.parquet"


class Tagger:
    """Notes sensitive codes and claims of the tables that one connection stages."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, codes: Sequence[SensitiveCode], folder: Path
    ) -> None:
        self._connection = connection
        self._folder = folder
        columns = "category VARCHAR, kind VARCHAR, code VARCHAR, is_start BOOLEAN"
        self._run(f"CREATE TEMP TABLE sensitive_code ({columns})")
        self._run("CREATE TEMP TABLE source_tag (tag VARCHAR, category VARCHAR)")
        self._run(
            "CREATE TEMP TABLE sensitive_value (kind VARCHAR, code VARCHAR, category VARCHAR)"
        )
        self._run(
            "CREATE TEMP TABLE sensitive_part "
            "(claim_key VARCHAR, version_number INTEGER, category VARCHAR)"
        )
        self._fill("sensitive_code", [_listed(it) for it in codes])
        self._fill(
            "source_tag", [f"{text(tag)}, {text(it)}" for tag, it in sensitivity_tags().items()]
        )

    def _run(self, sql: str) -> None:
        self._connection.execute(sql)

    def _fill(self, table: str, rows: Sequence[str]) -> None:
        if rows:
            self._run(f"INSERT INTO {table} VALUES {', '.join(f'({row})' for row in rows)}")

    def note(self, table: str, rows: str) -> None:
        """Look at a table's rows (what a SELECT can select from)."""
        places = _PLACES.get(table, ())
        self._note_tags(rows)
        for place in places:
            self._note_values(place, rows)
        if table in CLAIM_PLACES:
            for kind, code in (*((it.kind, it.code) for it in places), (f"'{_TAG}'", _SAID)):
                self._note_claims(kind, code, rows)

    def _note_tags(self, rows: str) -> None:
        """What the source itself says of its rows; a mark that is not known is a category."""
        said = f"SELECT DISTINCT {_SAID} AS said FROM {rows} AS row"
        parts = f"SELECT said, unnest(string_split(said, '{SEPARATOR}')) AS part FROM ({said})"
        self._run(
            "INSERT INTO sensitive_value "
            f"SELECT DISTINCT '{_TAG}', said, coalesce(t.category, mark) "
            f"FROM (SELECT said, lower(trim(part)) AS mark FROM ({parts})) "
            "LEFT JOIN source_tag AS t ON t.tag = mark "
            "WHERE coalesce(t.category, mark) <> '' "
            "EXCEPT SELECT kind, code, category FROM sensitive_value"
        )

    def _note_values(self, place: Place, rows: str) -> None:
        self._run(
            "INSERT INTO sensitive_value SELECT DISTINCT v.kind, v.code, s.category FROM ("
            f"SELECT DISTINCT {place.kind} AS kind, {place.code} AS code FROM {rows} AS row"
            ") AS v JOIN sensitive_code AS s ON s.kind = v.kind AND "
            "CASE WHEN s.is_start THEN starts_with(v.code, s.code) ELSE v.code = s.code END "
            "EXCEPT SELECT kind, code, category FROM sensitive_value"
        )

    def _is_found(self, kind: str) -> bool:
        """Whether any code of the kind is sensitive; a kind that is a column may always be."""
        if not kind.startswith("'"):
            return True
        found = self._connection.execute(
            f"SELECT count(*) FROM sensitive_value WHERE kind = {kind}"
        ).fetchone()
        return bool(found and found[0])

    def _note_claims(self, kind: str, code: str, rows: str) -> None:
        if not self._is_found(kind):
            return
        self._run(
            "INSERT INTO sensitive_part SELECT DISTINCT CAST(row.claim_key AS VARCHAR), "
            "TRY_CAST(row.version_number AS INTEGER), v.category FROM ("
            f"SELECT claim_key, version_number, {kind} AS kind, {code} AS code FROM {rows} AS row"
            ") AS row JOIN sensitive_value AS v ON v.kind = row.kind AND v.code = row.code"
        )

    def finish(self) -> "Tags":
        """Store what was noted."""
        agreed = f"string_agg(DISTINCT category, '{SEPARATOR}' ORDER BY category) AS categories"
        for table, key, file in (
            ("sensitive_part", "claim_key, version_number", _CLAIM_FILE),
            ("sensitive_value", "kind, code", _VALUE_FILE),
        ):
            grouped = f"SELECT {key}, {agreed} FROM {table} GROUP BY {key} ORDER BY {key}"
            self._run(
                f"COPY ({grouped}) TO {text(self._folder / file)} (FORMAT parquet, COMPRESSION lz4)"
            )
        return Tags(self._folder)


@dataclass(frozen=True)
class Tags:
    """What was noted of one load: a folder with sensitive claims and sensitive codes."""

    folder: Path

    def marked(self, table: str, rows: str) -> str:
        """A table's checked rows as something to select from, with their sensitivity put in."""
        if table in CLAIM_PLACES:
            return (
                f"(SELECT row.* REPLACE (noted.categories AS sensitivity) FROM {rows} AS row "
                f"LEFT JOIN {self._read(_CLAIM_FILE)} AS noted "
                "ON noted.claim_key = row.claim_key "
                "AND noted.version_number = row.version_number)"
            )
        return self._marked_rows(ROW_PLACES.get(table, ()), rows)

    def _marked_rows(self, places: Sequence[Place], rows: str) -> str:
        """Each row by its own codes and by what the source says of it."""
        values = self._read(_VALUE_FILE)
        joins = [
            f"LEFT JOIN {values} AS v{at} ON v{at}.kind = row.{_KIND}{at} "
            f"AND v{at}.code = row.{_CODE}{at}"
            for at in range(len(places) + 1)
        ]
        asked = ", ".join(
            f"{it.kind} AS {_KIND}{at}, {it.code} AS {_CODE}{at}"
            for at, it in enumerate((*places, Place(f"'{_TAG}'", _SAID)))
        )
        found = ", ".join(f"v{at}.categories" for at in range(len(places) + 1))
        parts = f"string_split(concat_ws('{SEPARATOR}', {found}), '{SEPARATOR}')"
        agreed = f"array_to_string(list_sort(list_distinct({parts})), '{SEPARATOR}')"
        extra = ", ".join(f"{_KIND}{at}, {_CODE}{at}" for at in range(len(places) + 1))
        return (
            f"(SELECT row.* EXCLUDE ({extra}) REPLACE (nullif({agreed}, '') AS sensitivity) "
            f"FROM (SELECT row.*, {asked} FROM {rows} AS row) AS row {' '.join(joins)})"
        )

    def _read(self, file: str) -> str:
        return f"read_parquet({text(self.folder / file)})"


def _listed(it: SensitiveCode) -> str:
    category, kind, code = it
    is_start = str(code.endswith("*")).lower()
    return f"{text(category)}, {text(kind)}, {text(code.removesuffix('*'))}, {is_start}"
