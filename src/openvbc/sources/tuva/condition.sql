/* One row per condition of the clinical input layer. */
SELECT
    getvariable('data_source') || ':' || condition_id AS condition_id,
    person_id,
    getvariable('data_source') || ':' || encounter_id AS encounter_id,
    condition_type,
    lower(status) AS status,
    recorded_date,
    onset_date,
    resolved_date,
    lower(source_code_type) AS code_type,
    upper(replace(trim(source_code), '.', '')) AS code,
    file_name,
    row_number
FROM landing.condition
