/* One claim of members whom both sides assign, with the one cause of its difference; empty: it is the same. */
WITH ours AS (
    SELECT
        c.period_id,
        c.claim,
        MIN(c.member) || MAX(c.member) AS member,
        MAX(c.version_number) AS version_number,
        MAX(c.version_type) AS version_type,
        MAX(c.effective_on) AS effective_on,
        MAX(c.paid_date) AS paid_date,
        MAX(c.received_on) AS received_on,
        BOOL_OR(c.sensitive) AS sensitive,
        MIN(c.status) AS status,
        MIN(c.enrolment_type) || MAX(c.enrolment_type) AS enrolment_type,
        SUM(c.claims_cents) AS claims_cents,
        SUM(c.excluded_cents) AS excluded_cents
    FROM ours_claim AS c
    JOIN bundle AS b ON b.period_id = c.period_id AND b.member = c.member AND b.kind IS NULL
    GROUP BY c.period_id, c.claim
),

theirs AS (
    SELECT
        c.period_id,
        c.claim,
        MIN(c.member) || MAX(c.member) AS member,
        MAX(c.version_number) AS version_number,
        MAX(c.version_type) AS version_type,
        MAX(c.effective_on) AS effective_on,
        MAX(c.paid_date) AS paid_date,
        MAX(c.received_on) AS received_on,
        BOOL_OR(c.sensitive) AS sensitive,
        MIN(c.status) AS status,
        MIN(c.enrolment_type) || MAX(c.enrolment_type) AS enrolment_type,
        SUM(c.claims_cents) AS claims_cents,
        SUM(c.excluded_cents) AS excluded_cents
    FROM theirs_claim AS c
    JOIN bundle AS b ON b.period_id = c.period_id AND b.member = c.member AND b.kind IS NULL
    GROUP BY c.period_id, c.claim
),

-- The day on which the side that lacks a claim stopped to look.
cutoff AS (
    SELECT
        o.period_id,
        o.paid_through AS ours_paid_through,
        t.paid_through AS theirs_paid_through,
        s.ours_as_of,
        s.theirs_as_of
    FROM ours_contract_period AS o
    JOIN theirs_contract_period AS t ON t.period_id = o.period_id
    CROSS JOIN looked_on AS s
),

paired AS (
    SELECT
        COALESCE(o.period_id, t.period_id) AS period_id,
        COALESCE(o.claim, t.claim) AS claim,
        o.claim IS NOT NULL AND t.claim IS NOT NULL AS on_both,
        COALESCE(o.sensitive, FALSE) OR COALESCE(t.sensitive, FALSE) AS sensitive,
        COALESCE(o.version_type, t.version_type) = 'withheld' AS is_folded,
        CASE
            WHEN o.claim IS NULL THEN COALESCE(t.effective_on > k.ours_paid_through, FALSE)
                OR COALESCE(t.paid_date > k.ours_paid_through, FALSE)
                OR COALESCE(t.received_on > k.ours_as_of, FALSE)
            WHEN t.claim IS NULL THEN COALESCE(o.effective_on > k.theirs_paid_through, FALSE)
                OR COALESCE(o.paid_date > k.theirs_paid_through, FALSE)
                OR COALESCE(o.received_on > k.theirs_as_of, FALSE)
            ELSE FALSE
        END AS after_cutoff,
        o.version_number IS DISTINCT FROM t.version_number
            OR o.version_type IS DISTINCT FROM t.version_type
            OR o.effective_on IS DISTINCT FROM t.effective_on AS other_version,
        o.enrolment_type IS DISTINCT FROM t.enrolment_type
            OR (o.status <> t.status AND 'not_enrolled' IN (o.status, t.status))
            AS other_enrolment,
        o.member IS DISTINCT FROM t.member AS other_member,
        COALESCE(o.claims_cents, 0) AS ours_cents,
        COALESCE(t.claims_cents, 0) AS theirs_cents,
        COALESCE(o.excluded_cents, 0) AS ours_excluded,
        COALESCE(t.excluded_cents, 0) AS theirs_excluded
    FROM ours AS o
    FULL JOIN theirs AS t ON t.period_id = o.period_id AND t.claim = o.claim
    JOIN cutoff AS k ON k.period_id = COALESCE(o.period_id, t.period_id)
),

moving AS (
    SELECT
        p.*,
        p.ours_cents <> p.theirs_cents OR p.ours_excluded <> p.theirs_excluded AS other_amount
    FROM paired AS p
)

SELECT
    period_id,
    claim,
    CASE
        WHEN NOT other_amount AND (NOT on_both OR (NOT other_enrolment AND NOT other_member)) THEN NULL
        WHEN (NOT on_both OR is_folded) AND sensitive THEN 'withheld data'
        WHEN NOT on_both AND after_cutoff THEN 'run-out or completion'
        WHEN NOT on_both THEN 'missing claim'
        WHEN other_version THEN 'later adjustment'
        WHEN other_enrolment THEN 'enrolment months'
        -- One amount is the other one in whole dollars, half a dollar up.
        WHEN NOT other_member AND ours_excluded = theirs_excluded AND (
            (ours_cents % 100 = 0 AND ours_cents = (theirs_cents + 50) // 100 * 100)
            OR (theirs_cents % 100 = 0 AND theirs_cents = (ours_cents + 50) // 100 * 100)
        ) THEN 'rounding'
        ELSE 'unexplained'
    END AS kind
FROM moving
