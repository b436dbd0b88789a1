-- Counts of standing claims and their persons by source, payer, line of business, claim type and month.
WITH claim AS (
    SELECT
        data_source, payer, line_of_business, claim_type, month, person_id, claim_key,
        version_number, MIN(claim_start_date) AS first_day, MAX(claim_end_date) AS last_day
    FROM standing_line
    GROUP BY ALL
),

coded AS (
    SELECT DISTINCT person_id, claim_key, version_number FROM diagnosis
),

insured AS (
    SELECT DISTINCT c.person_id, c.claim_key, c.version_number
    FROM claim AS c
    JOIN eligibility AS e
        ON e.person_id = c.person_id
        AND e.payer IS NOT DISTINCT FROM c.payer
        AND e.line_of_business IS NOT DISTINCT FROM c.line_of_business
        AND e.enrollment_start_date <= c.last_day
        AND (e.enrollment_end_date IS NULL OR e.enrollment_end_date >= c.first_day)
)

SELECT
    c.data_source, COALESCE(c.payer, '') AS payer,
    COALESCE(c.line_of_business, '') AS line_of_business, c.claim_type, c.month,
    COUNT(*) AS claims,
    COUNT(DISTINCT c.person_id) AS persons,
    COUNT(d.claim_key) AS with_diagnosis,
    COUNT(i.claim_key) AS covered
FROM claim AS c
LEFT JOIN coded AS d
    ON d.person_id = c.person_id
    AND d.claim_key = c.claim_key
    AND d.version_number = c.version_number
LEFT JOIN insured AS i
    ON i.person_id = c.person_id
    AND i.claim_key = c.claim_key
    AND i.version_number = c.version_number
GROUP BY ALL
