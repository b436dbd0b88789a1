/* Clinical procedures in the names of Tuva's input layer. */
SELECT
    procedure_id,
    person_id,
    person_id AS patient_id,
    encounter_id,
    procedure_date,
    code_type AS source_code_type,
    code AS source_code,
    practitioner_npi AS practitioner_id,
    data_source,
    file_name
FROM clinical_procedure
WHERE record_type = 'procedure' AND coalesce(status, 'completed') = 'completed'
