/*
row: One person's visits of one year of an analysis by how they concentrate, as whole numbers over whole numbers.
grain: [analysis_id, person_id, level, care]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the person}
  level: {type: VARCHAR, required: true, says: "npi: by clinician; tin: by practice"}
  care: {type: VARCHAR, required: true, says: "primary: primary care visits; any: all visits"}
  visits: {type: BIGINT, required: true, says: "visits that name the clinician (practice), N; one a day and clinician"}
  nameless_visits: {type: BIGINT, required: true, says: visits that name none and so are left out}
  providers: {type: BIGINT, required: true, says: clinicians (practices) that were seen}
  usual_id: {type: VARCHAR, says: "who was seen most; ties: the most recent, then the lower id"}
  usual_visits: {type: BIGINT, required: true, says: "visits to the usual one; ÷ N = usual-provider continuity"}
  coc_numerator: {type: BIGINT, required: true, says: "sum of n × n, less N"}
  coc_denominator: {type: BIGINT, required: true, says: "N × (N − 1); numerator ÷ denominator = Bice-Boxerman index"}
  same_as_before: {type: BIGINT, required: true, says: "visits to the one of the visit before; ÷ (N − 1) = sequential continuity"}
  known_visits: {type: BIGINT, required: true, says: "visits to one who was seen on an earlier day since the start of the year before"}
  counted: {type: BOOLEAN, required: true, says: has the least number of visits that continuity asks for}
audits:
  continuity lies between none and all: SELECT * FROM this WHERE coc_numerator < 0 OR coc_numerator > coc_denominator OR usual_visits > visits OR known_visits > visits
*/
WITH asked AS (
    SELECT p.analysis_id, CAST(r.minimum_visits AS BIGINT) AS minimum_visits
    FROM analysis_period AS p
    JOIN analysis_choice AS c
        ON c.analysis_id = p.analysis_id AND c.kind = 'measure' AND c.name = 'continuity'
    JOIN continuity_rule AS r
        ON r.measure = 'continuity'
        AND (r.first_day IS NULL OR r.first_day <= p.first_day)
        AND (r.last_day IS NULL OR r.last_day >= p.first_day)
),

leveled AS (
    SELECT
        v.analysis_id, v.person_id, 'npi' AS level, v.clinician_npi AS provider_id, v.visited_on,
        v.in_year, v.is_primary
    FROM ambulatory_visit AS v
    UNION ALL
    SELECT
        v.analysis_id, v.person_id, 'tin' AS level, v.practice_id AS provider_id, v.visited_on,
        v.in_year, v.is_primary
    FROM ambulatory_visit AS v
),

-- Two clinicians of a practice on one day are one visit to the practice.
visit AS (
    SELECT
        l.analysis_id, l.person_id, l.level, 'any' AS care, l.provider_id, l.visited_on, l.in_year
    FROM leveled AS l
    GROUP BY l.analysis_id, l.person_id, l.level, l.provider_id, l.visited_on, l.in_year
    UNION ALL
    SELECT
        l.analysis_id, l.person_id, l.level, 'primary' AS care, l.provider_id, l.visited_on,
        l.in_year
    FROM leveled AS l
    WHERE l.is_primary
    GROUP BY l.analysis_id, l.person_id, l.level, l.provider_id, l.visited_on, l.in_year
),

met AS (
    SELECT
        v.*,
        ROW_NUMBER() OVER (
            PARTITION BY v.analysis_id, v.person_id, v.level, v.care, v.provider_id
            ORDER BY v.visited_on
        ) > 1 AS known
    FROM visit AS v
),

followed AS (
    SELECT
        m.*,
        LAG(m.provider_id) OVER (
            PARTITION BY m.analysis_id, m.person_id, m.level, m.care
            ORDER BY m.visited_on, m.provider_id
        ) AS before_id
    FROM met AS m
    WHERE m.in_year AND m.provider_id <> ''
),

provider_seen AS (
    SELECT
        analysis_id, person_id, level, care, provider_id,
        COUNT(*) AS visits,
        MAX(visited_on) AS last_on,
        COUNT(*) FILTER (WHERE provider_id = before_id) AS same_as_before,
        COUNT(*) FILTER (WHERE known) AS known_visits
    FROM followed
    GROUP BY analysis_id, person_id, level, care, provider_id
),

ranked AS (
    SELECT
        s.*,
        ROW_NUMBER() OVER (
            PARTITION BY analysis_id, person_id, level, care
            ORDER BY visits DESC, last_on DESC, provider_id
        ) AS place
    FROM provider_seen AS s
),

summed AS (
    SELECT
        analysis_id, person_id, level, care,
        SUM(visits) AS visits,
        COUNT(*) AS providers,
        MAX(CASE WHEN place = 1 THEN provider_id END) AS usual_id,
        MAX(visits) AS usual_visits,
        SUM(visits * visits) - SUM(visits) AS coc_numerator,
        SUM(visits) * (SUM(visits) - 1) AS coc_denominator,
        SUM(same_as_before) AS same_as_before,
        SUM(known_visits) AS known_visits
    FROM ranked
    GROUP BY analysis_id, person_id, level, care
),

nameless AS (
    SELECT
        analysis_id, person_id, level, care,
        COUNT(*) FILTER (WHERE provider_id = '') AS nameless_visits
    FROM visit
    WHERE in_year
    GROUP BY analysis_id, person_id, level, care
)

SELECT
    n.analysis_id,
    n.person_id,
    n.level,
    n.care,
    COALESCE(s.visits, 0) AS visits,
    n.nameless_visits,
    COALESCE(s.providers, 0) AS providers,
    s.usual_id,
    COALESCE(s.usual_visits, 0) AS usual_visits,
    COALESCE(s.coc_numerator, 0) AS coc_numerator,
    COALESCE(s.coc_denominator, 0) AS coc_denominator,
    COALESCE(s.same_as_before, 0) AS same_as_before,
    COALESCE(s.known_visits, 0) AS known_visits,
    COALESCE(s.visits, 0) >= a.minimum_visits AS counted
FROM nameless AS n
JOIN asked AS a ON a.analysis_id = n.analysis_id
LEFT JOIN summed AS s
    ON s.analysis_id = n.analysis_id
    AND s.person_id = n.person_id
    AND s.level = n.level
    AND s.care = n.care
