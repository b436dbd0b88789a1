/* One row per span of the eligibility file. Medicare coverage is read as Parts A and B in force,
   since the input layer has no column for them; enrolment type follows Medicare status and dual
   status (42 CFR 425.652(a)(2)): status 11, 21 and 31 are ESRD, 20 is disabled, and dual status
   01 to 06 and 08 is Medicaid beside Medicare. */
SELECT
    person_id,
    member_id,
    enrollment_start_date,
    enrollment_end_date,
    lower(trim(payer_type)) LIKE 'medicare%' AS part_a,
    lower(trim(payer_type)) LIKE 'medicare%' AS part_b,
    lower(trim(payer_type)) = 'medicare advantage' AS medicare_advantage,
    CAST(NULL AS BOOLEAN) AS other_program,
    CASE
        WHEN lower(trim(payer_type)) NOT LIKE 'medicare%' THEN NULL
        WHEN medicare_status_code IN ('11', '21', '31') THEN 'esrd'
        WHEN medicare_status_code = '20' THEN 'disabled'
        WHEN dual_status_code IN ('01', '02', '03', '04', '05', '06', '08') THEN 'aged_dual'
        WHEN medicare_status_code = '10' THEN 'aged_nondual'
    END AS enrolment_type,
    original_reason_entitlement_code,
    dual_status_code,
    medicare_status_code,
    payer,
    plan,
    CASE
        WHEN lower(trim(payer_type)) LIKE 'medicare%' THEN 'medicare'
        ELSE lower(trim(payer_type))
    END AS line_of_business,
    file_name,
    row_number
FROM landing.eligibility
