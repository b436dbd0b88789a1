-- coverage_change: the people of whose enrolment the payer came to know late, and when.
SELECT person_name(n) AS person_id, 'CMS' AS payer, 'medicare' AS line_of_business,
       covered_from AS enrollment_start_date, known_late_on(n, covered_from) AS known_on
FROM plan WHERE known_late_on(n, covered_from) IS NOT NULL
ORDER BY n
