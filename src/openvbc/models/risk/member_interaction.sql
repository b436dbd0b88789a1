/*
row: One interaction or count of HCCs that a scored person has and the segment has a factor for.
grain: [request_id, person_id, variable]
span: person
period: year
tells_care: true
asked_by: [risk_request]
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  variable: {type: VARCHAR, required: true, says: the interaction or count}
  factor_e9: {type: BIGINT, required: true, says: its relative factor times 1e9}
*/
WITH priced AS (
    SELECT i.risk_model, f.segment, i.term, i.variable, i.clauses, i.clause, f.factor_e9
    FROM risk_interaction AS i
    JOIN risk_factor AS f ON f.risk_model = i.risk_model AND f.variable = i.variable
),

number_of AS (
    SELECT c.risk_model, f.segment, c.variable, c.count_from, c.count_to, f.factor_e9
    FROM risk_count AS c
    JOIN risk_factor AS f ON f.risk_model = c.risk_model AND f.variable = c.variable
),

-- What counts is what is paid: categories of a model that has a factor for them, or a group.
paid AS (
    SELECT risk_model, variable AS hcc FROM risk_factor
    UNION
    SELECT risk_model, hcc FROM risk_group
),

-- A group counts once in place of its HCCs, which remain terms of interactions.
number AS (
    SELECT request_id, person_id, CAST(SUM(counts) AS BIGINT) AS hccs
    FROM (
        SELECT h.request_id, h.person_id, 1 AS counts
        FROM member_hcc AS h
        SEMI JOIN paid AS k ON k.risk_model = h.risk_model AND k.hcc = h.hcc
        WHERE h.dropped IS NULL
        UNION ALL
        SELECT h.request_id, h.person_id, -1 AS counts
        FROM member_hcc AS h
        JOIN risk_person AS p ON p.request_id = h.request_id AND p.person_id = h.person_id
        JOIN risk_group AS g
            ON g.risk_model = h.risk_model AND g.segment = p.segment AND g.hcc = h.hcc
        WHERE h.dropped IS NULL
        UNION ALL
        SELECT request_id, person_id, 1 AS counts
        FROM member_group
        WHERE dropped_by IS NULL
    ) AS either
    GROUP BY request_id, person_id
),

-- What interactions ask for: most HCCs are in none.
term AS (
    SELECT h.request_id, h.person_id, h.hcc AS term
    FROM member_hcc AS h
    SEMI JOIN risk_interaction AS i ON i.risk_model = h.risk_model AND i.term = h.hcc
    WHERE h.dropped IS NULL
    UNION ALL
    SELECT request_id, person_id, hcc_group AS term
    FROM member_group
    WHERE dropped_by IS NULL
),

sized AS (
    SELECT
        n.request_id, n.person_id, p.risk_model, p.segment, p.age, p.sex, p.original_reason,
        p.enrolled_days, n.hccs
    FROM number AS n
    JOIN risk_person AS p ON p.request_id = n.request_id AND p.person_id = n.person_id
),

counted_term AS (
    SELECT
        c.risk_model, i.segment, c.count_from, c.count_to, i.variable, i.clauses, i.clause,
        i.factor_e9
    FROM risk_count AS c
    JOIN priced AS i ON i.risk_model = c.risk_model AND i.term = c.variable
),

clause AS (
    SELECT t.request_id, t.person_id, i.variable, i.clauses, i.clause, i.factor_e9
    FROM term AS t
    JOIN risk_person AS p ON p.request_id = t.request_id AND p.person_id = t.person_id
    JOIN priced AS i
        ON i.risk_model = p.risk_model AND i.segment = p.segment AND i.term = t.term
    UNION ALL
    SELECT z.request_id, z.person_id, i.variable, i.clauses, i.clause, i.factor_e9
    FROM sized AS z
    JOIN risk_condition AS c
        ON c.risk_model = z.risk_model
        AND c.kind = 'flag'
        AND COALESCE(c.age_from, 0) <= z.age
        AND (c.age_to IS NULL OR c.age_to >= z.age)
        AND (c.sex IS NULL OR c.sex = z.sex)
        AND (c.days_from IS NULL OR c.days_from <= z.enrolled_days)
        AND (c.days_to IS NULL OR c.days_to >= z.enrolled_days)
        AND (c.original_reasons IS NULL OR c.original_reasons LIKE '%' || z.original_reason || '%')
    JOIN priced AS i
        ON i.risk_model = z.risk_model AND i.segment = z.segment AND i.term = c.variable
    UNION ALL
    SELECT z.request_id, z.person_id, n.variable, n.clauses, n.clause, n.factor_e9
    FROM sized AS z
    JOIN counted_term AS n
        ON n.risk_model = z.risk_model
        AND n.segment = z.segment
        AND n.count_from <= z.hccs
        AND (n.count_to IS NULL OR n.count_to >= z.hccs)
),

met AS (
    SELECT DISTINCT request_id, person_id, variable, clauses, clause, factor_e9
    FROM clause
)

SELECT request_id, person_id, variable, factor_e9
FROM met
GROUP BY request_id, person_id, variable, clauses, factor_e9
HAVING COUNT(*) = clauses
UNION ALL
SELECT z.request_id, z.person_id, n.variable, n.factor_e9
FROM sized AS z
JOIN number_of AS n
    ON n.risk_model = z.risk_model
    AND n.segment = z.segment
    AND n.count_from <= z.hccs
    AND (n.count_to IS NULL OR n.count_to >= z.hccs)
