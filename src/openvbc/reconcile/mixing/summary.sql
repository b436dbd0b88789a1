/* One cause, with the members and claims it has and what they add to theirs less ours. */
WITH part AS (
    SELECT kind, member, 0 AS months, 0 AS claims, 0 AS cents
    FROM bundle
    WHERE kind IS NOT NULL AND (ours_assigned OR theirs_assigned)
    UNION ALL
    SELECT
        month_kind, member, COALESCE(theirs_months, 0) - COALESCE(ours_months, 0), 0, 0
    FROM member_part
    WHERE other_months OR month_kind <> 'enrolment months'
    UNION ALL
    SELECT score_kind, member, 0, 0, 0
    FROM member_part
    WHERE other_scores
    UNION ALL
    SELECT kind, NULL, 0, 1, 0
    FROM claim_cause
    WHERE kind IS NOT NULL
    UNION ALL
    SELECT kind, member, 0, 0, CASE WHEN side = 'theirs' THEN claims_cents ELSE -claims_cents END
    FROM cost_part
    WHERE kind IS NOT NULL
)

SELECT
    kind,
    COUNT(DISTINCT member) AS members,
    SUM(claims) AS claims,
    SUM(months) AS months,
    SUM(cents) AS cents
FROM part
GROUP BY kind
ORDER BY kind
