/* One member in one enrolment type of one period as both sides have it, with the causes that replace it. */
SELECT
    COALESCE(o.period_id, t.period_id) AS period_id,
    COALESCE(o.member, t.member) AS member,
    COALESCE(o.enrolment_type, t.enrolment_type) AS enrolment_type,
    COALESCE(b.kind, 'enrolment months') AS month_kind,
    COALESCE(b.kind, 'risk score') AS score_kind,
    b.kind IS NULL AND o.months IS DISTINCT FROM t.months AS other_months,
    b.kind IS NULL AND o.member IS NOT NULL AND t.member IS NOT NULL AND (
        o.hcc_score_e9 IS DISTINCT FROM t.hcc_score_e9
        OR o.demographic_score_e9 IS DISTINCT FROM t.demographic_score_e9
    ) AS other_scores,
    o.months AS ours_months,
    t.months AS theirs_months,
    o.hcc_score_e9 AS ours_hcc_e9,
    t.hcc_score_e9 AS theirs_hcc_e9,
    o.demographic_score_e9 AS ours_demographic_e9,
    t.demographic_score_e9 AS theirs_demographic_e9
FROM ours_member AS o
FULL JOIN theirs_member AS t
    ON t.period_id = o.period_id AND t.member = o.member AND t.enrolment_type = o.enrolment_type
JOIN bundle AS b
    ON b.period_id = COALESCE(o.period_id, t.period_id)
    AND b.member = COALESCE(o.member, t.member)
