/* One row per drug exposure with a cost; see medical_claim.sql. */
WITH coverage AS (
    SELECT person_id, min(coalesce(payer_source_value, 'unknown payer')) AS payer
    FROM landing.payer_plan_period
    GROUP BY person_id
)

SELECT
    getvariable('data_source') || ':' || c.cost_id AS claim_key,
    1 AS version_number,
    'original' AS version_type,
    1 AS sign,
    e.drug_exposure_start_date AS effective_on,
    c.cost_id AS claim_id,
    1 AS claim_line_number,
    coalesce(own.person_id, getvariable('data_source') || ':' || e.person_id) AS person_id,
    e.drug_exposure_start_date AS dispensing_date,
    CASE WHEN k.code_type = 'ndc' THEN k.code END AS ndc_code,
    e.quantity,
    e.days_supply,
    provider.npi AS prescribing_npi,
    CAST(NULL AS VARCHAR) AS dispensing_npi,
    CAST(NULL AS VARCHAR) AS paid_date,
    cents(c.total_charge) AS charge_cents,
    cents(c.amount_allowed) AS allowed_cents,
    cents(coalesce(c.paid_by_payer, c.total_paid)) AS paid_cents,
    v.payer,
    CASE
        WHEN lower(v.payer) LIKE '%medicare%' THEN 'medicare'
        WHEN lower(v.payer) LIKE '%medicaid%' THEN 'medicaid'
        ELSE 'commercial'
    END AS line_of_business,
    c.file_name,
    c.row_number
FROM landing.cost AS c
LEFT JOIN landing.drug_exposure AS e ON e.drug_exposure_id = c.cost_event_id
LEFT JOIN shared.own AS own ON own.omop_id = e.person_id
LEFT JOIN coverage AS v ON v.person_id = e.person_id
LEFT JOIN shared.concept AS k ON k.concept_id = nullif(e.drug_source_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = e.provider_id
WHERE split_part(lower(c.cost_domain_id), '_', 1) = 'drug'
