-- One contract's people in two of its periods, by a declared method: with months that count, or why not.
WITH side AS (
    SELECT x.contract_id, x.period_id, x.analysis_id, x.last_day, s.side
    FROM contract_analysis AS x
    JOIN asked_side AS s ON s.period = x.period_id
    WHERE x.contract_id = $name
),

mine AS (
    SELECT DISTINCT w.side, c.person_id, c.candidate_type, c.candidate_id
    FROM contract_span AS c
    JOIN side AS w ON w.contract_id = c.contract_id AND w.period_id = c.period_id
),

-- Of a period with several attributions the last one.
decided AS (
    SELECT w.side, a.person_id, a.attributed, a.candidate_type, a.candidate_id, a.reason
    FROM person_attribution AS a
    JOIN side AS w ON w.analysis_id = a.analysis_id
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY w.side, a.person_id ORDER BY a.period DESC, a.attribution_id
    ) = 1
)

SELECT
    w.side,
    k.person_id,
    CASE WHEN m.person_id IS NOT NULL THEN w.contract_id END AS unit,
    CASE
        WHEN p.death_date <= w.last_day THEN 'died'
        WHEN d.person_id IS NULL
            OR d.reason IN (
                'not_covered', 'no_part_a_and_b_month', 'medicare_advantage_month',
                'without_condition'
            )
            OR o.candidate_id IS NOT NULL THEN 'eligibility'
        WHEN starts_with(d.reason, 'tie_') THEN 'tie'
        WHEN d.attributed THEN 'another_practice'
        ELSE 'no_visit'
    END AS cause,
    COALESCE(d.reason, 'not_covered') AS reason,
    CASE WHEN m.person_id IS NULL AND o.candidate_id IS NULL THEN d.candidate_id END AS other
FROM side AS w
CROSS JOIN (SELECT DISTINCT person_id FROM mine) AS k
LEFT JOIN (SELECT DISTINCT side, person_id FROM mine) AS m
    ON m.side = w.side AND m.person_id = k.person_id
LEFT JOIN decided AS d ON d.side = w.side AND d.person_id = k.person_id
-- Whom the contract's people are attributed to: who is, and has no month, lost the coverage.
LEFT JOIN (SELECT DISTINCT candidate_type, candidate_id FROM mine) AS o
    ON o.candidate_type = d.candidate_type AND o.candidate_id = d.candidate_id
LEFT JOIN (SELECT person_id, MIN(death_date) AS death_date FROM person GROUP BY person_id) AS p
    ON p.person_id = k.person_id
