/* One line of an assigned member of one period, in the version that stood at the end of the run-out, and how it counts. */
WITH line AS (
    SELECT
        x.period_id,
        u.claim_type,
        u.claim_key,
        u.version_number,
        u.claim_line_number,
        u.person_id,
        u.enrolment_type,
        u.reason,
        u.claims_cents,
        u.excluded_cents
    FROM exchanged_period AS x
    JOIN expenditure_window AS w
        ON w.contract_id = x.contract_id AND w.period_id = x.period_id
    JOIN attribution AS a
        ON a.contract_id = x.contract_id AND a.period_id = x.period_id AND a.assigned
    JOIN claim_use AS u ON u.window_id = w.window_id AND u.person_id = a.person_id
    UNION ALL
    -- Of a declared method; where one payer's months count, nothing of a month that another covers.
    SELECT
        x.period_id,
        u.claim_type,
        u.claim_key,
        u.version_number,
        u.claim_line_number,
        u.person_id,
        CASE WHEN u.reason IN ('no_month', 'not_enrolled') THEN NULL ELSE u.enrolment_type END
            AS enrolment_type,
        u.reason,
        u.claims_cents,
        CASE WHEN p.cut = 'none' THEN 0 ELSE u.excluded_cents END AS excluded_cents
    FROM exchanged_period AS x
    JOIN contract_period AS p ON p.contract_id = x.contract_id AND p.period_id = x.period_id
    JOIN contract_analysis AS d ON d.contract_id = x.contract_id AND d.period_id = x.period_id
    JOIN contract_line AS u ON u.contract_id = x.contract_id AND u.period_id = x.period_id
    SEMI JOIN exchanged_member AS m
        ON m.period_id = x.period_id AND m.person_id = u.person_id AND m.assigned
    WHERE u.counts OR d.payer IS NULL OR u.reason <> 'no_month'
)

SELECT
    period_id,
    claim_type,
    claim_key,
    version_number,
    claim_line_number,
    person_id,
    enrolment_type,
    CASE reason WHEN 'no_month' THEN 'not_enrolled' ELSE COALESCE(reason, 'counts') END AS status,
    claims_cents,
    excluded_cents
FROM line
WHERE reason IS NULL OR reason IN ('cancelled', 'denied', 'no_month', 'not_enrolled')
