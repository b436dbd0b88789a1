/*
row: One group of HCCs of one scored person, and what dropped it.
grain: [request_id, person_id, hcc_group]
span: person
period: year
tells_care: true
asked_by: [risk_request]
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  risk_model: {type: VARCHAR, required: true, says: model and payment year}
  hcc_group: {type: VARCHAR, required: true, says: "the group, such as G01; of infants, maturity or severity"}
  hcc: {type: VARCHAR, says: "an HCC of the person that is in it; empty: everybody of the age has it"}
  dropped_by: {type: VARCHAR, says: "the group that dropped it; empty: it counts"}
*/
WITH found AS (
    SELECT h.request_id, h.person_id, h.risk_model, g.hcc_group, MIN(h.hcc) AS hcc
    FROM member_hcc AS h
    JOIN risk_person AS p ON p.request_id = h.request_id AND p.person_id = h.person_id
    JOIN risk_group AS g
        ON g.risk_model = h.risk_model AND g.segment = p.segment AND g.hcc = h.hcc
    WHERE h.dropped IS NULL AND g.hcc_group IS NOT NULL
    GROUP BY h.request_id, h.person_id, h.risk_model, g.hcc_group
),

given AS (
    SELECT p.request_id, p.person_id, p.risk_model, c.variable AS hcc_group
    FROM risk_person AS p
    JOIN risk_condition AS c
        ON c.risk_model = p.risk_model
        AND c.kind = 'group'
        AND COALESCE(c.age_from, 0) <= p.age
        AND (c.age_to IS NULL OR c.age_to >= p.age)
    WHERE p.segment IS NOT NULL
),

grouped AS (
    SELECT request_id, person_id, risk_model, hcc_group, MIN(hcc) AS hcc
    FROM (
        SELECT request_id, person_id, risk_model, hcc_group, hcc FROM found
        UNION ALL
        SELECT request_id, person_id, risk_model, hcc_group, CAST(NULL AS VARCHAR) AS hcc
        FROM given
    ) AS either
    GROUP BY request_id, person_id, risk_model, hcc_group
),

dropped AS (
    SELECT g.request_id, g.person_id, h.dropped_hcc AS hcc_group, MIN(h.hcc) AS dropped_by
    FROM grouped AS g
    JOIN risk_hierarchy AS h ON h.risk_model = g.risk_model AND h.hcc = g.hcc_group
    GROUP BY g.request_id, g.person_id, h.dropped_hcc
)

SELECT g.request_id, g.person_id, g.risk_model, g.hcc_group, g.hcc, d.dropped_by
FROM grouped AS g
LEFT JOIN dropped AS d
    ON d.request_id = g.request_id
    AND d.person_id = g.person_id
    AND d.hcc_group = g.hcc_group
