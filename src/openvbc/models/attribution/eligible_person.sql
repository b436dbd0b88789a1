/*
row: One person in one assignment window, assignable or with the first reason why not (42 CFR 425.401).
grain: [window_id, person_id]
span: person
period: year
asked_by: [contract_period]
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

-- The months that are looked at. People who are assigned prospectively must stay eligible during
-- the period, save that another program that takes them then is no reason (425.401(b)).
watched AS (
    SELECT window_id, line_of_business, assignment_first_day AS from_day,
        assignment_last_day AS to_day, FALSE AS is_period
    FROM assignment
    UNION ALL
    SELECT window_id, line_of_business, first_day AS from_day, last_day AS to_day,
        TRUE AS is_period
    FROM assignment
    WHERE assignment = 'prospective'
),

-- A run of months is seen where one of its months begins on a watched day.
month_seen AS (
    SELECT
        w.window_id,
        w.is_period,
        s.person_id,
        BOOL_OR(s.part_a AND s.part_b) AS both_parts,
        BOOL_OR(s.part_a <> s.part_b) AS one_part,
        BOOL_OR(s.medicare_advantage) AS medicare_advantage,
        BOOL_OR(s.other_program) AS other_program
    FROM watched AS w
    JOIN covered_span AS s ON s.line_of_business = w.line_of_business
    WHERE GREATEST(s.first_month, last_day(w.from_day - 1) + 1)
        <= LEAST(COALESCE(s.last_month, w.to_day), w.to_day)
    GROUP BY w.window_id, w.is_period, s.person_id
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
            WHEN a.assignment = 'prospective' AND NOT COALESCE(p.both_parts, FALSE)
                THEN 'no_part_a_and_b_month'
            WHEN s.one_part OR p.one_part THEN 'part_a_or_b_only_month'
            WHEN s.medicare_advantage OR p.medicare_advantage THEN 'medicare_advantage_month'
            WHEN s.other_program THEN 'other_program'
        END AS reason
    FROM assignment AS a
    CROSS JOIN resident AS r
    LEFT JOIN month_seen AS s
        ON s.window_id = a.window_id AND s.person_id = r.person_id AND NOT s.is_period
    LEFT JOIN month_seen AS p
        ON p.window_id = a.window_id AND p.person_id = r.person_id AND p.is_period
)

SELECT window_id, person_id, reason IS NULL AS eligible, reason
FROM judged
