"""Risk scores of everyone, added up: by model and segment, and what became of the diagnoses."""

from collections.abc import Iterator
from typing import Any, Final

from openvbc.confidentiality.withhold import FEW, told
from openvbc.engine.duckdb import DuckDBEngine
from openvbc.explain.levels import Level
from openvbc.explain.risk import score

PEOPLE: Final = f"""
SELECT
    q.risk_model || '/' || q.year || '/' || q.line_of_business || '/' || q.paid_through AS request,
    coalesce(s.segment, '') AS segment,
    coalesce(s.unscored, '') AS unscored,
    CASE WHEN count(*) >= {FEW} THEN count(*) END AS persons,
    CASE WHEN count(*) >= {FEW} THEN CAST(sum(s.raw_score_e9) AS BIGINT) // count(*) END
        AS mean_raw_score_e9
FROM member_score AS s
JOIN risk_request AS q ON q.request_id = s.request_id
GROUP BY ALL
ORDER BY ALL
"""
"""Few people are neither counted nor averaged; an empty segment or reason means there is none."""

CODES: Final = """
WITH held AS (
    SELECT DISTINCT
        line_of_business || ' ' || diagnosis_first_day || ' to ' || diagnosis_last_day
            || ', claims by ' || paid_through AS name,
        line_of_business, diagnosis_first_day, diagnosis_last_day
    FROM risk_request
),

judged AS (
    SELECT
        h.name,
        CASE
            WHEN d.code_type <> 'icd-10-cm' THEN 'no ICD-10-CM code: ' || d.code_type
            WHEN NOT regexp_matches(d.code, '^[A-Z][0-9][0-9A-Z]([0-9A-Z]{1,4})?$')
                THEN 'not the shape of an ICD-10-CM code'
            WHEN d.code IN (SELECT code FROM risk_code) THEN 'a code of an asked model'
            ELSE 'no asked model has the code'
        END AS what,
        d.code
    FROM held AS h
    JOIN diagnosis AS d
        ON d.line_of_business = h.line_of_business
        AND d.claim_end_date BETWEEN h.diagnosis_first_day AND h.diagnosis_last_day
)

SELECT name, what, count(*) AS diagnoses, count(DISTINCT code) AS codes
FROM judged
GROUP BY ALL
ORDER BY ALL
"""

CLAIMS: Final = """
WITH held AS (
    SELECT DISTINCT
        window_id,
        line_of_business || ' ' || diagnosis_first_day || ' to ' || diagnosis_last_day
            || ', claims by ' || paid_through AS name
    FROM risk_request
)

SELECT
    h.name,
    coalesce(l.reason, CASE WHEN l.unknown_specialty THEN 'counts, of no known specialty' END,
        'counts') AS what,
    count(*) AS claim_lines
FROM risk_claim_line AS l
JOIN held AS h ON h.window_id = l.window_id
GROUP BY ALL
ORDER BY ALL
"""


TOLD: Final = """
SELECT
    CASE
        WHEN a.person_id IN (SELECT person_id FROM risk_person) THEN 'scored'
        WHEN a.person_id IN (SELECT person_id FROM person) THEN 'loaded, and scored by no request'
        ELSE 'no loaded person has this person_id'
    END AS what,
    count(DISTINCT a.person_id) AS persons
FROM risk_attribute AS a
GROUP BY ALL
ORDER BY ALL
"""
"""Whom `risk_attributes.csv` is about: what it says of somebody unknown changes no score."""


def _few(number: Any) -> str:
    return told(FEW - 1 if number is None else int(number))


def summary_levels(engine: DuckDBEngine) -> Iterator[Level]:
    """People by model and segment; diagnoses and claim lines by what became of them."""
    people = engine.rows(PEOPLE)
    cells = [(*it[:3], _few(it[3]), score(it[4])) for it in people]
    columns = ("request", "segment", "no score because", "persons", "mean raw score")
    note = "" if cells else "no score was asked for (analyses.yaml, or risk: of a contract)"
    yield Level("people (member_score)", columns, cells, len(cells), note=note)
    named = [(what, _few(persons)) for what, persons in engine.rows(TOLD)]
    if named:
        yield Level("people of risk_attributes.csv", ("what", "persons"), named, len(named))
    for title, select, names in (
        ("diagnoses of the windows", CODES, ("window", "what", "diagnoses", "codes")),
        ("claim lines of the windows (risk_claim_line)", CLAIMS, ("window", "what", "lines")),
    ):
        found = [(*it[:2], *map(_few, it[2:])) for it in engine.rows(select)]
        yield Level(title, names, found, len(found))
