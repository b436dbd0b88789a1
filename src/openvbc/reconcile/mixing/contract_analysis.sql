/* Our periods of a declared method; with their point of truncation where that is taken. */
SELECT
    o.* REPLACE (
        CASE
            WHEN EXISTS (SELECT 1 FROM taken WHERE kind = 'truncation cut') THEN t.truncation_cents
            ELSE o.truncation_cents
        END AS truncation_cents
    )
FROM ours_contract_analysis AS o
JOIN theirs_contract_analysis AS t ON t.period_id = o.period_id
