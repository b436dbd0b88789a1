-- voluntary_alignment: 2 % of the members name a clinician, most of them at their own practice.
SELECT person_name(n) AS person_id, c.npi, o.tin,
       make_date(getvariable('first_year') + alignment_e3 % getvariable('years'), 1, 1)
           - 1 - alignment_e3::INTEGER AS valid_from,
       CASE WHEN alignment_e3 = 0 THEN getvariable('last_day') - 200 END AS valid_to,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM plan
JOIN organisation o
  ON o.organisation = CASE WHEN alignment_e3 % 7 = 0 THEN (home + 1) % getvariable('home_count')
                           ELSE home END
JOIN clinician c ON c.organisation = o.organisation AND c.slot = n % 5
WHERE alignment_e3 < 20 AND o.service = 'primary_care'
ORDER BY person_id
