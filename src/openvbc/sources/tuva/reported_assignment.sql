/* One row per person and month of the payer's attribution. */
SELECT
    'provider_attribution' AS report,
    left(replace(trim(year_month), '-', ''), 4) || '-' || right(replace(trim(year_month), '-', ''), 2)
        AS report_period,
    person_id,
    'assigned' AS status,
    payer_attributed_provider_practice AS tin,
    payer_attributed_provider AS npi,
    CAST(NULL AS VARCHAR) AS reason_code,
    CAST(NULL AS VARCHAR) AS enrolment_type,
    CAST(NULL AS INTEGER) AS months,
    CAST(NULL AS BIGINT) AS risk_score_e9,
    CAST(NULL AS BIGINT) AS expenditure_cents,
    payer,
    plan,
    file_name,
    row_number
FROM landing.provider_attribution
