/*
row: One panel's size in one year of an analysis, weighted by one risk model.
grain: [analysis_id, unit_type, unit_id, risk_model]
span: all
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  unit_type: {type: VARCHAR, required: true, says: tin or npi}
  unit_id: {type: VARCHAR, required: true, says: "the panel; none: people of nobody's panel"}
  risk_model: {type: VARCHAR, required: true, says: model and payment year}
  persons: {type: BIGINT, required: true, says: people of the panel}
  scored: {type: BIGINT, required: true, says: of them with a score; the others weigh nothing and are not in the mean}
  score_e9: {type: BIGINT, required: true, says: "raw scores summed, times 1e9: the risk-weighted size"}
*/
SELECT
    m.analysis_id,
    m.unit_type,
    m.unit_id,
    q.risk_model,
    COUNT(*) AS persons,
    COUNT(s.raw_score_e9) AS scored,
    COALESCE(SUM(s.raw_score_e9), 0) AS score_e9
FROM panel_member AS m
JOIN analysis_period AS p ON p.analysis_id = m.analysis_id
JOIN analysis_choice AS c
    ON c.analysis_id = p.analysis_id AND c.kind = 'measure' AND c.name = 'panel'
JOIN risk_request AS q
    ON q.year = p.year
    AND q.line_of_business = p.line_of_business
    AND q.paid_through = p.paid_through
LEFT JOIN member_score AS s ON s.request_id = q.request_id AND s.person_id = m.person_id
GROUP BY m.analysis_id, m.unit_type, m.unit_id, q.risk_model
