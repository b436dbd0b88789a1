/* Encounters in the names of Tuva's input layer; providers and facilities by NPI. */
SELECT
    encounter_id,
    person_id,
    person_id AS patient_id,
    encounter_type,
    encounter_start_date,
    encounter_end_date,
    admit_source_code,
    discharge_disposition_code,
    attending_npi AS attending_provider_id,
    facility_npi AS facility_id,
    primary_diagnosis_code_type,
    primary_diagnosis_code,
    data_source,
    file_name
FROM encounter
