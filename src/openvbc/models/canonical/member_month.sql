/*
row: One month in which a person was covered by a payer in a line of business on the month's first day.
grain: [person_id, payer, line_of_business, month_start]
span: person
period: none
kind: view
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
SELECT
    s.person_id,
    s.payer,
    s.line_of_business,
    m.month_start,
    s.part_a,
    s.part_b,
    s.medicare_advantage,
    s.other_program,
    s.enrolment_type,
    s.payer_place
FROM covered_span AS s
JOIN calendar_month AS m
    ON m.month_start >= s.first_month
    AND (s.last_month IS NULL OR m.month_start <= s.last_month)
