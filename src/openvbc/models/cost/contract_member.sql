/*
row: One person whom a contract's declared method attributes to it, with the months and the claims that count.
grain: [contract_id, period_id, person_id]
span: person
period: year
asked_by: [contract_analysis]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  months: {type: BIGINT, required: true, says: months that count}
  lines: {type: BIGINT, required: true, says: claim lines of these months that count}
  allowed_cents: {type: BIGINT, required: true, says: "of them allowed, where they say so, cents"}
  claims_cents: {type: BIGINT, required: true, says: "of them paid, cents"}
  truncated_cents: {type: BIGINT, required: true, says: "of it above the contract's truncation point, cents"}
  counted_cents: {type: BIGINT, required: true, says: "of it the rest, cents"}
audits:
  claims are not truncated + counted: >-
    SELECT * FROM this WHERE claims_cents <> truncated_cents + counted_cents
  a fill that counts, and nobody says what was paid; load it or leave pharmacy out: >-
    SELECT person_id FROM contract_line WHERE counts AND paid_cents IS NULL
*/
WITH used AS (
    SELECT
        contract_id,
        period_id,
        person_id,
        COUNT(*) AS lines,
        COALESCE(SUM(claims_allowed_cents), 0) AS allowed_cents,
        SUM(claims_cents) AS claims_cents
    FROM contract_line
    WHERE counts
    GROUP BY contract_id, period_id, person_id
),

summed AS (
    SELECT contract_id, period_id, person_id, SUM(months) AS months
    FROM contract_span
    GROUP BY contract_id, period_id, person_id
),

member AS (
    SELECT
        m.contract_id,
        m.period_id,
        m.person_id,
        m.months,
        COALESCE(u.lines, 0) AS lines,
        COALESCE(u.allowed_cents, 0) AS allowed_cents,
        COALESCE(u.claims_cents, 0) AS claims_cents,
        CASE
            WHEN u.claims_cents > a.truncation_cents THEN u.claims_cents - a.truncation_cents
            ELSE 0
        END AS truncated_cents
    FROM summed AS m
    JOIN contract_analysis AS a ON a.contract_id = m.contract_id AND a.period_id = m.period_id
    LEFT JOIN used AS u
        ON u.contract_id = m.contract_id
        AND u.period_id = m.period_id
        AND u.person_id = m.person_id
)

SELECT
    contract_id,
    period_id,
    person_id,
    months,
    lines,
    allowed_cents,
    claims_cents,
    truncated_cents,
    claims_cents - truncated_cents AS counted_cents
FROM member
