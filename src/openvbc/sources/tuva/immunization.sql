/* One row per immunization; without a status it was given. */
SELECT
    getvariable('data_source') || ':' || i.immunization_id AS immunization_id,
    i.person_id,
    getvariable('data_source') || ':' || i.encounter_id AS encounter_id,
    coalesce(nullif(lower(replace(trim(i.status), '-', ' ')), ''), 'completed') AS status,
    i.occurrence_date,
    lower(i.source_code_type) AS code_type,
    i.source_code AS code,
    i.status_reason AS status_reason_code,
    who.npi AS performer_npi,
    i.file_name,
    i.row_number
FROM landing.immunization AS i
LEFT JOIN (
    SELECT practitioner_id, min(npi) AS npi FROM landing.practitioner GROUP BY practitioner_id
) AS who ON who.practitioner_id = i.practitioner_id
