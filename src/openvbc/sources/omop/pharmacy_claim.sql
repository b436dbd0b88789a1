/* One row per drug exposure with a cost; see medical_claim.sql. */
WITH known AS (
    SELECT identifier, min(person_id) AS person_id
    FROM earlier.person_identifier
    GROUP BY identifier
    HAVING count(DISTINCT person_id) = 1
),

own AS (
    SELECT
        p.person_id AS omop_id,
        min(coalesce(known.person_id, getvariable('data_source') || ':' || p.person_id)) AS person_id
    FROM landing.person AS p
    LEFT JOIN known ON known.identifier = p.person_source_value
    GROUP BY p.person_id
    UNION ALL
    SELECT substr(identifier, length(getvariable('data_source')) + 2), min(person_id)
    FROM earlier.person_identifier
    WHERE identifier_type = 'omop_person_id'
        AND starts_with(identifier, getvariable('data_source') || ':')
        AND substr(identifier, length(getvariable('data_source')) + 2)
            NOT IN (SELECT person_id FROM landing.person)
    GROUP BY identifier
),

coverage AS (
    SELECT person_id, min(coalesce(payer_source_value, 'unknown payer')) AS payer
    FROM landing.payer_plan_period
    GROUP BY person_id
),

concept AS (
    SELECT c.concept_id, min(m.code_type) AS code_type, min(c.concept_code) AS code
    FROM landing.concept AS c
    JOIN map.vocabulary AS m ON m.vocabulary_id = c.vocabulary_id
    GROUP BY c.concept_id
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
LEFT JOIN own ON own.omop_id = e.person_id
LEFT JOIN coverage AS v ON v.person_id = e.person_id
LEFT JOIN concept AS k ON k.concept_id = nullif(e.drug_source_concept_id, '0')
LEFT JOIN landing.provider AS provider ON provider.provider_id = e.provider_id
WHERE split_part(lower(c.cost_domain_id), '_', 1) = 'drug'
