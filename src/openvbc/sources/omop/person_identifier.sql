/* The source's person_id, and its own value for the person, as identifiers. */
WITH known AS (
    SELECT identifier, min(person_id) AS person_id
    FROM earlier.person_identifier
    GROUP BY identifier
    HAVING count(DISTINCT person_id) = 1
),

own AS (
    SELECT
        p.person_id AS omop_id,
        min(coalesce(known.person_id, getvariable('data_source') || ':' || p.person_id)) AS person_id
    FROM landing.person AS p
    LEFT JOIN known ON known.identifier = p.person_source_value
    GROUP BY p.person_id
    UNION ALL
    SELECT substr(identifier, length(getvariable('data_source')) + 2), min(person_id)
    FROM earlier.person_identifier
    WHERE identifier_type = 'omop_person_id'
        AND starts_with(identifier, getvariable('data_source') || ':')
        AND substr(identifier, length(getvariable('data_source')) + 2)
            NOT IN (SELECT person_id FROM landing.person)
    GROUP BY identifier
)

SELECT
    n.identifier_type,
    n.identifier,
    own.person_id,
    CAST(NULL AS DATE) AS first_day,
    CAST(NULL AS DATE) AS last_day,
    n.file_name,
    n.row_number
FROM (
    SELECT 'omop_person_id' AS identifier_type, getvariable('data_source') || ':' || person_id AS identifier, person_id,
        file_name, row_number
    FROM landing.person
    UNION ALL
    SELECT 'patient_id', getvariable('data_source') || ':' || person_source_value, person_id, file_name, row_number
    FROM landing.person
    WHERE person_source_value IS NOT NULL
) AS n
JOIN own ON own.omop_id = n.person_id
