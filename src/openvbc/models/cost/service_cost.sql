/*
row: One person's cost in one service category and enrolment type of one cost window; each line in exactly one category.
grain: [window_id, person_id, enrolment_type, service_category]
span: person
period: year
asked_by: [contract_period, analysis_period]
columns:
  window_id: {type: VARCHAR, required: true, says: the cost window}
  person_id: {type: VARCHAR, required: true, says: the person}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual, in the month of the claim; covered: outside Medicare"}
  service_category: {type: VARCHAR, required: true, says: "category of the list service_category; other: the list has none"}
  lines: {type: BIGINT, required: true, says: claim lines that count}
  allowed_cents: {type: BIGINT, says: "allowed, cents; empty: no line says"}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  credit_cents: {type: BIGINT, required: true, says: "of it cancellations of debits, cents, at most zero"}
  excluded_cents: {type: BIGINT, required: true, says: "of claims indirect medical education, disproportionate share, uncompensated care and excluded codes, cents"}
*/
WITH added AS (
    SELECT
        place,
        person_id,
        enrolment_type,
        service_category,
        COUNT(*) AS lines,
        SUM(claims_allowed_cents) AS allowed_cents,
        SUM(claims_cents) AS claims_cents,
        SUM(CASE WHEN claims_cents < 0 THEN claims_cents ELSE 0 END) AS credit_cents,
        SUM(excluded_cents) AS excluded_cents
    FROM counted_line
    GROUP BY place, person_id, enrolment_type, service_category
)

SELECT
    x.window_id,
    a.person_id,
    a.enrolment_type,
    a.service_category,
    a.lines,
    a.allowed_cents,
    a.claims_cents,
    a.credit_cents,
    a.excluded_cents
FROM added AS a
JOIN cost_window AS x ON x.place = a.place
