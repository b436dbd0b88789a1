/*
row: One HCC of one scored person, and what dropped it.
grain: [request_id, person_id, hcc]
span: person
period: year
tells_care: true
asked_by: [risk_request]
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  risk_model: {type: VARCHAR, required: true, says: model and payment year}
  hcc: {type: VARCHAR, required: true, says: the category}
  dropped: {type: VARCHAR, says: "why it does not count: hierarchy, or requirement (none of those it needs); empty: it counts"}
  dropped_by: {type: VARCHAR, says: the category that dropped it}
*/
WITH wanted AS (
    SELECT q.request_id, q.window_id, k.code, k.hcc, k.sex, k.age_from, k.age_to
    FROM risk_request AS q
    JOIN risk_code AS k ON k.risk_model = q.risk_model
),

found AS (
    SELECT DISTINCT p.request_id, p.person_id, w.hcc
    FROM risk_diagnosis AS c
    JOIN wanted AS w ON w.window_id = c.window_id AND w.code = c.code
    JOIN risk_person AS p ON p.request_id = w.request_id AND p.person_id = c.person_id
    WHERE (w.sex IS NULL OR w.sex = p.sex)
        AND (w.age_from IS NULL OR w.age_from <= p.age)
        AND (w.age_to IS NULL OR w.age_to >= p.age)
    UNION ALL
    SELECT DISTINCT p.request_id, p.person_id, k.hcc
    FROM risk_drug_code AS c
    JOIN risk_request AS q ON q.window_id = c.window_id
    JOIN risk_drug AS k
        ON k.risk_model = q.risk_model AND k.code_type = c.code_type AND k.code = c.code
    JOIN risk_person AS p ON p.request_id = q.request_id AND p.person_id = c.person_id
    WHERE (k.age_from IS NULL OR k.age_from <= p.age)
        AND (k.age_to IS NULL OR k.age_to >= p.age)
),

requirement AS (
    SELECT q.request_id, r.hcc, r.needs_hcc
    FROM risk_request AS q
    JOIN risk_requirement AS r ON r.risk_model = q.risk_model
),

hierarchy AS (
    SELECT q.request_id, h.hcc, h.dropped_hcc
    FROM risk_request AS q
    JOIN risk_hierarchy AS h ON h.risk_model = q.risk_model
),

-- An HCC that needs another drops nothing where it does not count itself.
alone AS (
    SELECT f.request_id, f.person_id, f.hcc
    FROM found AS f
    JOIN requirement AS r ON r.request_id = f.request_id AND r.hcc = f.hcc
    LEFT JOIN found AS n
        ON n.request_id = f.request_id AND n.person_id = f.person_id AND n.hcc = r.needs_hcc
    GROUP BY f.request_id, f.person_id, f.hcc
    HAVING COUNT(n.hcc) = 0
),

dropped AS (
    SELECT f.request_id, f.person_id, h.dropped_hcc AS hcc, MIN(h.hcc) AS dropped_by
    FROM found AS f
    JOIN hierarchy AS h ON h.request_id = f.request_id AND h.hcc = f.hcc
    LEFT JOIN alone AS a
        ON a.request_id = f.request_id AND a.person_id = f.person_id AND a.hcc = f.hcc
    WHERE a.hcc IS NULL
    GROUP BY f.request_id, f.person_id, h.dropped_hcc
)

SELECT
    f.request_id,
    f.person_id,
    q.risk_model,
    f.hcc,
    CASE
        WHEN a.hcc IS NOT NULL THEN 'requirement'
        WHEN d.hcc IS NOT NULL THEN 'hierarchy'
    END AS dropped,
    CASE WHEN a.hcc IS NULL THEN d.dropped_by END AS dropped_by
FROM found AS f
JOIN risk_request AS q ON q.request_id = f.request_id
LEFT JOIN alone AS a
    ON a.request_id = f.request_id AND a.person_id = f.person_id AND a.hcc = f.hcc
LEFT JOIN dropped AS d
    ON d.request_id = f.request_id AND d.person_id = f.person_id AND d.hcc = f.hcc
