/*
row: One enrolment type of one contract period, with the person-months and the expenditure of the assigned people.
grain: [contract_id, period_id, enrolment_type]
span: all
period: year
made_of: {table: person_expenditure, columns: {member_months: months, cut_cents: null}}
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual"}
  cut: {type: VARCHAR, required: true, says: "national: a fact of the settlement; computed: the ACO's own 99th percentile"}
  cut_cents: {type: BIGINT, says: "the truncation point for twelve months, cents"}
  persons: {type: BIGINT, required: true, says: people with a month in the enrolment type}
  member_months: {type: BIGINT, required: true, says: their months}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
  excluded_cents: {type: BIGINT, required: true, says: "of it excluded, cents"}
  truncated_cents: {type: BIGINT, required: true, says: "of it above the truncation point, cents"}
  counted_cents: {type: BIGINT, required: true, says: "of it counted, cents"}
audits:
  claims are not excluded + truncated + counted: >-
    SELECT * FROM this WHERE claims_cents <> excluded_cents + truncated_cents + counted_cents
*/
SELECT
    c.contract_id,
    c.period_id,
    c.enrolment_type,
    c.cut,
    c.cut_cents,
    COUNT(e.person_id) AS persons,
    COALESCE(SUM(e.months), 0) AS member_months,
    COALESCE(SUM(e.claims_cents), 0) AS claims_cents,
    COALESCE(SUM(e.excluded_cents), 0) AS excluded_cents,
    COALESCE(SUM(e.truncated_cents), 0) AS truncated_cents,
    COALESCE(SUM(e.counted_cents), 0) AS counted_cents
FROM cut AS c
LEFT JOIN person_expenditure AS e
    ON e.contract_id = c.contract_id
    AND e.period_id = c.period_id
    AND e.enrolment_type = c.enrolment_type
GROUP BY c.contract_id, c.period_id, c.enrolment_type, c.cut, c.cut_cents
