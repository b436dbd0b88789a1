SELECT
    claim_key, version_number, version_type, sign, effective_on,
    claim_key || '-' || CAST(version_number AS VARCHAR) AS claim_id,
    claim_line_number, claim_type, person_id,
    end_date - CAST(stay AS INTEGER) AS claim_start_date, end_date AS claim_end_date,
    end_date - CAST(stay AS INTEGER) AS claim_line_start_date, end_date AS claim_line_end_date,
    CASE WHEN kind IN ('inpatient', 'snf') THEN end_date - CAST(stay AS INTEGER) END AS admission_date,
    CASE WHEN kind IN ('inpatient', 'snf') THEN end_date END AS discharge_date,
    CASE WHEN kind IN ('inpatient', 'snf') THEN '01' END AS discharge_disposition_code,
    place_of_service_code, bill_type_code,
    CASE WHEN kind = 'inpatient' THEN lpad(CAST(1 + part(h, 7777, 900) AS VARCHAR), 3, '0') END AS drg_code,
    CASE WHEN kind = 'inpatient' AND claim_line_number > 1
         THEN '0' || CAST(200 + part(g, 1, 600) AS VARCHAR) ELSE revenue END AS revenue_center_code,
    CAST(units + part(g, 1000, 3) AS DECIMAL(18, 3)) AS service_unit_quantity,
    CASE WHEN family = '' THEN NULL
         WHEN family = 'visit' AND claim_line_number = 1 THEN visit
         WHEN family = 'visit' THEN 'U' || CAST(1000 + part(g, 10000, 700) AS VARCHAR)
         WHEN family = 'A0' THEN 'A0' || CAST(420 + part(g, 10000, 30) AS VARCHAR)
         ELSE family || CAST(1000 + part(g, 10000, 1800) AS VARCHAR) END AS hcpcs_code,
    CASE WHEN part(g, 100000000, 10) < 3 THEN (['25', '59', 'LT', 'RT', 'TC'])[1 + part(g, 1000000000, 5)]
         END AS hcpcs_modifier_1,
    CAST(NULL AS VARCHAR) AS hcpcs_modifier_2,
    npi_of(practice, slot) AS rendering_npi,
    CASE WHEN claim_type = 'institutional' THEN NULL
         ELSE specialty_of(seat = 'home', slot, practice) END AS rendering_specialty_code,
    npi_of(practice, 99) AS billing_npi,
    CASE WHEN claim_type <> 'institutional'
         THEN CASE WHEN seat = 'home' THEN tin_of(practice) ELSE tin_of(500000 + practice) END
         END AS billing_tin,
    CASE WHEN claim_type = 'institutional' THEN npi_of(practice % 400, 98) END AS facility_npi,
    CASE WHEN claim_type = 'institutional' THEN ccn_of(practice % 400) END AS facility_ccn,
    effective_on AS paid_date,
    allowed * 26 // 10 AS charge_cents,
    CASE WHEN denied THEN 0 ELSE allowed END AS allowed_cents,
    CASE WHEN denied THEN 0 ELSE allowed * 8 // 10 END AS paid_cents,
    CASE WHEN kind = 'inpatient' AND claim_line_number = 1 AND practice % 3 = 0 AND NOT denied
         THEN allowed * 6 // 100 ELSE 0 END AS ime_cents,
    CASE WHEN kind = 'inpatient' AND claim_line_number = 1 AND practice % 3 = 0 AND NOT denied
         THEN allowed * 4 // 100 ELSE 0 END AS dsh_cents,
    denied, FALSE AS debit_credit,
    'bench' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
    'medicare' AS line_of_business, CAST(NULL AS VARCHAR) AS sensitivity,
    effective_on + 2 AS received_on, getvariable('load_id') AS load_id,
    'part.parquet' AS file_name, n * 1000 + k * 40 + claim_line_number AS row_number
FROM (
    SELECT *, part(g, 100000, 1000) < 8 AS denied,
           CAST(price_cents * (0.3 + 3 * pow(uniform(g, 50), 4)) AS BIGINT) * percent // 100 AS allowed
    FROM (
        SELECT *, (getvariable('visits'))[1 + part(h, 31, 40)] AS visit,
               draw('line', (n * 100 + k) * 1000 + getvariable('month_number') * 37 + claim_line_number) AS g
        FROM (SELECT *, CAST(unnest(range(1, lines + 1)) AS INTEGER) AS claim_line_number FROM claim_version)
    )
)
