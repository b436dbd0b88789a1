-- The people of one method of an analysis in two of its periods: to whom, or why to nobody.
WITH side AS (
    SELECT p.attribution_id, p.last_day, s.side
    FROM attribution_period AS p
    JOIN asked_side AS s ON s.period = p.attribution_id
),

known AS (
    SELECT DISTINCT a.person_id
    FROM person_attribution AS a
    JOIN side AS w ON w.attribution_id = a.attribution_id
    WHERE a.attributed
)

SELECT
    w.side,
    k.person_id,
    a.candidate_id AS unit,
    CASE
        WHEN p.death_date <= w.last_day THEN 'died'
        WHEN a.person_id IS NULL
            OR a.reason IN (
                'not_covered', 'no_part_a_and_b_month', 'medicare_advantage_month',
                'without_condition'
            ) THEN 'eligibility'
        ELSE 'no_visit'
    END AS cause,
    COALESCE(a.reason, 'not_covered') AS reason,
    CAST(NULL AS VARCHAR) AS other
FROM side AS w
CROSS JOIN known AS k
LEFT JOIN person_attribution AS a
    ON a.attribution_id = w.attribution_id AND a.person_id = k.person_id
LEFT JOIN (SELECT person_id, MIN(death_date) AS death_date FROM person GROUP BY person_id) AS p
    ON p.person_id = k.person_id
