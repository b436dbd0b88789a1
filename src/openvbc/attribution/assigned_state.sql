-- One contract's people in two of its periods: assigned, or the first reason why not.
WITH side AS (
    SELECT w.*, s.side
    FROM assignment_window AS w
    JOIN asked_side AS s ON s.period = w.period_id
    WHERE w.contract_id = $name
),

known AS (
    SELECT DISTINCT a.person_id
    FROM attribution AS a
    JOIN side AS w ON w.contract_id = a.contract_id AND w.period_id = a.period_id
    WHERE a.assigned
),

-- Another ACO that the person is assigned to in the same months, though this one saw nothing of it.
elsewhere AS (
    SELECT s.side, a.person_id, MIN(a.contract_id) AS contract_id
    FROM side AS s
    JOIN assignment_window AS w
        ON w.first_day = s.first_day
        AND w.performance_first_day = s.performance_first_day
        AND w.contract_id <> s.contract_id
    JOIN attribution AS a ON a.contract_id = w.contract_id AND a.period_id = w.period_id
    WHERE a.assigned
    GROUP BY s.side, a.person_id
)

SELECT
    w.side,
    k.person_id,
    CASE WHEN a.assigned THEN w.contract_id END AS unit,
    CASE
        WHEN p.death_date <= w.last_day THEN 'died'
        WHEN NOT COALESCE(e.eligible, FALSE) THEN 'eligibility'
        WHEN a.reason LIKE 'tie_%' THEN 'tie'
        WHEN o.contract_id IS NOT NULL THEN 'another_aco'
        WHEN a.reason IN ('designated_elsewhere', 'less_allowed', 'assigned_to_other_aco')
            THEN 'another_practice'
        ELSE 'no_visit'
    END AS cause,
    COALESCE(CASE WHEN NOT e.eligible THEN e.reason END, a.reason, 'no_service') AS reason,
    COALESCE(o.contract_id, CASE WHEN a.winner_id <> w.contract_id THEN a.winner_id END) AS other
FROM side AS w
CROSS JOIN known AS k
LEFT JOIN attribution AS a
    ON a.contract_id = w.contract_id AND a.period_id = w.period_id AND a.person_id = k.person_id
LEFT JOIN elsewhere AS o ON o.side = w.side AND o.person_id = k.person_id
LEFT JOIN eligible_person AS e ON e.window_id = w.window_id AND e.person_id = k.person_id
LEFT JOIN (SELECT person_id, MIN(death_date) AS death_date FROM person GROUP BY person_id) AS p
    ON p.person_id = k.person_id
