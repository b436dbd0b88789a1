/* One member in one period, with the cause that takes the member whole: nobody else's rows move. */
SELECT
    COALESCE(o.period_id, t.period_id) AS period_id,
    COALESCE(o.member, t.member) AS member,
    COALESCE(o.assigned, FALSE) AS ours_assigned,
    COALESCE(t.assigned, FALSE) AS theirs_assigned,
    CASE
        WHEN COALESCE(o.withheld, FALSE) OR COALESCE(t.withheld, FALSE) THEN 'withheld data'
        WHEN COALESCE(o.assigned, FALSE) <> COALESCE(t.assigned, FALSE) THEN 'attribution'
    END AS kind
FROM ours_attribution AS o
FULL JOIN theirs_attribution AS t ON t.period_id = o.period_id AND t.member = o.member
