/* One row per prescription, with all its fills, as a claim on the day it starts. Charged and
   allowed are TOTALCOST, paid is PAYER_COVERAGE. Drugs are RxNorm in Synthea, so there is no NDC. */
SELECT
    concat_ws(':', getvariable('data_source'), m.encounter, m.code, m.start) AS claim_key,
    1 AS version_number,
    'original' AS version_type,
    1 AS sign,
    left(m.start, 10) AS effective_on,
    concat_ws(':', m.encounter, m.code, m.start) AS claim_id,
    row_number() OVER (
        PARTITION BY m.encounter, m.code, m.start ORDER BY m.file_name, m.row_number
    ) AS claim_line_number,
    m.patient AS person_id,
    left(m.start, 10) AS dispensing_date,
    CAST(NULL AS VARCHAR) AS ndc_code,
    m.dispenses AS quantity,
    CAST(NULL AS INTEGER) AS days_supply,
    synthetic_npi(e.provider) AS prescribing_npi,
    CAST(NULL AS VARCHAR) AS dispensing_npi,
    left(m.start, 10) AS paid_date,
    cents(m.totalcost) AS charge_cents,
    cents(m.totalcost) AS allowed_cents,
    cents(m.payer_coverage) AS paid_cents,
    payers.name AS payer,
    coalesce(payer.line_of_business, 'commercial') AS line_of_business,
    m.file_name,
    m.row_number
FROM landing.medications AS m
LEFT JOIN landing.encounters AS e ON m.encounter = e.id
LEFT JOIN landing.payers AS payers ON m.payer = payers.id
LEFT JOIN map.payer AS payer ON payers.name = payer.payer
