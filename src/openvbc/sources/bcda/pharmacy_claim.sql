/* One row per line of each version of each Part D event. Allowed is the total drug cost (ingredient,
   fee and tax); paid is what the plan paid for covered drugs. Versions as in medical_claim. */
WITH who AS (
    SELECT p.patient_id, coalesce(min(k.person_id), p.patient_id) AS person_id
    FROM (
        SELECT patient_id, identifier_type, identifier FROM landing.patient_identifier
        UNION SELECT patient_id, 'bluebutton_patient_id', patient_id FROM landing.eob
        UNION SELECT patient_id, 'bluebutton_patient_id', patient_id FROM landing.coverage
        UNION SELECT patient_id, 'mbi', subscriber_id FROM landing.coverage
    ) AS p
    LEFT JOIN earlier.person_identifier AS k USING (identifier_type, identifier)
    GROUP BY p.patient_id
),

claim AS (
    SELECT
        e.*,
        k.claim_type,
        coalesce(e.recorded_on, e.paid_date, e.created_on, TRY_CAST(e.claim_end_date AS DATE))
            AS effective_on,
        CASE
            WHEN e.status IN ('cancelled', 'entered-in-error') OR e.adjustment_type = '1'
                OR e.drug_adjustment = 'D'
                OR (e.adjustment_type IS NULL AND e.disposition = '03') THEN 'cancel'
            WHEN e.adjustment_type = '2' OR e.drug_adjustment = 'A'
                OR (e.adjustment_type IS NULL AND e.related_claim IS NOT NULL) THEN 'adjust'
            ELSE 'original'
        END AS version_type,
        concat_ws(
            ':', getvariable('data_source'), coalesce(e.eob_type, e.type_code), e.patient_id,
            coalesce(e.related_claim, e.control_number, e.claim_id)
        ) AS claim_key
    FROM landing.eob AS e
    LEFT JOIN map.claim_kind AS k ON k.code = coalesce(e.eob_type, e.type_code)
),

version AS (
    SELECT
        *,
        10 * date_diff('day', DATE '1900-01-01', effective_on)
        + CASE
            WHEN system_type = 'SharedSystem' THEN 0
            WHEN version_type = 'original' THEN 1
            WHEN version_type = 'cancel' THEN 2
            ELSE 3
        END AS version_number,
        CASE version_type WHEN 'cancel' THEN -1 ELSE 1 END AS sign
    FROM claim
)

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
    v.file_name,
    v.row_number
FROM version AS v
LEFT JOIN landing.eob_line AS l USING (file_name, number)
LEFT JOIN landing.eob_prescriber AS p USING (file_name, number)
LEFT JOIN who USING (patient_id)
WHERE v.claim_type = 'pharmacy'
