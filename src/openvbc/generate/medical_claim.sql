-- medical_claim: one row per line of each version of each medical claim of the chunk.
WITH amounts AS (
    SELECT v.*, l.*, s.claim_type, s.bill_type_code, s.place_of_service_code,
           (fate_e3 * 7 + claim_line_number * 389) % 1000 < 7 AS denied,
           ratio(total_cents * factor_e3 * share_e3, 1000000)::BIGINT AS allowed,
           -- a teaching hospital's first line carries its education and hardship payments
           service = 'inpatient' AND claim_line_number = 1 AND organisation % 3 = 0 AS teaching
    FROM claim_version v
    JOIN service s USING (service)
    JOIN line l USING (service, variant)
    WHERE claim_type <> 'pharmacy'
)
SELECT claim_key, version_number, version_type, sign, effective_on,
       claim_id, claim_line_number, claim_type, person_id,
       start_date AS claim_start_date, end_date AS claim_end_date,
       start_date AS claim_line_start_date, end_date AS claim_line_end_date,
       CASE WHEN service IN ('inpatient', 'snf') THEN start_date END AS admission_date,
       CASE WHEN service IN ('inpatient', 'snf') THEN end_date END AS discharge_date,
       CASE WHEN service NOT IN ('inpatient', 'snf') THEN NULL
            WHEN ends_in_death THEN '20' ELSE '01' END AS discharge_disposition_code,
       place_of_service_code, bill_type_code, drg_code, revenue_center_code,
       units::DECIMAL(18,3) AS service_unit_quantity, hcpcs_code, modifier AS hcpcs_modifier_1,
       NULL::VARCHAR AS hcpcs_modifier_2,
       rendering_npi,
       CASE WHEN claim_type <> 'institutional' THEN specialty END AS rendering_specialty_code,
       billing_npi,
       CASE WHEN claim_type <> 'institutional' THEN tin END AS billing_tin,
       CASE WHEN claim_type = 'institutional' THEN billing_npi END AS facility_npi,
       CASE WHEN claim_type = 'institutional' THEN ccn END AS facility_ccn,
       effective_on AS paid_date,
       ratio(total_cents * share_e3 * 26, 10000)::BIGINT AS charge_cents,
       CASE WHEN denied THEN 0 WHEN service = 'rhc' THEN NULL ELSE allowed END AS allowed_cents,
       CASE WHEN denied THEN 0 ELSE ratio(allowed * paid_e3, 1000)::BIGINT END AS paid_cents,
       CASE WHEN teaching AND NOT denied THEN allowed * 8 // 100 ELSE 0 END AS ime_cents,
       CASE WHEN teaching AND NOT denied THEN allowed * 6 // 100 ELSE 0 END AS dsh_cents,
       denied,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       effective_on + 1 + (version_e4 % 5)::INTEGER AS received_on
FROM amounts
ORDER BY version_order, claim_line_number
