/* One member of one period, assigned as we or, where that cause is taken, as they say. */
SELECT
    p.contract_id,
    b.period_id,
    b.member AS person_id,
    CASE
        WHEN b.kind IN (SELECT kind FROM taken) THEN b.theirs_assigned ELSE b.ours_assigned
    END AS assigned,
    'not told' AS step
FROM bundle AS b
JOIN ours_contract_period AS p ON p.period_id = b.period_id
