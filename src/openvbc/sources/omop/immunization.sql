/* One row per drug exposure whose concept is a vaccine's (CVX). */
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
LEFT JOIN shared.own AS own ON own.omop_id = r.person_id
LEFT JOIN shared.concept AS source ON source.concept_id = nullif(r.drug_source_concept_id, '0')
LEFT JOIN shared.concept AS standard ON standard.concept_id = nullif(r.drug_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = r.provider_id
WHERE coalesce(source.code_type, standard.code_type) = 'cvx'
