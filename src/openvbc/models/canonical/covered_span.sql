/*
row: One run of months in which a person was covered by a payer in a line of business, the same in all of them.
grain: [person_id, payer, line_of_business, first_month]
span: person
period: none
columns:
  person_id: {type: VARCHAR, required: true, says: the person}
  payer: {type: VARCHAR, required: true, says: the payer}
  line_of_business: {type: VARCHAR, required: true, says: the line of business}
  first_month: {type: DATE, required: true, says: first day of the first month}
  last_month: {type: DATE, says: "first day of the last month; empty: still covered"}
  part_a: {type: BOOLEAN, required: true, says: Medicare Part A in force}
  part_b: {type: BOOLEAN, required: true, says: Medicare Part B in force}
  medicare_advantage: {type: BOOLEAN, required: true, says: enrolled in a Medicare group health plan}
  other_program: {type: BOOLEAN, required: true, says: counted in another shared-savings program}
  enrolment_type: {type: VARCHAR, says: "esrd, disabled, aged_dual or aged_nondual"}
  payer_place: {type: BIGINT, required: true, says: "1 for the payer that counts where several cover the line of business in these months"}
audits:
  ends before it starts: SELECT * FROM this WHERE last_month < first_month
*/
-- A span that is delivered again (same first day) is replaced by its latest delivery.
WITH latest AS (
    SELECT
        person_id, payer, line_of_business, enrollment_start_date, enrollment_end_date,
        part_a, part_b, medicare_advantage, other_program, enrolment_type
    FROM eligibility
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY person_id, payer, line_of_business, enrollment_start_date
        ORDER BY received_on DESC, load_id DESC, file_name DESC, row_number DESC
    ) = 1
),

-- A month counts where the span holds its first day; after death none does, whatever the last day.
dated AS (
    SELECT
        e.*,
        last_day(e.enrollment_start_date - 1) + 1 AS first_month,
        CAST(date_trunc('month', LEAST(e.enrollment_end_date, p.death_date)) AS DATE) AS last_month
    FROM latest AS e
    LEFT JOIN person AS p ON p.person_id = e.person_id
),

counted AS (
    SELECT d.* FROM dated AS d WHERE last_month IS NULL OR first_month <= last_month
),

-- The months in which what covers a person may change, and the pieces between them.
edge AS (
    SELECT person_id, line_of_business, first_month AS month_start FROM counted
    UNION
    SELECT person_id, line_of_business, last_day(last_month) + 1 AS month_start
    FROM counted
    WHERE last_month IS NOT NULL
),

piece AS (
    SELECT
        person_id,
        line_of_business,
        month_start AS first_month,
        CAST(date_trunc('month', LEAD(month_start) OVER (
            PARTITION BY person_id, line_of_business ORDER BY month_start
        ) - 1) AS DATE) AS last_month
    FROM edge
),

-- Of one payer's spans that overlap, the one that starts last counts.
covered AS (
    SELECT
        c.person_id,
        c.payer,
        c.line_of_business,
        p.first_month,
        p.last_month,
        COALESCE(c.part_a, FALSE) AS part_a,
        COALESCE(c.part_b, FALSE) AS part_b,
        COALESCE(c.medicare_advantage, FALSE) AS medicare_advantage,
        COALESCE(c.other_program, FALSE) AS other_program,
        c.enrolment_type
    FROM piece AS p
    JOIN counted AS c
        ON c.person_id = p.person_id
        AND c.line_of_business = p.line_of_business
        AND c.first_month <= p.first_month
    WHERE c.last_month IS NULL OR c.last_month >= p.first_month
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY c.person_id, c.payer, c.line_of_business, p.first_month
        ORDER BY c.enrollment_start_date DESC
    ) = 1
)

SELECT
    person_id,
    payer,
    line_of_business,
    first_month,
    last_month,
    part_a,
    part_b,
    medicare_advantage,
    other_program,
    enrolment_type,
    ROW_NUMBER() OVER (
        PARTITION BY person_id, line_of_business, first_month ORDER BY payer
    ) AS payer_place
FROM covered
