-- The latest day on which a version came to stand, by payer and line of business, whatever `as_of` is.
SELECT
    COALESCE(payer, '') AS payer, COALESCE(line_of_business, '') AS line_of_business,
    MAX(effective_on) AS last_day
FROM final_claim
WHERE effective_on IS NOT NULL
GROUP BY ALL
