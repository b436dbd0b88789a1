/* One row per measurement and per observation. A value that is a concept is that concept's code;
   operator concepts 4171754, 4171755, 4171756 and 4172704 are <=, >=, < and >. */
WITH r AS (
    SELECT
        measurement_id AS id, 'measurement' AS category, person_id, measurement_concept_id
            AS observation_concept_id, measurement_source_concept_id AS observation_source_concept_id,
        measurement_date AS day, value_as_number, value_as_concept_id, operator_concept_id,
        unit_source_value, value_source_value AS value_text, visit_occurrence_id, provider_id,
        file_name, row_number
    FROM landing.measurement
    UNION ALL
    SELECT
        observation_id, 'observation', person_id, observation_concept_id,
        observation_source_concept_id, observation_date, value_as_number, value_as_concept_id, NULL,
        unit_source_value, value_as_string, visit_occurrence_id, provider_id, file_name, row_number
    FROM landing.observation
)

SELECT
    getvariable('data_source') || ':' || r.category || ':' || r.id AS observation_id,
    coalesce(own.person_id, getvariable('data_source') || ':' || r.person_id) AS person_id,
    getvariable('data_source') || ':' || r.visit_occurrence_id AS encounter_id,
    CAST(NULL AS VARCHAR) AS category,
    'final' AS status,
    r.day AS observation_date,
    coalesce(source.code_type, standard.code_type, 'omop-concept') AS code_type,
    CASE
        WHEN source.code IS NOT NULL THEN source.code
        WHEN standard.code IS NOT NULL THEN standard.code
        ELSE r.observation_concept_id
    END AS code,
    CASE
        WHEN TRY_CAST(r.value_as_number AS DECIMAL(38, 15)) IS NULL THEN r.value_as_number
        ELSE CAST(TRY_CAST(r.value_as_number AS DECIMAL(18, 6)) AS VARCHAR)
    END AS value_number,
    CASE r.operator_concept_id
        WHEN '4171754' THEN '<='
        WHEN '4171755' THEN '>='
        WHEN '4171756' THEN '<'
        WHEN '4172704' THEN '>'
    END AS value_comparator,
    r.unit_source_value AS unit,
    answer.code AS value_code,
    r.value_text,
    provider.npi AS performer_npi,
    r.file_name,
    r.row_number
FROM r
LEFT JOIN shared.own AS own ON own.omop_id = r.person_id
LEFT JOIN shared.concept AS source ON source.concept_id = nullif(r.observation_source_concept_id, '0')
LEFT JOIN shared.concept AS standard ON standard.concept_id = nullif(r.observation_concept_id, '0')
LEFT JOIN shared.concept AS answer ON answer.concept_id = nullif(r.value_as_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = r.provider_id
