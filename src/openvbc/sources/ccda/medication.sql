/* One order, dispense, administration or statement of a medication. One that is denied is none. */
SELECT
    s.record_id AS medication_id,
    s.person_id,
    s.encounter_id,
    s.category AS record_type,
    CASE s.status WHEN 'nullified' THEN 'entered in error' ELSE s.status END AS status,
    CASE WHEN s.category <> 'dispense' THEN coalesce(s.started, s.recorded) END AS prescribing_date,
    CASE WHEN s.category = 'dispense' THEN s.started END AS dispensing_date,
    s.ended AS end_date,
    s.code_type,
    s.code,
    s.quantity,
    CAST(NULL AS VARCHAR) AS days_supply,
    s.npi AS practitioner_npi,
    s.sensitivity,
    s.file_name,
    s.row_number
FROM shared.statement AS s
WHERE s.kind = 'medication' AND s.negated = 'false'
