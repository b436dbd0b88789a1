/* The source's person_id, and its own value for the person, as identifiers. */
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
JOIN shared.own AS own ON own.omop_id = n.person_id
