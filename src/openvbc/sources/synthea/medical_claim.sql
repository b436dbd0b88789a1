/* One row per encounter, as a claim of one line. Charged and allowed are the encounter's
   TOTAL_CLAIM_COST, paid is its PAYER_COVERAGE. The encounter class decides claim type, place of
   service or bill type, and a procedure code (encounter_class.csv); a code of the encounter that
   the map names wins over its class. TIN, NPI and CCN are made from Synthea's keys. */
WITH class AS (
    SELECT e.*, m.* EXCLUDE (encounter_class, encounter_code)
    FROM landing.encounters AS e
    LEFT JOIN map.encounter_class AS m
        ON e.encounterclass = m.encounter_class
        AND (m.encounter_code IS NULL OR m.encounter_code = e.code)
    QUALIFY row_number() OVER (
        PARTITION BY e.file_name, e.row_number ORDER BY m.encounter_code NULLS LAST
    ) = 1
)

SELECT
    getvariable('data_source') || ':' || class.id AS claim_key,
    1 AS version_number,
    'original' AS version_type,
    1 AS sign,
    left(class.stop, 10) AS effective_on,
    class.id AS claim_id,
    1 AS claim_line_number,
    claim_type,
    class.patient AS person_id,
    left(class.start, 10) AS claim_start_date,
    left(class.stop, 10) AS claim_end_date,
    left(class.start, 10) AS claim_line_start_date,
    left(class.stop, 10) AS claim_line_end_date,
    CASE WHEN bill_type_code IN ('111', '211') THEN left(class.start, 10) END AS admission_date,
    CASE WHEN bill_type_code IN ('111', '211') THEN left(class.stop, 10) END AS discharge_date,
    CAST(NULL AS VARCHAR) AS discharge_disposition_code,
    place_of_service_code,
    bill_type_code,
    CAST(NULL AS VARCHAR) AS drg_code,
    revenue_center_code,
    1 AS service_unit_quantity,
    hcpcs_code,
    CAST(NULL AS VARCHAR) AS hcpcs_modifier_1,
    CAST(NULL AS VARCHAR) AS hcpcs_modifier_2,
    synthetic_npi(class.provider) AS rendering_npi,
    s.specialty_code AS rendering_specialty_code,
    synthetic_npi(class.organization) AS billing_npi,
    synthetic_tin(class.organization) AS billing_tin,
    CASE WHEN claim_type = 'institutional' THEN synthetic_npi(class.organization) END AS facility_npi,
    CASE WHEN claim_type = 'institutional' THEN synthetic_ccn(class.organization) END AS facility_ccn,
    left(class.stop, 10) AS paid_date,
    cents(total_claim_cost) AS charge_cents,
    cents(total_claim_cost) AS allowed_cents,
    cents(payer_coverage) AS paid_cents,
    CAST(NULL AS BIGINT) AS ime_cents,
    CAST(NULL AS BIGINT) AS dsh_cents,
    CAST(NULL AS BOOLEAN) AS denied,
    payers.name AS payer,
    coalesce(payer.line_of_business, 'commercial') AS line_of_business,
    class.file_name,
    class.row_number
FROM class
LEFT JOIN landing.providers AS p ON class.provider = p.id
LEFT JOIN map.specialty AS s ON p.speciality = s.speciality
LEFT JOIN landing.payers AS payers ON class.payer = payers.id
LEFT JOIN map.payer AS payer ON payers.name = payer.payer
