/* One problem observation. One that is denied (no known problems, ruled out) is no condition. The
   status is what the problem's own status says; else a problem that has ended is resolved; else it
   is that of the concern. */
SELECT
    s.record_id || CASE WHEN s.context = 'encounter diagnosis'
        THEN ':' || coalesce(s.encounter_id, 'diagnosis') ELSE '' END AS condition_id,
    s.person_id,
    s.encounter_id,
    coalesce(s.context, s.category) AS condition_type,
    CASE
        WHEN s.status = 'nullified' THEN 'entered in error'
        WHEN p.status IS NOT NULL THEN p.status
        WHEN s.ended IS NOT NULL THEN 'resolved'
        WHEN s.concern_status = 'active' THEN 'active'
        WHEN s.concern_status IN ('completed', 'suspended', 'aborted') THEN 'inactive'
    END AS status,
    s.recorded AS recorded_date,
    s.started AS onset_date,
    s.ended AS resolved_date,
    s.code_type,
    upper(replace(s.code, '.', '')) AS code,
    s.sensitivity,
    s.file_name,
    s.row_number
FROM shared.statement AS s
LEFT JOIN map.problem_status AS p ON p.code = s.problem_status_code
WHERE s.kind = 'condition' AND s.mood = 'EVN' AND s.negated = 'false'
