-- One line of a claim as it stands on the day of the variable `as_of`.
SELECT *, CAST(DATE_TRUNC('month', claim_end_date) AS DATE) AS month
FROM final_claim
WHERE effective_on <= getvariable('as_of')
    AND (superseded_on IS NULL OR superseded_on > getvariable('as_of'))
    AND version_type <> 'cancel'
