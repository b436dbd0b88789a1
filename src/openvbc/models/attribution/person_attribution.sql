/*
row: One person whom one attribution looked at, to whom they are attributed, or why to nobody.
grain: [attribution_id, person_id]
span: person
period: year
asked_by: [analysis_choice]
columns:
  attribution_id: {type: VARCHAR, required: true, says: the attribution}
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  method: {type: VARCHAR, required: true, says: the method}
  period: {type: VARCHAR, required: true, says: "year, or a quarter"}
  person_id: {type: VARCHAR, required: true, says: the person}
  attributed: {type: BOOLEAN, required: true, says: attributed to somebody}
  candidate_type: {type: VARCHAR, says: "entity, tin, ccn, npi or list"}
  candidate_id: {type: VARCHAR, says: to whom}
  step: {type: VARCHAR, says: the step that decided}
  reason: {type: VARCHAR, required: true, says: "a reason of attribution_candidate; else died, not_covered, no_part_a_and_b_month, medicare_advantage_month, without_condition, on_several_lists_only, specialty_unknown (only clinicians of whom neither claim nor provider says what they are) or no_service"}
audits:
  attributed twice: SELECT person_id FROM this GROUP BY attribution_id, person_id HAVING COUNT(*) > 1
*/
-- Coverage of the months that must be covered: the period's first, or any of it.
WITH covered AS (
    SELECT
        p.attribution_id,
        s.person_id,
        bool_or(
            p.coverage = 'any' OR (s.part_a AND s.part_b AND NOT s.medicare_advantage)
        ) AS fits,
        bool_or(s.medicare_advantage) AS medicare_advantage
    FROM attribution_period AS p
    JOIN covered_span AS s
        ON s.line_of_business = p.line_of_business
        AND s.first_month <= CASE WHEN p.covered = 'first' THEN p.first_day ELSE p.last_day END
        AND (s.last_month IS NULL OR s.last_month >= p.first_day)
    WHERE s.payer_place = 1
    GROUP BY p.attribution_id, s.person_id
),

-- A condition is carried by one hospital stay, or by claims of two different days.
cohort AS (
    SELECT attribution_id, person_id
    FROM condition_claim
    GROUP BY attribution_id, person_id
    HAVING bool_or(is_stay) OR COUNT(DISTINCT claim_end_date) >= 2
),

winner AS (
    SELECT attribution_id, person_id, candidate_type, candidate_id, step, reason
    FROM attribution_candidate
    WHERE place = 1
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY attribution_id, person_id ORDER BY step_place, step
    ) = 1
),

other AS (
    SELECT
        attribution_id,
        person_id,
        bool_or(reason = 'in_several_lists') AS shared,
        bool_or(reason = 'specialty_unknown') AS unclassed
    FROM attribution_candidate
    GROUP BY attribution_id, person_id
),

-- Everybody covered, and those who have a candidate though they are not.
looked_at AS (
    SELECT attribution_id, person_id FROM covered
    UNION
    SELECT attribution_id, person_id FROM other
),

living AS (
    SELECT person_id, MIN(death_date) AS death_date FROM person GROUP BY person_id
),

judged AS (
    SELECT
        a.attribution_id,
        p.analysis_id,
        p.method,
        p.period,
        a.person_id,
        w.candidate_type,
        w.candidate_id,
        w.step,
        w.reason,
        CASE
            WHEN d.death_date < p.first_day THEN 'died'
            WHEN c.person_id IS NULL THEN 'not_covered'
            WHEN NOT c.fits AND c.medicare_advantage THEN 'medicare_advantage_month'
            WHEN NOT c.fits THEN 'no_part_a_and_b_month'
            WHEN p.condition IS NOT NULL AND h.person_id IS NULL THEN 'without_condition'
            WHEN w.person_id IS NULL AND COALESCE(o.shared, FALSE) THEN 'on_several_lists_only'
            WHEN w.person_id IS NULL AND COALESCE(o.unclassed, FALSE) THEN 'specialty_unknown'
            WHEN w.person_id IS NULL THEN 'no_service'
        END AS why_not
    FROM looked_at AS a
    JOIN attribution_period AS p ON p.attribution_id = a.attribution_id
    LEFT JOIN covered AS c ON c.attribution_id = a.attribution_id AND c.person_id = a.person_id
    LEFT JOIN cohort AS h ON h.attribution_id = a.attribution_id AND h.person_id = a.person_id
    LEFT JOIN winner AS w ON w.attribution_id = a.attribution_id AND w.person_id = a.person_id
    LEFT JOIN other AS o ON o.attribution_id = a.attribution_id AND o.person_id = a.person_id
    LEFT JOIN living AS d ON d.person_id = a.person_id
)

SELECT
    attribution_id,
    analysis_id,
    method,
    period,
    person_id,
    why_not IS NULL AS attributed,
    CASE WHEN why_not IS NULL THEN candidate_type END AS candidate_type,
    CASE WHEN why_not IS NULL THEN candidate_id END AS candidate_id,
    CASE WHEN why_not IS NULL THEN step END AS step,
    COALESCE(why_not, reason) AS reason
FROM judged
