/* Conditions in the names of Tuva's input layer. */
SELECT
    condition_id,
    person_id,
    person_id AS patient_id,
    encounter_id,
    recorded_date,
    onset_date,
    resolved_date,
    status,
    condition_type,
    code_type AS source_code_type,
    code AS source_code,
    data_source,
    file_name
FROM condition
