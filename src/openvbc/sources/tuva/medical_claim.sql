/* One row per line of the medical claim file, in whole cents. The input layer holds final claims
   without versions, so each is an original that stands from its payment. The line of business is
   that of the person's coverage with the same payer. */
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
    coalesce(paid_date, claim_end_date) AS effective_on,
    claim_id,
    claim_line_number,
    lower(trim(claim_type)) AS claim_type,
    person_id,
    coalesce(claim_start_date, claim_end_date) AS claim_start_date,
    claim_end_date,
    claim_line_start_date,
    claim_line_end_date,
    admission_date,
    discharge_date,
    discharge_disposition_code,
    place_of_service_code,
    right(trim(bill_type_code), 3) AS bill_type_code,
    coalesce(drg_code, ms_drg_code) AS drg_code,
    revenue_center_code,
    service_unit_quantity,
    hcpcs_code,
    hcpcs_modifier_1,
    hcpcs_modifier_2,
    rendering_npi,
    CAST(NULL AS VARCHAR) AS rendering_specialty_code,
    billing_npi,
    billing_tin,
    facility_npi,
    CAST(NULL AS VARCHAR) AS facility_ccn,
    paid_date,
    cents(charge_amount) AS charge_cents,
    cents(allowed_amount) AS allowed_cents,
    cents(paid_amount) AS paid_cents,
    CAST(NULL AS BIGINT) AS ime_cents,
    CAST(NULL AS BIGINT) AS dsh_cents,
    CAST(NULL AS BOOLEAN) AS denied,
    payer,
    plan,
    coverage.line_of_business,
    file_name,
    row_number
FROM landing.medical_claim
LEFT JOIN coverage USING (person_id, payer)
