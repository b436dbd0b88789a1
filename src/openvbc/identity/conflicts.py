"""What the sources of one person say differently about the person."""

from dataclasses import dataclass
from typing import Final

from openvbc.identity.standing import Connection

FIELDS: Final = ("birth_date", "sex", "death_date")
"""What every source should say alike of one person."""


@dataclass(frozen=True)
class Conflict:
    """One value of a field of which sources say several, and where it stands."""

    field: str
    value: str
    data_source: str
    load_id: str
    file_name: str
    row_number: int


_SAID: Final = """
WITH said AS (
    SELECT data_source, load_id, file_name, row_number, CAST(received_on AS VARCHAR) AS received_on,
        CAST(birth_date AS VARCHAR) AS birth_date, sex, CAST(death_date AS VARCHAR) AS death_date
    FROM ever.person
    WHERE list_contains($people, person_id) AND coalesce(sensitivity, '') = ''
    UNION ALL
    SELECT data_source, load_id, file_name, row_number, CAST(received_on AS VARCHAR),
        CAST(birth_date AS VARCHAR), sex, NULL
    FROM person_demographics
    WHERE list_contains($people, person_id) AND coalesce(sensitivity, '') = ''
),

told AS (
    SELECT 'birth_date' AS field, birth_date AS value, * FROM said
    UNION ALL SELECT 'sex', nullif(sex, 'unknown'), * FROM said
    UNION ALL SELECT 'death_date', death_date, * FROM said
),

latest AS (
    SELECT * FROM told
    WHERE value IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY field, value, data_source
        ORDER BY received_on DESC NULLS LAST, load_id, file_name, row_number
    ) = 1
)

SELECT field, value, data_source, load_id, file_name, row_number
FROM latest
QUALIFY min(value) OVER (PARTITION BY field) <> max(value) OVER (PARTITION BY field)
ORDER BY list_position($fields, field), value, data_source
"""

_AFTER_DEATH: Final = """
SELECT 'after death', kind || ' on ' || CAST(e.first_day AS VARCHAR), e.data_source, e.load_id,
    e.file_name, e.row_number
FROM event AS e JOIN person AS p ON p.person_id = $person
WHERE e.first_day > p.death_date AND e.kind IN ('encounter', 'observation', 'immunization')
ORDER BY e.first_day, e.data_source, e.file_name, e.row_number
"""


def conflicts(connection: Connection, person: str, people: list[str]) -> list[Conflict]:
    """Birth date, sex and death date where sources differ, and events after the day of death.

    person is who stands, people that id and those joined into it. What a source said earlier and
    later is listed once for each value. Needs the table `event` of the timeline.
    """
    given = {"people": people, "fields": list(FIELDS)}
    rows = connection.execute(_SAID, given).fetchall()
    late = connection.execute(_AFTER_DEATH, {"person": person}).fetchall()
    return [Conflict(*row) for row in (*rows, *late)]
