/* One row per order, dispense, administration or statement; its code is its own, else that of the
   Medication it refers to. */
SELECT
    getvariable('data_source') || ':' || m.resource_type || '/' || m.id AS medication_id,
    who.person_id,
    getvariable('data_source') || ':' || m.encounter_id AS encounter_id,
    m.record_type,
    m.status,
    m.prescribing_date,
    m.dispensing_date,
    m.end_date,
    coalesce(m.code_type, r.code_type) AS code_type,
    coalesce(m.code, r.code) AS code,
    round(m.quantity, 3) AS quantity,
    m.days_supply,
    npi_of(m.practitioner, n.npi) AS practitioner_npi,
    m.sensitivity,
    m.file_name,
    m.row_number
FROM landing.medication AS m
LEFT JOIN shared.who AS who USING (patient_id)
LEFT JOIN shared.npi AS n ON n.reference = m.practitioner
LEFT JOIN (
    SELECT id, min(code_type) AS code_type, min(code) AS code
    FROM landing.medication_code
    GROUP BY id
    HAVING count(DISTINCT code) = 1
) AS r ON r.id = m.medication_code_id
QUALIFY m.last_updated IS NOT DISTINCT FROM max(m.last_updated) OVER (PARTITION BY m.resource_type, m.id)
