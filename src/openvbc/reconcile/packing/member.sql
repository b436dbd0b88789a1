/* One assigned member in one enrolment type of one period: months, scores, expenditure. */
SELECT
    x.period_id,
    keyed(r.person_id) AS member,
    r.enrolment_type,
    r.months,
    r.hcc_score_e9,
    r.demographic_score_e9,
    e.claims_cents,
    e.excluded_cents,
    e.counted_cents
FROM person_risk AS r
JOIN exchanged_period AS x ON x.contract_id = r.contract_id AND x.period_id = r.period_id
JOIN person_expenditure AS e
    ON e.contract_id = r.contract_id
    AND e.period_id = r.period_id
    AND e.person_id = r.person_id
    AND e.enrolment_type = r.enrolment_type
