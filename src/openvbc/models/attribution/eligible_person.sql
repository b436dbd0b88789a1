/*
row: One person in one assignment window, assignable or with the first reason why not (42 CFR 425.401).
grain: [window_id, person_id]
span: person
period: year
columns:
  window_id: {type: VARCHAR, required: true, says: the assignment window}
  person_id: {type: VARCHAR, required: true, says: the person}
  eligible: {type: BOOLEAN, required: true, says: may be assigned to an ACO}
  reason: {type: VARCHAR, says: "why not: not_covered, outside_united_states, no_part_a_and_b_month, part_a_or_b_only_month, medicare_advantage_month or other_program"}
*/
WITH assignment AS (
    SELECT DISTINCT
        window_id, line_of_business, assignment, first_day, last_day,
        assignment_first_day, assignment_last_day
    FROM assignment_window
),

-- People who are assigned prospectively must stay eligible during the period (425.401(b)).
month_seen AS (
    SELECT
        a.window_id,
        m.person_id,
        BOOL_OR(m.part_a AND m.part_b) AS both_parts,
        BOOL_OR(m.part_a <> m.part_b) AS one_part,
        BOOL_OR(m.medicare_advantage) AS medicare_advantage,
        BOOL_OR(m.other_program) AS other_program
    FROM assignment AS a
    JOIN member_month AS m
        ON m.line_of_business = a.line_of_business
        AND (
            m.month_start BETWEEN a.assignment_first_day AND a.assignment_last_day
            OR (a.assignment = 'prospective' AND m.month_start BETWEEN a.first_day AND a.last_day)
        )
    GROUP BY a.window_id, m.person_id
),

-- Residence is unknown in many sources; only a known address abroad excludes.
resident AS (
    SELECT person_id, BOOL_AND(COALESCE(us_resident, TRUE)) AS us_resident
    FROM person
    GROUP BY person_id
),

judged AS (
    SELECT
        a.window_id,
        r.person_id,
        CASE
            WHEN s.person_id IS NULL THEN 'not_covered'
            WHEN NOT r.us_resident THEN 'outside_united_states'
            WHEN NOT s.both_parts THEN 'no_part_a_and_b_month'
            WHEN s.one_part THEN 'part_a_or_b_only_month'
            WHEN s.medicare_advantage THEN 'medicare_advantage_month'
            WHEN s.other_program THEN 'other_program'
        END AS reason
    FROM assignment AS a
    CROSS JOIN resident AS r
    LEFT JOIN month_seen AS s ON s.window_id = a.window_id AND s.person_id = r.person_id
)

SELECT window_id, person_id, reason IS NULL AS eligible, reason
FROM judged
