/*
row: One assigned person in one enrolment type of one contract period, with the expenditure that counts.
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
  cut_cents: {type: BIGINT, required: true, says: "the truncation point for twelve months, cents"}
  truncated_cents: {type: BIGINT, required: true, says: "of claims, what lies above the truncation point, cents"}
  counted_cents: {type: BIGINT, required: true, says: "of claims, what counts, cents"}
audits:
  claims are not excluded + truncated + counted: >-
    SELECT * FROM this WHERE claims_cents <> excluded_cents + truncated_cents + counted_cents
  negative truncation: SELECT * FROM this WHERE truncated_cents < 0
*/
WITH counted AS (
    SELECT
        y.contract_id,
        y.period_id,
        y.person_id,
        y.enrolment_type,
        y.months,
        y.claims_cents,
        y.excluded_cents,
        y.annualised_cents,
        c.cut_cents,
        CASE
            WHEN y.annualised_cents <= c.cut_cents THEN y.claims_cents - y.excluded_cents
            ELSE prorate(c.cut_cents, y.months, 12)
        END AS counted_cents
    FROM person_year AS y
    JOIN cut AS c
        ON c.contract_id = y.contract_id
        AND c.period_id = y.period_id
        AND c.enrolment_type = y.enrolment_type
)

SELECT
    contract_id,
    period_id,
    person_id,
    enrolment_type,
    months,
    claims_cents,
    excluded_cents,
    annualised_cents,
    cut_cents,
    claims_cents - excluded_cents - counted_cents AS truncated_cents,
    counted_cents
FROM counted
