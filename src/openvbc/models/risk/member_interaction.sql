/*
row: One interaction or count of HCCs that a scored person has and the segment has a factor for.
grain: [request_id, person_id, variable]
span: person
period: year
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

counted AS (
    SELECT h.request_id, h.person_id, h.risk_model, p.segment, p.age, p.original_reason, h.hcc
    FROM member_hcc AS h
    JOIN risk_person AS p ON p.request_id = h.request_id AND p.person_id = h.person_id
    WHERE h.dropped IS NULL
),

sized AS (
    SELECT
        request_id, person_id, risk_model, segment, age, original_reason, COUNT(*) AS hccs
    FROM counted
    GROUP BY request_id, person_id, risk_model, segment, age, original_reason
),

clause AS (
    SELECT c.request_id, c.person_id, i.variable, i.clauses, i.clause, i.factor_e9
    FROM counted AS c
    JOIN priced AS i
        ON i.risk_model = c.risk_model AND i.segment = c.segment AND i.term = c.hcc
    UNION ALL
    SELECT z.request_id, z.person_id, i.variable, i.clauses, i.clause, i.factor_e9
    FROM sized AS z
    JOIN risk_condition AS c
        ON c.risk_model = z.risk_model
        AND c.kind = 'flag'
        AND c.age_to >= z.age
        AND (c.original_reasons IS NULL OR c.original_reasons LIKE '%' || z.original_reason || '%')
    JOIN priced AS i
        ON i.risk_model = z.risk_model AND i.segment = z.segment AND i.term = c.variable
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
