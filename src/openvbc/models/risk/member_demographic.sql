/*
row: One demographic variable that a scored person has and the segment has a factor for.
grain: [request_id, person_id, variable]
span: person
period: year
kind: view
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  variable: {type: VARCHAR, required: true, says: the variable}
  factor_e9: {type: BIGINT, required: true, says: its relative factor times 1e9}
*/
SELECT p.request_id, p.person_id, c.variable, c.factor_e9
FROM risk_person AS p
JOIN risk_demographic AS c
    ON c.risk_model = p.risk_model
    AND c.segment = p.segment
    AND c.sex = p.sex
    AND c.age = p.age
    AND (c.original_reasons IS NULL OR c.original_reasons LIKE '%' || p.original_reason || '%')
    AND (c.duals IS NULL OR c.duals LIKE '%' || p.dual || '%')
    AND (c.institutional IS NULL OR c.institutional = p.institutional)
    AND (c.treatment IS NULL OR c.treatment LIKE '%' || p.treatment || '%')
    AND (c.graft_from IS NULL OR c.graft_from <= p.graft_months)
    AND (c.graft_to IS NULL OR c.graft_to >= p.graft_months)
