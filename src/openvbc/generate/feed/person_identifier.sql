-- person_identifier: one row per Medicare number of a person, with the days it is in force. One
-- person in sixteen gets a new one on some day of the years, at least 40 days from either end.
WITH bounded AS (
    SELECT n, covered_from, draw('mbi', n) AS h,
           greatest(covered_from, make_date(getvariable('first_year'), 1, 1)) AS since,
           least(COALESCE(death_date, getvariable('last_day')), getvariable('last_day')) AS till
    FROM plan
), renamed AS (
    SELECT n, covered_from,
           CASE WHEN digits(h, 1, 16) = 0 AND till - since > 100
                THEN since + (40 + digits(h, 16, 1000000) * (till - since - 80) // 1000000)::INTEGER
                END AS renamed_on
    FROM bounded
)
SELECT 'mbi' AS identifier_type, mbi(n, issue) AS identifier, person_name(n) AS person_id,
       CASE issue WHEN 0 THEN covered_from ELSE renamed_on END AS first_day,
       CASE issue WHEN 0 THEN renamed_on - 1 END AS last_day,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM renamed CROSS JOIN (VALUES (0), (1)) AS issues(issue)
WHERE issue = 0 OR renamed_on IS NOT NULL
ORDER BY n, issue
