/*
row: One assigned person in one enrolment type of one contract period, with expenditure before truncation.
grain: [contract_id, period_id, person_id, enrolment_type]
span: person
period: year
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual"}
  months: {type: BIGINT, required: true, says: "months in the enrolment type; twelve are a person-year"}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  excluded_cents: {type: BIGINT, required: true, says: "of it excluded, cents"}
  annualised_cents: {type: BIGINT, required: true, says: "(claims − excluded) × 12 ÷ months, cents"}
*/
SELECT
    m.contract_id,
    m.period_id,
    m.person_id,
    m.enrolment_type,
    m.months,
    COALESCE(c.claims_cents, 0) AS claims_cents,
    COALESCE(c.excluded_cents, 0) AS excluded_cents,
    prorate(COALESCE(c.claims_cents, 0) - COALESCE(c.excluded_cents, 0), 12, m.months)
        AS annualised_cents
FROM assigned_month AS m
JOIN expenditure_window AS w ON w.contract_id = m.contract_id AND w.period_id = m.period_id
LEFT JOIN person_cost AS c
    ON c.window_id = w.window_id
    AND c.person_id = m.person_id
    AND c.enrolment_type = m.enrolment_type
