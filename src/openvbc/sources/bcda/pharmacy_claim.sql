/* One row per line of each version of each Part D event. Allowed is the total drug cost (ingredient,
   fee and tax); paid is what the plan paid for covered drugs. */
SELECT
    v.claim_key,
    v.version_number,
    v.version_type,
    v.sign,
    v.effective_on,
    v.claim_id,
    coalesce(l.line, 1) AS claim_line_number,
    who.person_id,
    coalesce(l.line_start_date, v.claim_start_date) AS dispensing_date,
    l.ndc_code,
    l.quantity,
    coalesce(v.days_supply, l.days_supply) AS days_supply,
    p.npi AS prescribing_npi,
    v.billing_npi AS dispensing_npi,
    v.paid_date,
    CAST(NULL AS BIGINT) AS charge_cents,
    cents(l.drug_cost) AS allowed_cents,
    coalesce(cents(l.paid), CASE WHEN v.version_type = 'cancel' THEN '0' END) AS paid_cents,
    'CMS' AS payer,
    'Medicare Part D' AS plan,
    'medicare' AS line_of_business,
    v.sensitivity,
    v.file_name,
    v.row_number
FROM shared.version AS v
LEFT JOIN landing.eob_line AS l USING (file_name, number)
LEFT JOIN landing.eob_prescriber AS p USING (file_name, number)
LEFT JOIN shared.who AS who USING (patient_id)
WHERE v.claim_type = 'pharmacy'
