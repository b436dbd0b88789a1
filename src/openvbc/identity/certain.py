"""Deterministic matching: people that a shared number, or an earlier decision, makes one."""

from typing import Final

from openvbc.identity.standing import Connection

CERTAIN_TYPES: Final = ("mbi", "hicn")
"""Identifiers that one payer gives to one person for the whole country.

Numbers of a plan, a practice or a product mean nothing outside of it and are left to the crosswalk
that the readers keep (`person_identifier`).
"""

_PAIRS: Final = """
CREATE TEMP TABLE certain AS
WITH said AS (
    SELECT DISTINCT
        e.identifier_type, e.identifier, coalesce(j.person_id, e.person_id) AS person_id
    FROM ever.person_identifier AS e
    LEFT JOIN joined AS j ON j.former_id = e.person_id
    WHERE list_contains($types, e.identifier_type)
),

pairs AS (
    SELECT a.person_id, b.person_id AS other_person_id, 'same ' || a.identifier_type AS reason
    FROM said AS a
    JOIN said AS b
        ON b.identifier_type = a.identifier_type AND b.identifier = a.identifier
        AND b.person_id > a.person_id
    UNION
    SELECT least(former_id, person_id), greatest(former_id, person_id), 'joined before'
    FROM joined
    WHERE former_id <> person_id
)

SELECT
    p.person_id,
    p.other_person_id,
    string_agg(p.reason, '; ' ORDER BY p.reason) AS reasons,
    bool_or(a.birth_date <> b.birth_date) IS TRUE AS contradicts
FROM pairs AS p
JOIN person AS a ON a.person_id = p.person_id
JOIN person AS b ON b.person_id = p.other_person_id
GROUP BY p.person_id, p.other_person_id
"""


def find_certain(connection: Connection) -> None:
    """Make the table `certain` of pairs of people who stand in the data apart.

    contradicts: their birth dates differ, so that a mistyped number is as likely.
    """
    connection.execute(_PAIRS, {"types": list(CERTAIN_TYPES)})
