/*
row: One person who could have been assigned to one ACO in one contract period, and why they were or were not.
grain: [contract_id, period_id, person_id]
span: person
period: year
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the ACO's contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  assigned: {type: BOOLEAN, required: true, says: assigned to this ACO}
  step: {type: VARCHAR, required: true, says: "the step that decided: voluntary, step_1, step_2 or step_3"}
  reason: {type: VARCHAR, required: true, says: "why: a reason of eligible_person, designated_elsewhere, no_physician_service, assigned_to_other_aco, or a reason of candidate"}
  allowed_cents: {type: BIGINT, required: true, says: "this ACO's allowed charges in that step, cents"}
  winner_type: {type: VARCHAR, says: "aco, tin or ccn: who was first in that step"}
  winner_id: {type: VARCHAR, says: "the contract, TIN or CCN that was first in that step"}
  winner_allowed_cents: {type: BIGINT, says: "its allowed charges in that step, cents"}
*/
WITH aco AS (
    SELECT
        w.contract_id,
        w.period_id,
        w.performance_first_day,
        w.first_day,
        w.paid_through,
        w.assignment,
        c.window_id,
        c.person_id,
        c.step,
        CASE c.step
            WHEN 'voluntary' THEN 0 WHEN 'step_1' THEN 1 WHEN 'step_2' THEN 2 ELSE 3
        END AS step_place,
        c.allowed_cents,
        c.qualified,
        c.reason,
        c.place = 1 AND c.qualified AS won
    FROM candidate AS c
    JOIN assignment_window AS w
        ON w.window_id = c.window_id AND w.contract_id = c.candidate_id
    WHERE c.candidate_type = 'aco'
),

-- The step that decides: the first that the ACO won, else the one that it was qualified for and
-- lost, else the first.
decisive AS (
    SELECT
        contract_id, period_id, performance_first_day, first_day, paid_through, assignment,
        window_id, person_id, step, step_place, allowed_cents, qualified, reason, won
    FROM aco
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY contract_id, period_id, person_id
        ORDER BY
            CASE WHEN won THEN 0 WHEN qualified THEN 1 ELSE 2 END,
            step_place
    ) = 1
),

first AS (
    SELECT window_id, person_id, step, candidate_type, candidate_id, allowed_cents
    FROM candidate
    WHERE place = 1
),

judged AS (
    SELECT
        d.contract_id,
        d.period_id,
        d.performance_first_day,
        d.first_day,
        d.paid_through,
        d.assignment,
        d.window_id,
        d.person_id,
        d.step_place,
        d.qualified,
        d.reason,
        CASE WHEN v.candidate_id <> d.contract_id THEN 'voluntary' ELSE d.step END AS step,
        CASE WHEN v.candidate_id <> d.contract_id THEN 0 ELSE d.allowed_cents END
            AS allowed_cents,
        e.reason AS not_eligible,
        COALESCE(v.candidate_id <> d.contract_id, FALSE) AS designated_elsewhere,
        d.won AND COALESCE(e.eligible, FALSE)
            AND COALESCE(v.candidate_id = d.contract_id, TRUE) AS entitled
    FROM decisive AS d
    LEFT JOIN eligible_person AS e
        ON e.window_id = d.window_id AND e.person_id = d.person_id
    LEFT JOIN first AS v
        ON v.window_id = d.window_id AND v.person_id = d.person_id AND v.step = 'voluntary'
),

-- A person belongs to one ACO at most: designation first, then prospective assignment, which is
-- made earlier, then the settlement that knows more claims, then the earlier step. An interim and a
-- final settlement of one ACO are no rivals.
settled AS (
    SELECT
        j.*,
        entitled AND contract_id = FIRST_VALUE(contract_id) OVER (
            PARTITION BY person_id, performance_first_day, first_day, entitled
            ORDER BY
                CASE WHEN step = 'voluntary' THEN 0 ELSE 1 END,
                CASE WHEN assignment = 'prospective' THEN 0 ELSE 1 END,
                paid_through DESC,
                step_place,
                contract_id,
                period_id
        ) AS assigned
    FROM judged AS j
)

SELECT
    s.contract_id,
    s.period_id,
    s.person_id,
    s.assigned,
    s.step,
    CASE
        WHEN s.assigned THEN s.reason
        WHEN s.entitled THEN 'assigned_to_other_aco'
        WHEN s.not_eligible IS NOT NULL THEN s.not_eligible
        WHEN s.designated_elsewhere THEN 'designated_elsewhere'
        WHEN NOT s.qualified THEN 'no_physician_service'
        ELSE s.reason
    END AS reason,
    s.allowed_cents,
    f.candidate_type AS winner_type,
    f.candidate_id AS winner_id,
    f.allowed_cents AS winner_allowed_cents
FROM settled AS s
LEFT JOIN first AS f
    ON f.window_id = s.window_id AND f.person_id = s.person_id AND f.step = s.step
