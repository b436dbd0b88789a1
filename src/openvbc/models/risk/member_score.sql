/*
row: One person's score of one request.
grain: [request_id, person_id]
span: person
period: year
asked_by: [risk_request]
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  risk_model: {type: VARCHAR, required: true, says: model and payment year}
  segment: {type: VARCHAR, says: the segment whose factors are summed}
  unscored: {type: VARCHAR, says: "why there is no score: no_birth_date, impossible_age, no_sex, no_segment, or no_factor for sex and age"}
  demographic_e9: {type: BIGINT, says: demographic factors times 1e9}
  disease_e9: {type: BIGINT, says: "factors of HCCs, interactions and counts, times 1e9"}
  raw_score_e9: {type: BIGINT, says: "their sum; empty: unscored"}
audits:
  a score is the sum of its parts: SELECT * FROM this WHERE raw_score_e9 <> demographic_e9 + disease_e9
  a person is scored or it is said why not: SELECT * FROM this WHERE (raw_score_e9 IS NULL) <> (unscored IS NOT NULL)
*/
WITH summed AS (
    SELECT
        request_id,
        person_id,
        SUM(factor_e9) FILTER (WHERE kind = 'demographic') AS demographic_e9,
        COALESCE(SUM(factor_e9) FILTER (WHERE kind <> 'demographic'), 0) AS disease_e9
    FROM member_factor
    GROUP BY request_id, person_id
    HAVING COUNT(*) FILTER (WHERE kind = 'demographic') > 0
)

SELECT
    g.request_id,
    g.person_id,
    g.risk_model,
    g.segment,
    COALESCE(g.unscored, CASE WHEN s.person_id IS NULL THEN 'no_factor' END) AS unscored,
    CASE WHEN g.unscored IS NULL THEN s.demographic_e9 END AS demographic_e9,
    CASE WHEN g.unscored IS NULL THEN s.disease_e9 END AS disease_e9,
    CASE WHEN g.unscored IS NULL THEN s.demographic_e9 + s.disease_e9 END AS raw_score_e9
FROM risk_person AS g
LEFT JOIN summed AS s ON s.request_id = g.request_id AND s.person_id = g.person_id
