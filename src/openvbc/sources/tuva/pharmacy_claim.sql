/* One row per line of the pharmacy claim file, in whole cents; see medical_claim.sql. */
WITH coverage AS (
    SELECT
        person_id,
        payer,
        min(CASE
            WHEN lower(trim(payer_type)) LIKE 'medicare%' THEN 'medicare'
            ELSE lower(trim(payer_type))
        END) AS line_of_business
    FROM landing.eligibility
    GROUP BY person_id, payer
)

SELECT
    getvariable('data_source') || ':' || claim_id AS claim_key,
    1 AS version_number,
    'original' AS version_type,
    1 AS sign,
    coalesce(paid_date, dispensing_date) AS effective_on,
    claim_id,
    claim_line_number,
    person_id,
    dispensing_date,
    ndc_code,
    quantity,
    days_supply,
    prescribing_provider_npi AS prescribing_npi,
    dispensing_provider_npi AS dispensing_npi,
    paid_date,
    cents(charge_amount) AS charge_cents,
    cents(allowed_amount) AS allowed_cents,
    cents(paid_amount) AS paid_cents,
    payer,
    plan,
    coverage.line_of_business,
    file_name,
    row_number
FROM landing.pharmacy_claim
LEFT JOIN coverage USING (person_id, payer)
