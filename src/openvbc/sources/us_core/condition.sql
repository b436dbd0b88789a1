/* One row per Condition. One that was refuted or entered in error stands as such, so that nobody
   counts it. */
SELECT
    getvariable('data_source') || ':' || c.id AS condition_id,
    who.person_id,
    getvariable('data_source') || ':' || c.encounter_id AS encounter_id,
    CASE
        WHEN list_contains(c.categories, 'encounter-diagnosis') THEN 'encounter diagnosis'
        WHEN list_contains(c.categories, 'problem-list-item') THEN 'problem'
        WHEN list_contains(c.categories, 'health-concern') THEN 'health concern'
    END AS condition_type,
    CASE
        WHEN c.verification_status IN ('entered-in-error', 'refuted') THEN 'entered in error'
        ELSE c.clinical_status
    END AS status,
    c.recorded_date,
    c.onset_date,
    c.resolved_date,
    c.code_type,
    c.code,
    c.sensitivity,
    c.file_name,
    c.row_number
FROM landing.condition AS c
LEFT JOIN shared.who AS who USING (patient_id)
QUALIFY c.last_updated IS NOT DISTINCT FROM max(c.last_updated) OVER (PARTITION BY c.id)
