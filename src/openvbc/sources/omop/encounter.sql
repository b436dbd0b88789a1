/* One row per visit. */
SELECT
    getvariable('data_source') || ':' || v.visit_occurrence_id AS encounter_id,
    coalesce(own.person_id, getvariable('data_source') || ':' || v.person_id) AS person_id,
    coalesce(t.encounter_type, 'other') AS encounter_type,
    'finished' AS status,
    v.visit_start_date AS encounter_start_date,
    v.visit_end_date AS encounter_end_date,
    v.visit_start_datetime AS started_at,
    v.visit_end_datetime AS ended_at,
    CAST(NULL AS TIMESTAMP) AS last_event_at,
    v.admitted_from_source_value AS admit_source_code,
    v.discharged_to_source_value AS discharge_disposition_code,
    provider.npi AS attending_npi,
    CAST(NULL AS VARCHAR) AS facility_npi,
    CAST(NULL AS VARCHAR) AS facility_ccn,
    CAST(NULL AS VARCHAR) AS primary_diagnosis_code_type,
    CAST(NULL AS VARCHAR) AS primary_diagnosis_code,
    v.file_name,
    v.row_number
FROM landing.visit_occurrence AS v
LEFT JOIN shared.own AS own ON own.omop_id = v.person_id
LEFT JOIN map.visit AS t ON t.concept_id = v.visit_concept_id
LEFT JOIN landing.provider AS provider ON provider.provider_id = v.provider_id
