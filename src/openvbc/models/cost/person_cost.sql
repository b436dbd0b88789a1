/*
row: One person's expenditure in one enrolment type of one cost window, assigned or not.
grain: [window_id, person_id, enrolment_type]
span: person
period: year
asked_by: [contract_period, analysis_period]
columns:
  window_id: {type: VARCHAR, required: true, says: the cost window}
  person_id: {type: VARCHAR, required: true, says: the person}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual, in the month of the claim; covered: outside Medicare"}
  lines: {type: BIGINT, required: true, says: claim lines that count}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  credit_cents: {type: BIGINT, required: true, says: "of it cancellations of debits, cents, at most zero"}
  excluded_cents: {type: BIGINT, required: true, says: "of claims indirect medical education, disproportionate share, uncompensated care and excluded codes, cents"}
audits:
  more excluded than paid: SELECT * FROM this WHERE excluded_cents > claims_cents - credit_cents
*/
SELECT
    window_id,
    person_id,
    enrolment_type,
    SUM(lines) AS lines,
    SUM(claims_cents) AS claims_cents,
    SUM(credit_cents) AS credit_cents,
    SUM(excluded_cents) AS excluded_cents
FROM service_cost
GROUP BY window_id, person_id, enrolment_type
