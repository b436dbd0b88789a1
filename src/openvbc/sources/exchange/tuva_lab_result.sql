/* Laboratory observations in the names of Tuva's input layer. */
SELECT
    observation_id AS lab_result_id,
    person_id,
    person_id AS patient_id,
    encounter_id,
    code_type AS source_component_type,
    code AS source_component_code,
    status,
    coalesce(
        coalesce(value_comparator, '') || CAST(value_number AS VARCHAR), value_code, value_text
    ) AS result,
    observation_date AS result_datetime,
    observation_date AS collection_datetime,
    unit AS source_units,
    performer_npi AS ordering_practitioner_id,
    data_source,
    file_name
FROM observation
WHERE category = 'laboratory'
