/*
row: One assigned person's months in one enrolment type of one contract period (42 CFR 425.652(a)(2)).
grain: [contract_id, period_id, person_id, enrolment_type]
span: person
period: year
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual"}
  months: {type: BIGINT, required: true, says: "months with Part A and Part B, outside Medicare Advantage"}
*/
SELECT
    a.contract_id,
    a.period_id,
    a.person_id,
    m.enrolment_type,
    COUNT(*) AS months
FROM attribution AS a
JOIN assignment_window AS w ON w.contract_id = a.contract_id AND w.period_id = a.period_id
JOIN member_month AS m
    ON m.person_id = a.person_id
    AND m.line_of_business = w.line_of_business
    AND m.month_start BETWEEN w.first_day AND w.last_day
WHERE a.assigned
    AND m.part_a AND m.part_b AND NOT m.medicare_advantage
    AND m.payer_place = 1
GROUP BY a.contract_id, a.period_id, a.person_id, m.enrolment_type
