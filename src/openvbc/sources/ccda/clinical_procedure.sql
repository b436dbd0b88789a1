/* One procedure done, ordered, or not done. */
SELECT
    s.record_id AS procedure_id,
    s.person_id,
    s.encounter_id,
    CASE WHEN s.mood = 'EVN' THEN s.category ELSE 'request' END AS record_type,
    CASE
        WHEN s.status = 'nullified' THEN 'entered in error'
        WHEN s.negated = 'true' THEN 'not done'
        ELSE a.procedure
    END AS status,
    coalesce(s.started, s.ended) AS procedure_date,
    s.code_type,
    upper(CASE WHEN s.code_type LIKE 'icd%' THEN replace(s.code, '.', '') ELSE s.code END) AS code,
    s.npi AS practitioner_npi,
    s.sensitivity,
    s.file_name,
    s.row_number
FROM shared.statement AS s
LEFT JOIN map.act_status AS a ON a.code = s.status
WHERE s.kind = 'procedure'
