/* One row per value: an Observation's own and each of its components'. */
SELECT
    getvariable('data_source') || ':' || o.id
    || CASE WHEN o.place > 1 THEN '/' || coalesce(o.code, '') ELSE '' END
    || CASE WHEN o.nth > 1 THEN '/' || o.nth ELSE '' END AS observation_id,
    who.person_id,
    getvariable('data_source') || ':' || o.encounter_id AS encounter_id,
    o.category,
    CASE o.status
        WHEN 'entered-in-error' THEN 'entered in error'
        WHEN 'registered' THEN 'preliminary'
        WHEN 'unknown' THEN NULL
        ELSE o.status
    END AS status,
    o.observation_date,
    o.code_type,
    o.code,
    o.value_number,
    o.value_comparator,
    o.unit,
    o.value_code,
    o.value_text,
    npi_of(o.performer, n.npi) AS performer_npi,
    o.sensitivity,
    o.file_name,
    o.row_number
FROM landing.observation AS o
LEFT JOIN shared.who AS who USING (patient_id)
LEFT JOIN shared.npi AS n ON n.reference = o.performer
QUALIFY o.last_updated IS NOT DISTINCT FROM max(o.last_updated) OVER (PARTITION BY o.id)
