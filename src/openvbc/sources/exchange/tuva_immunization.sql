/* Immunizations in the names of Tuva's input layer. */
SELECT
    immunization_id,
    person_id,
    person_id AS patient_id,
    encounter_id,
    code_type AS source_code_type,
    code AS source_code,
    status,
    status_reason_code AS status_reason,
    occurrence_date,
    performer_npi AS practitioner_id,
    data_source,
    file_name
FROM immunization
