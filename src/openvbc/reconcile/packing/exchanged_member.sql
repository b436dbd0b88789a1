/* One member whom this side could have assigned in one period; of a declared method those whom it attributes. */
SELECT x.period_id, a.person_id, a.assigned
FROM attribution AS a
JOIN exchanged_period AS x ON x.contract_id = a.contract_id AND x.period_id = a.period_id
UNION
SELECT x.period_id, s.person_id, TRUE AS assigned
FROM contract_span AS s
JOIN exchanged_period AS x ON x.contract_id = s.contract_id AND x.period_id = s.period_id
