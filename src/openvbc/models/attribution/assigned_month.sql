/*
row: One assigned or attributed person's months in one enrolment type of one contract period.
grain: [contract_id, period_id, person_id, enrolment_type]
span: person
period: year
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual; covered: outside Medicare"}
  months: {type: BIGINT, required: true, says: "months covered; of Medicare those with Part A and Part B, outside Medicare Advantage"}
*/
-- The months of a run of coverage that begin within the period, first and last of them
-- (42 CFR 425.652(a)(2)).
WITH counted AS (
    SELECT
        a.contract_id,
        a.period_id,
        a.person_id,
        s.enrolment_type,
        GREATEST(s.first_month, last_day(w.first_day - 1) + 1) AS first_month,
        LEAST(COALESCE(s.last_month, w.last_day), w.last_day) AS last_month
    FROM attribution AS a
    JOIN assignment_window AS w
        ON w.contract_id = a.contract_id AND w.period_id = a.period_id
    JOIN covered_span AS s
        ON s.person_id = a.person_id AND s.line_of_business = w.line_of_business
    WHERE a.assigned
        AND s.part_a AND s.part_b AND NOT s.medicare_advantage
        AND s.payer_place = 1
)

SELECT
    contract_id,
    period_id,
    person_id,
    enrolment_type,
    SUM(12 * (year(last_month) - year(first_month)) + month(last_month) - month(first_month) + 1)
        AS months
FROM counted
WHERE first_month <= last_month
GROUP BY contract_id, period_id, person_id, enrolment_type
UNION ALL
-- Of contracts whose method is a declared one.
SELECT contract_id, period_id, person_id, enrolment_type, SUM(months) AS months
FROM contract_span
GROUP BY contract_id, period_id, person_id, enrolment_type
