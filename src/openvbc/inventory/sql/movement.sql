-- What was paid, less what was taken back, by month of care and month in which it came to stand.
-- A version adds what it pays and gives it back when it is replaced; of debits and credits each adds
-- or takes away by itself (as in cost/claim_use). Denied lines count for nothing.
WITH line AS (
    SELECT
        *,
        COALESCE(debit_credit, FALSE) AS is_posting,
        COALESCE(paid_cents, 0) AS cents
    FROM final_claim
    WHERE NOT COALESCE(denied, FALSE)
),

movement AS (
    SELECT
        payer, line_of_business, claim_type, claim_end_date, effective_on AS moved_on,
        CASE WHEN version_type = 'cancel' THEN -cents ELSE cents END AS cents,
        CASE WHEN version_type = 'original' THEN claim_key END AS new_claim
    FROM line
    WHERE is_posting
        OR (version_type <> 'cancel' AND (superseded_on IS NULL OR superseded_on > effective_on))
    UNION ALL
    SELECT
        payer, line_of_business, claim_type, claim_end_date, superseded_on, -cents, NULL
    FROM line
    WHERE NOT is_posting AND version_type <> 'cancel' AND superseded_on > effective_on
)

SELECT
    COALESCE(payer, '') AS payer, COALESCE(line_of_business, '') AS line_of_business, claim_type,
    CAST(DATE_TRUNC('month', claim_end_date) AS DATE) AS incurred,
    CAST(DATE_TRUNC('month', moved_on) AS DATE) AS moved,
    CAST(SUM(cents) AS BIGINT) AS cents,
    COUNT(DISTINCT new_claim) AS claims
FROM movement
WHERE moved_on <= getvariable('as_of')
GROUP BY ALL
