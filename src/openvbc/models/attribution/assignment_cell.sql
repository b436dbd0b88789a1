/*
row: One contract period with the number of people assigned to its ACO, by step.
grain: [contract_id, period_id]
span: all
period: year
made_of: {table: attribution, where: assigned, columns: {assigned_persons: "1"}}
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  candidate_persons: {type: BIGINT, required: true, says: people who could have been assigned}
  assigned_persons: {type: BIGINT, required: true, says: people assigned}
  voluntary_persons: {type: BIGINT, required: true, says: of them by designation}
  step_1_persons: {type: BIGINT, required: true, says: of them in step one}
  step_2_persons: {type: BIGINT, required: true, says: of them in step two}
  step_3_persons: {type: BIGINT, required: true, says: of them in step three}
audits:
  steps that do not add up: >-
    SELECT * FROM this WHERE assigned_persons
    <> voluntary_persons + step_1_persons + step_2_persons + step_3_persons
*/
SELECT
    w.contract_id,
    w.period_id,
    COUNT(a.person_id) AS candidate_persons,
    COUNT(CASE WHEN a.assigned THEN 1 END) AS assigned_persons,
    COUNT(CASE WHEN a.assigned AND a.step = 'voluntary' THEN 1 END) AS voluntary_persons,
    COUNT(CASE WHEN a.assigned AND a.step = 'step_1' THEN 1 END) AS step_1_persons,
    COUNT(CASE WHEN a.assigned AND a.step = 'step_2' THEN 1 END) AS step_2_persons,
    COUNT(CASE WHEN a.assigned AND a.step = 'step_3' THEN 1 END) AS step_3_persons
FROM assignment_window AS w
LEFT JOIN attribution AS a ON a.contract_id = w.contract_id AND a.period_id = w.period_id
GROUP BY w.contract_id, w.period_id
