/* Final pharmacy claim lines in the names and dollars of Tuva's input layer. */
WITH latest AS (
    SELECT claim_key, max(version_number) AS version_number
    FROM pharmacy_claim
    GROUP BY claim_key
)

SELECT
    claim_id,
    claim_line_number,
    person_id,
    payer,
    plan,
    prescribing_npi AS prescribing_provider_npi,
    dispensing_npi AS dispensing_provider_npi,
    dispensing_date,
    ndc_code,
    quantity,
    days_supply,
    paid_date,
    CAST(0.01 * paid_cents AS DECIMAL(18, 2)) AS paid_amount,
    CAST(0.01 * allowed_cents AS DECIMAL(18, 2)) AS allowed_amount,
    CAST(0.01 * charge_cents AS DECIMAL(18, 2)) AS charge_amount,
    data_source,
    file_name
FROM pharmacy_claim
JOIN latest USING (claim_key, version_number)
WHERE version_type <> 'cancel'
