-- Counts of ICD-10-CM codes by source, payer, line of business and month of care.
SELECT
    data_source, COALESCE(payer, '') AS payer, COALESCE(line_of_business, '') AS line_of_business,
    '' AS claim_type, CAST(DATE_TRUNC('month', claim_end_date) AS DATE) AS month,
    COUNT(*) AS codes,
    COUNT(*) FILTER (REGEXP_FULL_MATCH(code, '[A-Z][0-9][0-9AB][0-9A-Z]{0,4}')) AS well_formed
FROM diagnosis
WHERE code_type = 'icd-10-cm'
GROUP BY ALL
