/* One assigned member in one enrolment type of one period: months, scores, expenditure. */
WITH used AS (
    SELECT
        period_id,
        person_id,
        enrolment_type,
        SUM(claims_cents) AS claims_cents,
        SUM(excluded_cents) AS excluded_cents
    FROM exchanged_line
    WHERE status = 'counts'
    GROUP BY period_id, person_id, enrolment_type
)

SELECT
    x.period_id,
    keyed(r.person_id) AS member,
    r.enrolment_type,
    r.months,
    r.hcc_score_e9,
    r.demographic_score_e9,
    COALESCE(u.claims_cents, 0) AS claims_cents,
    COALESCE(u.excluded_cents, 0) AS excluded_cents,
    COALESCE(e.counted_cents, u.claims_cents, 0) AS counted_cents
FROM person_risk AS r
JOIN exchanged_period AS x ON x.contract_id = r.contract_id AND x.period_id = r.period_id
LEFT JOIN used AS u
    ON u.period_id = r.period_id
    AND u.person_id = r.person_id
    AND u.enrolment_type = r.enrolment_type
LEFT JOIN person_expenditure AS e
    ON e.contract_id = r.contract_id
    AND e.period_id = r.period_id
    AND e.person_id = r.person_id
    AND e.enrolment_type = r.enrolment_type
