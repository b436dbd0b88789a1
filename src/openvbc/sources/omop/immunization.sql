/* One row per drug exposure whose concept is a vaccine's (CVX). */
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
    getvariable('data_source') || ':' || r.drug_exposure_id AS immunization_id,
    coalesce(own.person_id, getvariable('data_source') || ':' || r.person_id) AS person_id,
    getvariable('data_source') || ':' || r.visit_occurrence_id AS encounter_id,
    'completed' AS status,
    r.drug_exposure_start_date AS occurrence_date,
    'cvx' AS code_type,
    CASE WHEN source.code_type = 'cvx' THEN source.code ELSE standard.code END AS code,
    CAST(NULL AS VARCHAR) AS status_reason_code,
    provider.npi AS performer_npi,
    r.file_name,
    r.row_number
FROM landing.drug_exposure AS r
LEFT JOIN own ON own.omop_id = r.person_id
LEFT JOIN concept AS source ON source.concept_id = nullif(r.drug_source_concept_id, '0')
LEFT JOIN concept AS standard ON standard.concept_id = nullif(r.drug_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = r.provider_id
WHERE coalesce(source.code_type, standard.code_type) = 'cvx'
