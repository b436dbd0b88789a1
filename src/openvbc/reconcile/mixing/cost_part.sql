/* What one side counts of one member in one enrolment type, by the cause that replaces it; empty: nothing does. */
WITH part AS (
    SELECT
        'ours' AS side,
        c.period_id,
        c.member,
        c.enrolment_type,
        COALESCE(b.kind, k.kind) AS kind,
        c.claims_cents,
        c.excluded_cents
    FROM ours_claim AS c
    JOIN bundle AS b ON b.period_id = c.period_id AND b.member = c.member
    LEFT JOIN claim_cause AS k ON k.period_id = c.period_id AND k.claim = c.claim
    WHERE c.status = 'counts'
    UNION ALL
    SELECT
        'theirs' AS side,
        c.period_id,
        c.member,
        c.enrolment_type,
        COALESCE(b.kind, k.kind) AS kind,
        c.claims_cents,
        c.excluded_cents
    FROM theirs_claim AS c
    JOIN bundle AS b ON b.period_id = c.period_id AND b.member = c.member
    LEFT JOIN claim_cause AS k ON k.period_id = c.period_id AND k.claim = c.claim
    WHERE c.status = 'counts'
)

SELECT
    side,
    period_id,
    member,
    enrolment_type,
    kind,
    COUNT(*) AS claims,
    SUM(claims_cents) AS claims_cents,
    SUM(excluded_cents) AS excluded_cents
FROM part
GROUP BY side, period_id, member, enrolment_type, kind
