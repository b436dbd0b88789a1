-- Members on the first day of each month by payer and line of business.
SELECT
    '' AS data_source, COALESCE(payer, '') AS payer,
    COALESCE(line_of_business, '') AS line_of_business, '' AS claim_type, month_start AS month,
    COUNT(*) AS member_months
FROM member_month
GROUP BY ALL
