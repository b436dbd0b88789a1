/*
row: How many people of one panel have the same continuity; means of fractions are taken from here, exactly.
grain: [analysis_id, unit_type, unit_id, level, care, visits, usual_visits, coc_numerator, same_as_before, known_visits]
span: all
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  unit_type: {type: VARCHAR, required: true, says: tin or npi}
  unit_id: {type: VARCHAR, required: true, says: "the panel; none: people of nobody's panel"}
  level: {type: VARCHAR, required: true, says: "npi: continuity by clinician; tin: by practice"}
  care: {type: VARCHAR, required: true, says: primary or any}
  visits: {type: BIGINT, required: true, says: visits of each}
  usual_visits: {type: BIGINT, required: true, says: to the usual one}
  coc_numerator: {type: BIGINT, required: true, says: "sum of n × n, less N"}
  coc_denominator: {type: BIGINT, required: true, says: "N × (N − 1)"}
  same_as_before: {type: BIGINT, required: true, says: visits to the one of the visit before}
  known_visits: {type: BIGINT, required: true, says: visits to one seen before}
  counted: {type: BOOLEAN, required: true, says: they have the least number of visits}
  is_high: {type: BOOLEAN, required: true, says: the index is at or above the threshold for high continuity}
  persons: {type: BIGINT, required: true, says: people}
  nameless_visits: {type: BIGINT, required: true, says: their visits that name nobody}
*/
WITH threshold AS (
    SELECT
        p.analysis_id,
        CAST(r.high_numerator AS BIGINT) AS high_numerator,
        CAST(r.high_denominator AS BIGINT) AS high_denominator
    FROM analysis_period AS p
    JOIN continuity_rule AS r
        ON r.measure = 'continuity'
        AND (r.first_day IS NULL OR r.first_day <= p.first_day)
        AND (r.last_day IS NULL OR r.last_day >= p.first_day)
)

SELECT
    m.analysis_id,
    m.unit_type,
    m.unit_id,
    c.level,
    c.care,
    c.visits,
    c.usual_visits,
    c.coc_numerator,
    c.coc_denominator,
    c.same_as_before,
    c.known_visits,
    c.counted,
    c.counted AND c.coc_numerator * t.high_denominator >= c.coc_denominator * t.high_numerator
        AS is_high,
    COUNT(*) AS persons,
    SUM(c.nameless_visits) AS nameless_visits
FROM panel_member AS m
JOIN person_continuity AS c ON c.analysis_id = m.analysis_id AND c.person_id = m.person_id
JOIN threshold AS t ON t.analysis_id = c.analysis_id
GROUP BY
    m.analysis_id, m.unit_type, m.unit_id, c.level, c.care, c.visits, c.usual_visits,
    c.coc_numerator, c.coc_denominator, c.same_as_before, c.known_visits, c.counted,
    t.high_numerator, t.high_denominator
