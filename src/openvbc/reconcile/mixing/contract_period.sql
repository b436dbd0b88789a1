/* Our periods; with their origin of the truncation cut where that is taken. */
SELECT
    o.* REPLACE (
        CASE
            WHEN EXISTS (SELECT 1 FROM taken WHERE kind = 'truncation cut') THEN t.cut ELSE o.cut
        END AS cut
    )
FROM ours_contract_period AS o
JOIN theirs_contract_period AS t ON t.period_id = o.period_id
