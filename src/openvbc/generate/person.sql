-- person: one row per person who was covered at some time in the window.
SELECT person_name(n) AS person_id, birth_date,
       CASE WHEN is_female THEN 'female' ELSE 'male' END AS sex,
       CASE WHEN race_e3 < 740 THEN 'white' WHEN race_e3 < 850 THEN 'black'
            WHEN race_e3 < 930 THEN 'hispanic' WHEN race_e3 < 970 THEN 'asian'
            ELSE 'other' END AS race,
       death_date, state, str_split(counties, ';')[county + 1] AS county_fips, us_resident,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM plan JOIN region USING (region) ORDER BY person_id
