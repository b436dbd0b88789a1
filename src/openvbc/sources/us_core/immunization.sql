/* One row per Immunization, given or not. */
SELECT
    getvariable('data_source') || ':' || i.id AS immunization_id,
    who.person_id,
    getvariable('data_source') || ':' || i.encounter_id AS encounter_id,
    CASE i.status
        WHEN 'not-done' THEN 'not done'
        WHEN 'entered-in-error' THEN 'entered in error'
        ELSE i.status
    END AS status,
    i.occurrence_date,
    i.code_type,
    i.code,
    i.status_reason_code,
    npi_of(i.performer, n.npi) AS performer_npi,
    i.sensitivity,
    i.file_name,
    i.row_number
FROM landing.immunization AS i
LEFT JOIN shared.who AS who USING (patient_id)
LEFT JOIN shared.npi AS n ON n.reference = i.performer
QUALIFY i.last_updated IS NOT DISTINCT FROM max(i.last_updated) OVER (PARTITION BY i.id)
