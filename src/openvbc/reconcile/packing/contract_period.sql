/* One period of the contract that is exchanged. */
SELECT p.*
FROM contract_period AS p
JOIN exchanged_period AS x ON x.contract_id = p.contract_id AND x.period_id = p.period_id
