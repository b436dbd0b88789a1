/* One row per unbroken span in which a person's Medicare did not change: Parts A and B, a Part C plan,
   Medicaid beside it. Coverage resources, one a part, are cut at each other's first and last days;
   of two of the same part on one day the one that was updated last counts. Part D is no span of
   its own. Enrolment type follows Medicare status, then dual status (42 CFR 425.652(a)(2)). A part
   whose days cannot be read, or whose last is before its first, stands alone, to be set aside. */
WITH given AS (
    SELECT
        *,
        CASE
            WHEN part IN ('Part A', 'Part B', 'Part C') THEN right(part, 1)
            WHEN part LIKE 'Dual%' THEN 'dual'
        END AS kind,
        coalesce(
            first_day IS NULL OR (
                TRY_CAST(first_day AS DATE) IS NOT NULL
                AND (last_day IS NULL OR TRY_CAST(last_day AS DATE) >= TRY_CAST(first_day AS DATE))
            ),
            false
        ) AS is_readable
    FROM landing.coverage
    WHERE coalesce(status, 'active') = 'active'
),

monthly AS (
    SELECT
        c.file_name, c.number, c.row_number, c.patient_id, m.variable, m.code, c.sensitivity, c.last_updated,
        make_date(TRY_CAST(left(m.year, 4) AS INTEGER), m.month, 1) AS first_day
    FROM landing.coverage_month AS m
    JOIN landing.coverage AS c USING (file_name, number)
    WHERE m.year IS NOT NULL AND m.month BETWEEN 1 AND 12
),

part AS (
    SELECT
        patient_id,
        kind AS part,
        TRY_CAST(first_day AS DATE) AS first_day,
        coalesce(TRY_CAST(last_day AS DATE), DATE '9999-12-30') AS last_day,
        medicare_status_code, entitlement_reason_code, esrd, dual_status_code, subscriber_id,
        sensitivity, last_updated, file_name, row_number
    FROM given
    WHERE is_readable
    UNION ALL
    SELECT
        patient_id, CASE variable WHEN 'dual_' THEN 'dual' ELSE 'C' END, first_day,
        last_day(first_day), NULL, NULL, NULL, CASE variable WHEN 'dual_' THEN code END, NULL,
        sensitivity, last_updated, file_name, row_number
    FROM monthly
    WHERE (variable = 'dual_' AND regexp_full_match(code, '[0-9]{2}') AND code NOT IN ('00', '99'))
        OR (variable = 'hmo_ind_' AND code NOT IN ('0', '4'))
),

dated AS (
    SELECT who.person_id, p.*
    FROM part AS p
    JOIN shared.who AS who USING (patient_id)
    WHERE p.part IS NOT NULL AND p.first_day IS NOT NULL AND p.last_day >= p.first_day
),

edge AS (
    SELECT person_id, first_day AS day FROM dated
    UNION
    SELECT person_id, last_day + 1 FROM dated
),

piece AS (
    SELECT
        person_id,
        day AS first_day,
        lead(day) OVER (PARTITION BY person_id ORDER BY day) - 1 AS last_day
    FROM edge
),

covered AS (
    SELECT c.person_id, c.first_day, c.last_day, d.* EXCLUDE (person_id, first_day, last_day)
    FROM piece AS c
    JOIN dated AS d
        ON d.person_id = c.person_id
        AND d.first_day <= c.first_day
        AND d.last_day >= c.last_day
    QUALIFY row_number() OVER (
        PARTITION BY c.person_id, c.first_day, d.part
        ORDER BY d.last_updated DESC NULLS LAST, d.first_day DESC, d.file_name, d.row_number
    ) = 1
),

state AS (
    SELECT
        person_id,
        first_day,
        last_day,
        bool_or(part = 'A') AS part_a,
        bool_or(part = 'B') AS part_b,
        bool_or(part = 'C') AS medicare_advantage,
        min(subscriber_id) AS member_id,
        min(medicare_status_code) FILTER (part IN ('A', 'B')) AS medicare_status_code,
        min(entitlement_reason_code) FILTER (part IN ('A', 'B')) AS entitlement_reason_code,
        string_agg(DISTINCT sensitivity, ';' ORDER BY sensitivity) AS sensitivity,
        bool_or(esrd = 'Y') FILTER (part IN ('A', 'B')) AS has_esrd,
        min(dual_status_code) FILTER (part = 'dual') AS dual_status_code,
        min({'file_name': file_name, 'row_number': row_number}) AS origin
    FROM covered
    GROUP BY person_id, first_day, last_day
    HAVING bool_or(part <> 'dual')
),

typed AS (
    SELECT
        * EXCLUDE (dual_status_code),
        coalesce(dual_status_code, '00') AS dual_status_code,
        CASE
            WHEN medicare_status_code IN ('11', '21', '31') OR has_esrd THEN 'esrd'
            WHEN medicare_status_code = '20' THEN 'disabled'
            WHEN medicare_status_code = '10' AND coalesce(dual_status_code, '00')
                IN ('01', '02', '03', '04', '05', '06', '08') THEN 'aged_dual'
            WHEN medicare_status_code = '10' THEN 'aged_nondual'
        END AS enrolment_type
    FROM state
),

marked AS (
    SELECT
        *,
        md5(concat_ws(
            '|', part_a, part_b, medicare_advantage, enrolment_type, dual_status_code,
            coalesce(medicare_status_code, '-'), coalesce(entitlement_reason_code, '-'),
            coalesce(member_id, '-'), coalesce(sensitivity, '-')
        )) AS likeness
    FROM typed
),

begun AS (
    SELECT
        *,
        CASE
            WHEN lag(last_day) OVER by_day = first_day - 1
                AND lag(likeness) OVER by_day = likeness THEN 0 ELSE 1
        END AS begins
    FROM marked
    WINDOW by_day AS (PARTITION BY person_id ORDER BY first_day)
),

island AS (
    SELECT *, sum(begins) OVER (PARTITION BY person_id ORDER BY first_day) AS span FROM begun
)

SELECT
    person_id,
    min(member_id) AS member_id,
    CAST(min(first_day) AS VARCHAR) AS enrollment_start_date,
    CAST(nullif(max(last_day), DATE '9999-12-30') AS VARCHAR) AS enrollment_end_date,
    bool_or(part_a) AS part_a,
    bool_or(part_b) AS part_b,
    bool_or(medicare_advantage) AS medicare_advantage,
    CAST(NULL AS BOOLEAN) AS other_program,
    min(enrolment_type) AS enrolment_type,
    min(entitlement_reason_code) AS original_reason_entitlement_code,
    min(dual_status_code) AS dual_status_code,
    min(medicare_status_code) AS medicare_status_code,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    min(sensitivity) AS sensitivity,
    min(origin).file_name AS file_name,
    min(origin).row_number AS row_number
FROM island
GROUP BY person_id, span
UNION ALL
SELECT
    who.person_id,
    g.subscriber_id,
    g.first_day,
    g.last_day,
    g.kind = 'A',
    g.kind = 'B',
    g.kind = 'C',
    CAST(NULL AS BOOLEAN),
    CAST(NULL AS VARCHAR),
    CAST(NULL AS VARCHAR),
    CAST(NULL AS VARCHAR),
    CAST(NULL AS VARCHAR),
    'CMS',
    'Original Medicare',
    'medicare',
    g.sensitivity,
    g.file_name,
    g.row_number
FROM given AS g
LEFT JOIN shared.who AS who USING (patient_id)
WHERE g.kind IS NOT NULL AND NOT g.is_readable
