/* One row per payer transition that is coverage. A span ends the day before the next begins;
   Synthea writes the same instant as the end of one and the start of the next. Spans without
   insurance are no coverage, unless the load puts one line of business on everything: then every
   span is read as that coverage. Medicare means Parts A and B in force. Enrolment type follows
   age on the first day: Synthea knows no entitlement, so below 65 is read as disabled. */
WITH span AS (
    SELECT
        t.patient,
        t.memberid,
        TRY_CAST(left(t.start_year, 10) AS DATE) AS first_day,
        -- an end that cannot be read is no open end: it stays, for the check to set aside
        coalesce(
            CAST(TRY_CAST(left(t.end_year, 10) AS DATE) - 1 AS VARCHAR), t.end_year
        ) AS last_day,
        p.name AS payer,
        coalesce(getvariable('line_of_business'), m.line_of_business, 'commercial') AS line,
        TRY_CAST(patients.birthdate AS DATE) AS birth_date,
        coalesce(m.is_coverage, 'true') AS is_coverage,
        t.file_name,
        t.row_number
    FROM landing.payer_transitions AS t
    LEFT JOIN landing.payers AS p ON t.payer = p.id
    LEFT JOIN map.payer AS m ON p.name = m.payer
    LEFT JOIN landing.patients AS patients ON t.patient = patients.id
)

SELECT
    patient AS person_id,
    memberid AS member_id,
    first_day AS enrollment_start_date,
    last_day AS enrollment_end_date,
    CASE WHEN line = 'medicare' THEN true END AS part_a,
    CASE WHEN line = 'medicare' THEN true END AS part_b,
    CASE WHEN line = 'medicare' THEN false END AS medicare_advantage,
    CAST(NULL AS BOOLEAN) AS other_program,
    CASE
        WHEN line <> 'medicare' THEN NULL
        WHEN birth_date + INTERVAL 65 YEAR > first_day THEN 'disabled'
        WHEN payer IN ('Dual Eligible', 'Medicaid') THEN 'aged_dual'
        ELSE 'aged_nondual'
    END AS enrolment_type,
    CAST(NULL AS VARCHAR) AS original_reason_entitlement_code,
    CAST(NULL AS VARCHAR) AS dual_status_code,
    CAST(NULL AS VARCHAR) AS medicare_status_code,
    payer,
    line AS line_of_business,
    file_name,
    row_number
FROM span
WHERE is_coverage = 'true' OR getvariable('line_of_business') IS NOT NULL
