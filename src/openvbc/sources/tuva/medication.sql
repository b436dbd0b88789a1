/* One row per medication: dispensed where it has a day of dispensing, else ordered. The source's
   code counts before the NDC, and that before RxNorm. */
SELECT
    getvariable('data_source') || ':' || m.medication_id AS medication_id,
    m.person_id,
    getvariable('data_source') || ':' || m.encounter_id AS encounter_id,
    CASE WHEN nullif(trim(m.dispensing_date), '') IS NOT NULL THEN 'dispense' ELSE 'request' END
        AS record_type,
    CAST(NULL AS VARCHAR) AS status,
    m.prescribing_date,
    m.dispensing_date,
    CAST(NULL AS DATE) AS end_date,
    CASE
        WHEN nullif(trim(m.source_code), '') IS NOT NULL THEN lower(m.source_code_type)
        WHEN nullif(trim(m.ndc_code), '') IS NOT NULL THEN 'ndc'
        WHEN nullif(trim(m.rxnorm_code), '') IS NOT NULL THEN 'rxnorm'
    END AS code_type,
    coalesce(nullif(trim(m.source_code), ''), nullif(trim(m.ndc_code), ''), m.rxnorm_code) AS code,
    m.quantity,
    m.days_supply,
    who.npi AS practitioner_npi,
    m.file_name,
    m.row_number
FROM landing.medication AS m
LEFT JOIN (
    SELECT practitioner_id, min(npi) AS npi FROM landing.practitioner GROUP BY practitioner_id
) AS who ON who.practitioner_id = m.practitioner_id
