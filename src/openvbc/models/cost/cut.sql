/*
row: One enrolment type of one contract period, with the amount above which a person-year is truncated.
grain: [contract_id, period_id, enrolment_type]
span: all
period: year
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual"}
  cut: {type: VARCHAR, required: true, says: "national: a fact of the settlement; computed: the ACO's own 99th percentile"}
  cut_cents: {type: BIGINT, says: "for twelve months, cents; empty: computed, and nobody is of this type"}
*/
-- The computed cut is the smallest annualised amount with at least 99 % of the ACO's person-years
-- of the type at or below it (place ÷ persons >= 99 ÷ 100), each person-year counted once.
WITH ranked AS (
    SELECT
        contract_id,
        period_id,
        enrolment_type,
        annualised_cents,
        ROW_NUMBER() OVER (
            PARTITION BY contract_id, period_id, enrolment_type
            ORDER BY annualised_cents, person_id
        ) AS place,
        COUNT(*) OVER (PARTITION BY contract_id, period_id, enrolment_type) AS persons
    FROM person_year
),

own AS (
    SELECT contract_id, period_id, enrolment_type, MIN(annualised_cents) AS cut_cents
    FROM ranked
    WHERE 100 * place >= 99 * persons
    GROUP BY contract_id, period_id, enrolment_type
)

-- Without a national cut there is no row: the settlement then names the missing fact.
SELECT
    p.contract_id,
    p.period_id,
    t.enrolment_type,
    p.cut,
    CASE WHEN p.cut = 'computed' THEN o.cut_cents ELSE n.cut_cents END AS cut_cents
FROM contract_period AS p
CROSS JOIN enrolment_type AS t
LEFT JOIN own AS o
    ON o.contract_id = p.contract_id
    AND o.period_id = p.period_id
    AND o.enrolment_type = t.enrolment_type
LEFT JOIN truncation_cut AS n
    ON n.contract_id = p.contract_id
    AND n.period_id = p.period_id
    AND n.enrolment_type = t.enrolment_type
WHERE p.cut <> 'none' AND (p.cut = 'computed' OR n.cut_cents IS NOT NULL)
