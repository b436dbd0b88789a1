/*
row: One ACO, practice or facility that one person could be assigned to in one step of one window, and its place.
grain: [window_id, person_id, step, candidate_type, candidate_id]
span: person
period: year
asked_by: [contract_period]
columns:
  window_id: {type: VARCHAR, required: true, says: the assignment window}
  person_id: {type: VARCHAR, required: true, says: the person}
  step: {type: VARCHAR, required: true, says: "voluntary, step_1, step_2 or step_3 (42 CFR 425.402)"}
  candidate_type: {type: VARCHAR, required: true, says: "aco; tin or ccn outside every ACO; shared: a unit in several ACOs, which counts for nobody"}
  candidate_id: {type: VARCHAR, required: true, says: "contract of the ACO, or the TIN or CCN"}
  allowed_cents: {type: BIGINT, required: true, says: "allowed charges that the step compares, cents"}
  services: {type: BIGINT, required: true, says: claim lines that the step compares}
  last_service_on: {type: DATE, says: through date of the latest of them}
  qualified: {type: BOOLEAN, says: "for an ACO: it met the step's condition (pre-step, or that of step three)"}
  place: {type: BIGINT, says: "1 for the most allowed charges; ties by latest service, then by id"}
  reason: {type: VARCHAR, required: true, says: "designated, most_allowed, tie_later_service, tie_lower_id, less_allowed, tie_earlier_service, tie_higher_id or in_several_acos"}
*/
WITH assignment AS (
    SELECT DISTINCT
        window_id, performance_first_day, first_day, step_one_npp, step_three, designation
    FROM assignment_window
),

-- The participant list certified for the performance year also holds for its benchmark years.
participant AS (
    SELECT a.window_id, p.contract_id, p.tin, p.ccn
    FROM assignment AS a
    JOIN contract_participant AS p
        ON (p.valid_from IS NULL OR p.valid_from <= a.performance_first_day)
        AND (p.valid_to IS NULL OR p.valid_to >= a.performance_first_day)
    WHERE p.contract_id IN (SELECT contract_id FROM assignment_window)
),

unit AS (
    SELECT window_id, 'tin' AS unit_type, tin AS unit_id, contract_id
    FROM participant WHERE tin IS NOT NULL
    UNION
    SELECT window_id, 'ccn' AS unit_type, ccn AS unit_id, contract_id
    FROM participant WHERE ccn IS NOT NULL
),

owner AS (
    SELECT
        window_id,
        unit_type,
        unit_id,
        CASE WHEN COUNT(*) = 1 THEN 'aco' ELSE 'shared' END AS candidate_type,
        CASE WHEN COUNT(*) = 1 THEN MIN(contract_id) ELSE unit_id END AS candidate_id
    FROM unit
    GROUP BY window_id, unit_type, unit_id
),

-- npp: nurse practitioners, physician assistants, clinical nurse specialists; is_first: compared in
-- step one. physician: primary care physicians and listed specialists.
listed AS (
    SELECT
        s.*,
        s.provider_class = 'pcp' OR (s.provider_class = 'npp' AND a.step_one_npp) AS is_first
    FROM primary_care_service AS s
    JOIN assignment AS a ON a.window_id = s.window_id
    WHERE s.provider_class <> 'unknown'
),

used AS (
    SELECT
        s.window_id,
        s.person_id,
        COALESCE(o.candidate_type, s.unit_type) AS candidate_type,
        COALESCE(o.candidate_id, s.unit_id) AS candidate_id,
        SUM(CASE WHEN s.is_first THEN s.allowed_cents ELSE 0 END) AS first_cents,
        SUM(CASE WHEN s.is_first THEN s.services ELSE 0 END) AS first_services,
        MAX(CASE WHEN s.is_first THEN s.last_service_on END) AS first_last_on,
        SUM(CASE WHEN s.is_first THEN 0 ELSE s.allowed_cents END) AS second_cents,
        SUM(CASE WHEN s.is_first THEN 0 ELSE s.services END) AS second_services,
        MAX(CASE WHEN s.is_first THEN NULL ELSE s.last_service_on END) AS second_last_on,
        SUM(s.expanded_allowed_cents) AS expanded_cents,
        SUM(s.expanded_services) AS expanded_services,
        MAX(s.last_service_on) AS expanded_last_on,
        SUM(CASE WHEN s.provider_class <> 'npp' THEN s.services ELSE 0 END) > 0
            AS saw_physician,
        SUM(CASE WHEN s.provider_class = 'npp' THEN s.services ELSE 0 END) > 0 AS saw_npp,
        SUM(CASE WHEN s.provider_class <> 'npp' THEN s.expanded_services ELSE 0 END) > 0
            AS saw_physician_expanded
    FROM listed AS s
    LEFT JOIN owner AS o
        ON o.window_id = s.window_id
        AND o.unit_type = s.unit_type
        AND o.unit_id = s.unit_id
    GROUP BY
        s.window_id, s.person_id,
        COALESCE(o.candidate_type, s.unit_type), COALESCE(o.candidate_id, s.unit_id)
),

-- What decides which steps are open to the person. Nobody is compared who saw no ACO at all.
person_use AS (
    SELECT
        u.window_id,
        u.person_id,
        a.step_three,
        SUM(CASE WHEN u.candidate_type <> 'shared' THEN u.first_services ELSE 0 END) > 0
            AS saw_first,
        BOOL_OR(
            u.candidate_type = 'aco'
            AND NOT u.saw_physician AND u.saw_npp AND u.saw_physician_expanded
        ) AS met_step_three
    FROM used AS u
    JOIN assignment AS a ON a.window_id = u.window_id
    GROUP BY u.window_id, u.person_id, a.step_three
    HAVING BOOL_OR(u.candidate_type IN ('aco', 'shared'))
),

