/* The national truncation cut of one enrolment type in one period. */
SELECT t.*
FROM truncation_cut AS t
JOIN exchanged_period AS x ON x.contract_id = t.contract_id AND x.period_id = t.period_id
