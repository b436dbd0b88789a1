/* One row per procedure occurrence. The code is that of the source's concept, else
   of the standard concept, as the delivered vocabulary table names it; without either it is the
   concept's number. */
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
),

concept AS (
    SELECT c.concept_id, min(m.code_type) AS code_type, min(c.concept_code) AS code
    FROM landing.concept AS c
    JOIN map.vocabulary AS m ON m.vocabulary_id = c.vocabulary_id
    GROUP BY c.concept_id
)

SELECT
    getvariable('data_source') || ':' || r.procedure_occurrence_id AS procedure_id,
    coalesce(own.person_id, getvariable('data_source') || ':' || r.person_id) AS person_id,
    getvariable('data_source') || ':' || r.visit_occurrence_id AS encounter_id,
    'procedure' AS record_type,
    'completed' AS status,
    r.procedure_date,
    coalesce(source.code_type, standard.code_type, 'omop-concept') AS code_type,
    CASE
        WHEN source.code IS NOT NULL THEN source.code
        WHEN standard.code IS NOT NULL THEN standard.code
        ELSE r.procedure_concept_id
    END AS code,
    provider.npi AS practitioner_npi,
    r.file_name,
    r.row_number
FROM landing.procedure_occurrence AS r
LEFT JOIN own ON own.omop_id = r.person_id
LEFT JOIN concept AS source ON source.concept_id = nullif(r.procedure_source_concept_id, '0')
LEFT JOIN concept AS standard ON standard.concept_id = nullif(r.procedure_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = r.provider_id