-- An ACO stays in the comparison with nothing, so that its row can say why it lost.
compared AS (
    SELECT
        u.window_id, u.person_id, 'step_1' AS step, u.candidate_type, u.candidate_id,
        u.first_cents AS allowed_cents,
        u.first_services AS services,
        u.first_last_on AS last_service_on,
        u.saw_physician AS qualified
    FROM used AS u
    JOIN person_use AS p ON p.window_id = u.window_id AND p.person_id = u.person_id
    WHERE p.saw_first AND (u.first_services > 0 OR u.candidate_type = 'aco')
    UNION ALL
    SELECT
        u.window_id, u.person_id, 'step_2' AS step, u.candidate_type, u.candidate_id,
        u.second_cents AS allowed_cents,
        u.second_services AS services,
        u.second_last_on AS last_service_on,
        u.saw_physician AS qualified
    FROM used AS u
    JOIN person_use AS p ON p.window_id = u.window_id AND p.person_id = u.person_id
    WHERE NOT p.saw_first AND (u.second_services > 0 OR u.candidate_type = 'aco')
    UNION ALL
    SELECT
        u.window_id, u.person_id, 'step_3' AS step, u.candidate_type, u.candidate_id,
        u.expanded_cents AS allowed_cents,
        u.expanded_services AS services,
        u.expanded_last_on AS last_service_on,
        NOT u.saw_physician AND u.saw_npp AND u.saw_physician_expanded AS qualified
    FROM used AS u
    JOIN person_use AS p ON p.window_id = u.window_id AND p.person_id = u.person_id
    WHERE p.step_three AND p.met_step_three
),

-- The regulation says "greater than" and is silent on ties; this order is ours and total.
ranked AS (
    SELECT
        c.*,
        ROW_NUMBER() OVER (
            PARTITION BY window_id, person_id, step, candidate_type = 'shared'
            ORDER BY allowed_cents DESC, last_service_on DESC, candidate_id, candidate_type
        ) AS place
    FROM compared AS c
),

-- The first two, against whom every candidate's reason is stated.
leader AS (
    SELECT
        window_id,
        person_id,
        step,
        MAX(CASE WHEN place = 1 THEN allowed_cents END) AS first_cents,
        MAX(CASE WHEN place = 1 THEN last_service_on END) AS first_on,
        MAX(CASE WHEN place = 2 THEN allowed_cents END) AS second_cents,
        MAX(CASE WHEN place = 2 THEN last_service_on END) AS second_on
    FROM ranked
    WHERE candidate_type <> 'shared'
    GROUP BY window_id, person_id, step
),

-- A designation in force on the period's first day overrides use (425.402(e)); in 2018 only where
-- the ACO's physicians furnished primary care too ((e)(2)(i)(A)).
designation AS (
    SELECT a.window_id, a.designation, v.person_id, v.tin
    FROM assignment AS a
    JOIN voluntary_alignment AS v
        ON v.valid_from <= a.first_day
        AND (v.valid_to IS NULL OR v.valid_to >= a.first_day)
    WHERE a.designation <> 'none'
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY a.window_id, v.person_id ORDER BY v.valid_from DESC, v.tin
    ) = 1
)

SELECT
    r.window_id,
    r.person_id,
    r.step,
    r.candidate_type,
    r.candidate_id,
    r.allowed_cents,
    r.services,
    r.last_service_on,
    CASE WHEN r.candidate_type = 'aco' THEN r.qualified END AS qualified,
    CASE WHEN r.candidate_type <> 'shared' THEN r.place END AS place,
    CASE
        WHEN r.candidate_type = 'shared' THEN 'in_several_acos'
        WHEN r.place = 1 AND (l.second_cents IS NULL OR l.second_cents < l.first_cents)
            THEN 'most_allowed'
        WHEN r.place = 1 AND l.second_on < l.first_on THEN 'tie_later_service'
        WHEN r.place = 1 THEN 'tie_lower_id'
        WHEN r.allowed_cents < l.first_cents THEN 'less_allowed'
        WHEN r.last_service_on < l.first_on THEN 'tie_earlier_service'
        ELSE 'tie_higher_id'
    END AS reason
FROM ranked AS r
LEFT JOIN leader AS l
    ON l.window_id = r.window_id AND l.person_id = r.person_id AND l.step = r.step
UNION ALL
SELECT
    d.window_id,
    d.person_id,
    'voluntary' AS step,
    COALESCE(o.candidate_type, 'tin') AS candidate_type,
    COALESCE(o.candidate_id, d.tin) AS candidate_id,
    CAST(0 AS BIGINT) AS allowed_cents,
    CAST(0 AS BIGINT) AS services,
    CAST(NULL AS DATE) AS last_service_on,
    CASE
        WHEN o.candidate_type = 'aco'
            THEN d.designation = 'alone' OR COALESCE(u.saw_physician, FALSE)
    END AS qualified,
    CASE WHEN COALESCE(o.candidate_type, 'tin') <> 'shared' THEN CAST(1 AS BIGINT) END AS place,
    CASE WHEN o.candidate_type = 'shared' THEN 'in_several_acos' ELSE 'designated' END AS reason
FROM designation AS d
LEFT JOIN owner AS o
    ON o.window_id = d.window_id AND o.unit_type = 'tin' AND o.unit_id = d.tin
LEFT JOIN used AS u
    ON u.window_id = d.window_id
    AND u.person_id = d.person_id
    AND u.candidate_type = 'aco'
    AND u.candidate_id = o.candidate_id
