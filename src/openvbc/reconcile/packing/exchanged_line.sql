/* One line of an assigned member of one period, in the version that stood at the end of the run-out, and how it counts. */
WITH window_of AS (
    SELECT x.contract_id, x.period_id, w.window_id, p.cut <> 'none' AS excludes
    FROM exchanged_period AS x
    JOIN contract_period AS p ON p.contract_id = x.contract_id AND p.period_id = x.period_id
    JOIN (
        SELECT contract_id, period_id, window_id FROM expenditure_window
        UNION
        SELECT contract_id, period_id, window_id FROM contract_window
    ) AS w ON w.contract_id = x.contract_id AND w.period_id = x.period_id
),

-- The days on which an assigned member's lines may count: those of the period, or of the months
-- that a declared method gives to the contract.
span AS (
    SELECT a.contract_id, a.period_id, a.person_id, p.first_day, p.last_day
    FROM attribution AS a
    JOIN contract_period AS p ON p.contract_id = a.contract_id AND p.period_id = a.period_id
    WHERE a.assigned
    UNION ALL
    SELECT contract_id, period_id, person_id, first_day, last_day
    FROM contract_span
)

SELECT
    w.period_id,
    u.claim_key,
    u.version_number,
    u.claim_line_number,
    u.person_id,
    u.enrolment_type,
    CASE
        WHEN u.reason IS NOT NULL THEN u.reason
        WHEN s.person_id IS NULL THEN 'not_enrolled'
        ELSE 'counts'
    END AS status,
    CASE WHEN s.person_id IS NULL THEN 0 ELSE u.claims_cents END AS claims_cents,
    CASE WHEN s.person_id IS NULL OR NOT w.excludes THEN 0 ELSE u.excluded_cents END
        AS excluded_cents
FROM window_of AS w
JOIN claim_use AS u ON u.window_id = w.window_id
SEMI JOIN exchanged_member AS m
    ON m.period_id = w.period_id AND m.person_id = u.person_id AND m.assigned
LEFT JOIN span AS s
    ON s.contract_id = w.contract_id
    AND s.period_id = w.period_id
    AND s.person_id = u.person_id
    AND u.claim_end_date BETWEEN s.first_day AND s.last_day
WHERE u.reason IS NULL OR u.reason IN ('cancelled', 'denied', 'not_enrolled')
