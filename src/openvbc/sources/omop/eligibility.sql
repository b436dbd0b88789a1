/* One row per payer plan period; without any, observation periods are what is known of coverage
   and are read as such. The payer's name decides the line of business. */
WITH span AS (
    SELECT
        person_id, payer_plan_period_start_date AS first_day,
        payer_plan_period_end_date AS last_day, family_source_value,
        coalesce(payer_source_value, 'unknown payer') AS payer, plan_source_value AS plan,
        file_name, row_number
    FROM landing.payer_plan_period
    UNION ALL
    SELECT
        person_id, observation_period_start_date, observation_period_end_date, NULL,
        'observation period', NULL, file_name, row_number
    FROM landing.observation_period
    WHERE (SELECT count(*) FROM landing.payer_plan_period) = 0
)

SELECT
    coalesce(own.person_id, getvariable('data_source') || ':' || s.person_id) AS person_id,
    s.family_source_value AS member_id,
    s.first_day AS enrollment_start_date,
    s.last_day AS enrollment_end_date,
    CAST(NULL AS BOOLEAN) AS part_a,
    CAST(NULL AS BOOLEAN) AS part_b,
    CAST(NULL AS BOOLEAN) AS medicare_advantage,
    CAST(NULL AS BOOLEAN) AS other_program,
    CAST(NULL AS VARCHAR) AS enrolment_type,
    CAST(NULL AS VARCHAR) AS original_reason_entitlement_code,
    CAST(NULL AS VARCHAR) AS dual_status_code,
    CAST(NULL AS VARCHAR) AS medicare_status_code,
    s.payer,
    s.plan,
    CASE
        WHEN lower(s.payer) LIKE '%medicare%' THEN 'medicare'
        WHEN lower(s.payer) LIKE '%medicaid%' THEN 'medicaid'
        ELSE 'commercial'
    END AS line_of_business,
    s.file_name,
    s.row_number
FROM span AS s
LEFT JOIN shared.own AS own ON own.omop_id = s.person_id
