/* One row per visit, procedure, measurement, observation, device or condition with a cost, as a
   claim of one line: OMOP has costs beside events, not claims. A cost without an event that was
   delivered has no person and is set aside. Allowed is amount_allowed, paid is paid_by_payer, else
   total_paid. */
WITH coverage AS (
    SELECT person_id, min(coalesce(payer_source_value, 'unknown payer')) AS payer
    FROM landing.payer_plan_period
    GROUP BY person_id
),

event AS (
    SELECT 'visit' AS domain, visit_occurrence_id AS id, person_id, visit_start_date AS first_day,
        coalesce(visit_end_date, visit_start_date) AS last_day, visit_concept_id AS visit,
        NULL AS concept, provider_id
    FROM landing.visit_occurrence
    UNION ALL
    SELECT 'procedure', procedure_occurrence_id, person_id, procedure_date, procedure_date, NULL,
        coalesce(nullif(procedure_source_concept_id, '0'), procedure_concept_id), provider_id
    FROM landing.procedure_occurrence
    UNION ALL
    SELECT 'measurement', measurement_id, person_id, measurement_date, measurement_date, NULL, NULL,
        provider_id
    FROM landing.measurement
    UNION ALL
    SELECT 'observation', observation_id, person_id, observation_date, observation_date, NULL, NULL,
        provider_id
    FROM landing.observation
    UNION ALL
    SELECT 'condition', condition_occurrence_id, person_id, condition_start_date,
        condition_start_date, NULL, NULL, NULL
    FROM landing.condition_occurrence
)

SELECT
    getvariable('data_source') || ':' || c.cost_id AS claim_key,
    1 AS version_number,
    'original' AS version_type,
    1 AS sign,
    e.last_day AS effective_on,
    c.cost_id AS claim_id,
    1 AS claim_line_number,
    CASE WHEN e.visit IN ('9201', '262', '9203', '42898160', '8863', '8546') THEN 'institutional'
        ELSE 'professional' END AS claim_type,
    coalesce(own.person_id, getvariable('data_source') || ':' || e.person_id) AS person_id,
    e.first_day AS claim_start_date,
    e.last_day AS claim_end_date,
    e.first_day AS claim_line_start_date,
    e.last_day AS claim_line_end_date,
    CASE WHEN e.visit IN ('9201', '262') THEN e.first_day END AS admission_date,
    CASE WHEN e.visit IN ('9201', '262') THEN e.last_day END AS discharge_date,
    CAST(NULL AS VARCHAR) AS discharge_disposition_code,
    CAST(NULL AS VARCHAR) AS place_of_service_code,
    CAST(NULL AS VARCHAR) AS bill_type_code,
    c.drg_source_value AS drg_code,
    CAST(NULL AS VARCHAR) AS revenue_center_code,
    CAST(NULL AS VARCHAR) AS service_unit_quantity,
    CASE WHEN k.code_type = 'hcpcs' THEN k.code END AS hcpcs_code,
    CAST(NULL AS VARCHAR) AS hcpcs_modifier_1,
    CAST(NULL AS VARCHAR) AS hcpcs_modifier_2,
    provider.npi AS rendering_npi,
    CAST(NULL AS VARCHAR) AS rendering_specialty_code,
    CAST(NULL AS VARCHAR) AS billing_npi,
    CAST(NULL AS VARCHAR) AS billing_tin,
    CAST(NULL AS VARCHAR) AS facility_npi,
    CAST(NULL AS VARCHAR) AS facility_ccn,
    CAST(NULL AS VARCHAR) AS paid_date,
    cents(c.total_charge) AS charge_cents,
    cents(c.amount_allowed) AS allowed_cents,
    cents(coalesce(c.paid_by_payer, c.total_paid)) AS paid_cents,
    CAST(NULL AS BIGINT) AS ime_cents,
    CAST(NULL AS BIGINT) AS dsh_cents,
    CAST(NULL AS BOOLEAN) AS denied,
    v.payer,
    CASE
        WHEN lower(v.payer) LIKE '%medicare%' THEN 'medicare'
        WHEN lower(v.payer) LIKE '%medicaid%' THEN 'medicaid'
        ELSE 'commercial'
    END AS line_of_business,
    c.file_name,
    c.row_number
FROM landing.cost AS c
LEFT JOIN event AS e
    ON e.domain = split_part(lower(c.cost_domain_id), '_', 1) AND e.id = c.cost_event_id
LEFT JOIN shared.own AS own ON own.omop_id = e.person_id
LEFT JOIN coverage AS v ON v.person_id = e.person_id
LEFT JOIN shared.concept AS k ON k.concept_id = e.concept
LEFT JOIN landing.provider AS provider ON provider.provider_id = e.provider_id
WHERE split_part(lower(c.cost_domain_id), '_', 1) IS DISTINCT FROM 'drug'
