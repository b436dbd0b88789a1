/* Observations other than laboratory results in the names of Tuva's input layer. */
SELECT
    observation_id,
    person_id,
    person_id AS patient_id,
    encounter_id,
    observation_date,
    category AS observation_type,
    code_type AS source_code_type,
    code AS source_code,
    coalesce(
        coalesce(value_comparator, '') || CAST(value_number AS VARCHAR), value_code, value_text
    ) AS result,
    unit AS source_units,
    data_source,
    file_name
FROM observation
WHERE coalesce(category, '') <> 'laboratory'
