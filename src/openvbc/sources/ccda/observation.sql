/* One result, vital sign, social-history or assessment observation. One that is denied, and one
   that is only planned, is none. A number has at most six decimals here. */
SELECT
    s.record_id || ':' || coalesce(s.code, '') AS observation_id,
    s.person_id,
    s.encounter_id,
    s.category,
    a.observation AS status,
    s.started AS observation_date,
    s.code_type,
    s.code,
    CASE
        WHEN TRY_CAST(s.value_number AS DECIMAL(38, 15)) IS NULL THEN s.value_number
        ELSE CAST(TRY_CAST(s.value_number AS DECIMAL(18, 6)) AS VARCHAR)
    END AS value_number,
    s.value_comparator,
    s.value_unit AS unit,
    s.value_code,
    s.value_text,
    s.npi AS performer_npi,
    s.sensitivity,
    s.file_name,
    s.row_number
FROM shared.statement AS s
LEFT JOIN map.act_status AS a ON a.code = s.status
WHERE s.kind = 'observation' AND s.mood = 'EVN' AND s.negated = 'false'
