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
-- By a declared method the claims are those of the months that count, as the months are.
WITH spent AS (
    SELECT
        l.contract_id,
        l.period_id,
        l.person_id,
        l.enrolment_type,
        SUM(l.claims_cents) AS claims_cents,
        SUM(l.excluded_cents) AS excluded_cents
    FROM contract_line AS l
    SEMI JOIN expenditure_window AS w
        ON w.contract_id = l.contract_id AND w.period_id = l.period_id
    WHERE l.counts
    GROUP BY l.contract_id, l.period_id, l.person_id, l.enrolment_type
),

-- Of others they are those of the whole window.
asked AS (
    SELECT
        m.contract_id,
        m.period_id,
        m.person_id,
        m.enrolment_type,
        m.months,
        CASE WHEN x.contract_id IS NULL THEN w.window_id END AS window_id
    FROM assigned_month AS m
    JOIN expenditure_window AS w ON w.contract_id = m.contract_id AND w.period_id = m.period_id
    LEFT JOIN contract_analysis AS x
        ON x.contract_id = m.contract_id AND x.period_id = m.period_id
),

used AS (
    SELECT
        a.contract_id,
        a.period_id,
        a.person_id,
        a.enrolment_type,
        a.months,
        COALESCE(c.claims_cents, s.claims_cents, 0) AS claims_cents,
        COALESCE(c.excluded_cents, s.excluded_cents, 0) AS excluded_cents
    FROM asked AS a
    LEFT JOIN person_cost AS c
        ON c.window_id = a.window_id
        AND c.person_id = a.person_id
        AND c.enrolment_type = a.enrolment_type
    LEFT JOIN spent AS s
        ON s.contract_id = a.contract_id
        AND s.period_id = a.period_id
        AND s.person_id = a.person_id
        AND s.enrolment_type = a.enrolment_type
)

SELECT
    contract_id,
    period_id,
    person_id,
    enrolment_type,
    months,
    claims_cents,
    excluded_cents,
    prorate(claims_cents - excluded_cents, 12, months) AS annualised_cents
FROM used
