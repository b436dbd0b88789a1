/* The months of an attributed member, on the period's days. */
SELECT p.contract_id, p.period_id, r.person_id, p.first_day, p.last_day, SUM(r.months) AS months
FROM person_risk AS r
JOIN ours_contract_analysis AS p ON p.contract_id = r.contract_id AND p.period_id = r.period_id
GROUP BY p.contract_id, p.period_id, r.person_id, p.first_day, p.last_day
