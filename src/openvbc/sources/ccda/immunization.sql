/* One immunization given, or not given with the reason. One that is planned is none. */
SELECT
    s.record_id AS immunization_id,
    s.person_id,
    s.encounter_id,
    CASE
        WHEN s.status = 'nullified' THEN 'entered in error'
        WHEN s.negated = 'true' OR s.status IN ('aborted', 'cancelled') THEN 'not done'
        ELSE 'completed'
    END AS status,
    s.started AS occurrence_date,
    s.code_type,
    s.code,
    s.reason_code AS status_reason_code,
    s.npi AS performer_npi,
    s.sensitivity,
    s.file_name,
    s.row_number
FROM shared.statement AS s
WHERE s.kind = 'immunization' AND s.mood = 'EVN'
