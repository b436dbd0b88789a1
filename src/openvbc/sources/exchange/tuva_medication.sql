/* Medications in the names of Tuva's input layer. */
SELECT
    medication_id,
    person_id,
    person_id AS patient_id,
    encounter_id,
    dispensing_date,
    prescribing_date,
    code_type AS source_code_type,
    code AS source_code,
    CASE WHEN code_type = 'ndc' THEN code END AS ndc_code,
    CASE WHEN code_type = 'rxnorm' THEN code END AS rxnorm_code,
    quantity,
    days_supply,
    practitioner_npi AS practitioner_id,
    data_source,
    file_name
FROM medication
