/* One row per procedure of the clinical input layer. */
SELECT
    getvariable('data_source') || ':' || p.procedure_id AS procedure_id,
    p.person_id,
    getvariable('data_source') || ':' || p.encounter_id AS encounter_id,
    'procedure' AS record_type,
    'completed' AS status,
    p.procedure_date,
    lower(p.source_code_type) AS code_type,
    upper(replace(trim(p.source_code), '.', '')) AS code,
    who.npi AS practitioner_npi,
    p.file_name,
    p.row_number
FROM landing.procedure AS p
LEFT JOIN (
    SELECT practitioner_id, min(npi) AS npi FROM landing.practitioner GROUP BY practitioner_id
) AS who ON who.practitioner_id = p.practitioner_id
