/* One period whose people a declared method attributes, with the point of truncation. */
SELECT c.*
FROM contract_analysis AS c
JOIN exchanged_period AS x ON x.contract_id = c.contract_id AND x.period_id = c.period_id
