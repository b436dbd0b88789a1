-- The latest days of care, of payment and of receipt of each source's standing claims.
SELECT
    data_source, MAX(claim_end_date) AS care, MAX(effective_on) AS payment,
    MAX(received_on) AS receipt
FROM standing_line
GROUP BY data_source
