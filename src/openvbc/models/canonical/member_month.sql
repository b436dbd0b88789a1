/*
row: One month in which a person was covered by a payer in a line of business on the month's first day.
grain: [person_id, payer, line_of_business, month_start]
span: person
period: none
columns:
  person_id: {type: VARCHAR, required: true, says: the person}
  payer: {type: VARCHAR, required: true, says: the payer}
  line_of_business: {type: VARCHAR, required: true, says: the line of business}
  month_start: {type: DATE, required: true, says: first day of the month}
  part_a: {type: BOOLEAN, required: true, says: Medicare Part A in force}
  part_b: {type: BOOLEAN, required: true, says: Medicare Part B in force}
  medicare_advantage: {type: BOOLEAN, required: true, says: enrolled in a Medicare group health plan}
  other_program: {type: BOOLEAN, required: true, says: counted in another shared-savings program}
  enrolment_type: {type: VARCHAR, says: "esrd, disabled, aged_dual or aged_nondual"}
  payer_place: {type: BIGINT, required: true, says: "1 for the payer that counts where several cover the line of business in the month"}
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

-- A month after death is no month of coverage, whatever the span's last day.
covered AS (
    SELECT
        e.person_id,
        e.payer,
        e.line_of_business,
        m.month_start,
        COALESCE(e.part_a, FALSE) AS part_a,
        COALESCE(e.part_b, FALSE) AS part_b,
        COALESCE(e.medicare_advantage, FALSE) AS medicare_advantage,
        COALESCE(e.other_program, FALSE) AS other_program,
        e.enrolment_type
    FROM latest AS e
    JOIN calendar_month AS m
        ON m.month_start >= e.enrollment_start_date
        AND (e.enrollment_end_date IS NULL OR m.month_start <= e.enrollment_end_date)
    LEFT JOIN person AS p ON p.person_id = e.person_id
    WHERE p.death_date IS NULL OR p.death_date >= m.month_start
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY e.person_id, e.payer, e.line_of_business, m.month_start
        ORDER BY e.enrollment_start_date DESC
    ) = 1
)

SELECT
    person_id,
    payer,
    line_of_business,
    month_start,
    part_a,
    part_b,
    medicare_advantage,
    other_program,
    enrolment_type,
    ROW_NUMBER() OVER (
        PARTITION BY person_id, line_of_business, month_start ORDER BY payer
    ) AS payer_place
FROM covered
