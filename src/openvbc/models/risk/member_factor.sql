/*
row: One relative factor that one scored person's score sums.
grain: [request_id, person_id, variable]
span: person
period: year
kind: view
tells_care: true
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  kind: {type: VARCHAR, required: true, says: "demographic, hcc, group or interaction"}
  variable: {type: VARCHAR, required: true, says: what the factor is for}
  factor_e9: {type: BIGINT, required: true, says: the factor times 1e9}
*/
SELECT request_id, person_id, 'demographic' AS kind, variable, factor_e9
FROM member_demographic
UNION ALL
-- One key of both people's tables, so that nobody is first joined with every factor of a segment.
SELECT h.request_id, h.person_id, 'hcc' AS kind, h.hcc AS variable, f.factor_e9
FROM member_hcc AS h
JOIN risk_person AS g ON g.request_id = h.request_id AND g.person_id = h.person_id
JOIN risk_factor AS f
    ON f.risk_model || ' ' || f.segment || ' ' || f.variable
    = h.risk_model || ' ' || g.segment || ' ' || h.hcc
WHERE h.dropped IS NULL
UNION ALL
SELECT m.request_id, m.person_id, 'group' AS kind, m.hcc_group AS variable, f.factor_e9
FROM member_group AS m
JOIN risk_person AS g ON g.request_id = m.request_id AND g.person_id = m.person_id
JOIN risk_factor AS f
    ON f.risk_model || ' ' || f.segment || ' ' || f.variable
    = m.risk_model || ' ' || g.segment || ' ' || m.hcc_group
WHERE m.dropped_by IS NULL
UNION ALL
SELECT request_id, person_id, 'interaction' AS kind, variable, factor_e9
FROM member_interaction
