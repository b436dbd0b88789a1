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
-- place is the number of a request's category: what is joined and grouped millions of times
-- stays short.
WITH category AS (
    SELECT
        q.request_id, q.risk_model, q.window_id, k.hcc,
        ROW_NUMBER() OVER (ORDER BY q.request_id, k.hcc) AS place
    FROM risk_request AS q
    JOIN (
        SELECT risk_model, hcc FROM risk_code
        UNION
        SELECT risk_model, hcc FROM risk_drug
    ) AS k ON k.risk_model = q.risk_model
),

-- Distinct, so that it stays one table: taken apart, people meet all categories of a code's
-- requests first.
wanted AS (
    SELECT DISTINCT c.request_id, c.window_id, c.place, k.code, k.sex, k.age_from, k.age_to
    FROM category AS c
    JOIN risk_code AS k ON k.risk_model = c.risk_model AND k.hcc = c.hcc
),

wanted_drug AS (
    SELECT DISTINCT c.request_id, c.window_id, c.place, k.code_type, k.code, k.age_from, k.age_to
    FROM category AS c
    JOIN risk_drug AS k ON k.risk_model = c.risk_model AND k.hcc = c.hcc
),

found AS (
    SELECT DISTINCT p.person_id, w.place
    FROM risk_diagnosis AS c
    JOIN wanted AS w ON w.window_id = c.window_id AND w.code = c.code
    JOIN risk_person AS p ON p.request_id = w.request_id AND p.person_id = c.person_id
    WHERE (w.sex IS NULL OR w.sex = p.sex)
        AND (w.age_from IS NULL OR w.age_from <= p.age)
        AND (w.age_to IS NULL OR w.age_to >= p.age)
    UNION ALL
    SELECT DISTINCT p.person_id, w.place
    FROM risk_drug_code AS c
    JOIN wanted_drug AS w
        ON w.window_id = c.window_id AND w.code_type = c.code_type AND w.code = c.code
    JOIN risk_person AS p ON p.request_id = w.request_id AND p.person_id = c.person_id
    WHERE (w.age_from IS NULL OR w.age_from <= p.age)
        AND (w.age_to IS NULL OR w.age_to >= p.age)
),

requirement AS (
    SELECT c.place, n.place AS needs_place
    FROM category AS c
    JOIN risk_requirement AS r ON r.risk_model = c.risk_model AND r.hcc = c.hcc
    LEFT JOIN category AS n ON n.request_id = c.request_id AND n.hcc = r.needs_hcc
),

hierarchy AS (
    SELECT DISTINCT c.place, c.hcc, d.place AS dropped_place
    FROM category AS c
    JOIN risk_hierarchy AS h ON h.risk_model = c.risk_model AND h.hcc = c.hcc
    JOIN category AS d ON d.request_id = c.request_id AND d.hcc = h.dropped_hcc
),

-- An HCC that needs another drops nothing where it does not count itself.
alone AS (
    SELECT f.person_id, f.place
    FROM found AS f
    JOIN requirement AS r ON r.place = f.place
    LEFT JOIN found AS n ON n.person_id = f.person_id AND n.place = r.needs_place
    GROUP BY f.person_id, f.place
    HAVING COUNT(n.place) = 0
),

dropped AS (
    SELECT f.person_id, h.dropped_place AS place, MIN(h.hcc) AS dropped_by
    FROM found AS f
    JOIN hierarchy AS h ON h.place = f.place
    LEFT JOIN alone AS a ON a.person_id = f.person_id AND a.place = f.place
    WHERE a.place IS NULL
    GROUP BY f.person_id, h.dropped_place
)

SELECT
    c.request_id,
    f.person_id,
    c.risk_model,
    c.hcc,
    CASE
        WHEN a.place IS NOT NULL THEN 'requirement'
        WHEN d.place IS NOT NULL THEN 'hierarchy'
    END AS dropped,
    CASE WHEN a.place IS NULL THEN d.dropped_by END AS dropped_by
FROM found AS f
JOIN category AS c ON c.place = f.place
LEFT JOIN alone AS a ON a.person_id = f.person_id AND a.place = f.place
LEFT JOIN dropped AS d ON d.person_id = f.person_id AND d.place = f.place
