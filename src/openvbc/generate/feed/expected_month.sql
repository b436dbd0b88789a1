-- expected_month: a month of a person with a payer, covered on the month's first day, and for
-- Medicare how. From the plan of each life, not from the spells that are delivered.
-- known_on: the day the payer came to know of the person, where that was late (coverage_change).
WITH every_month AS (
    SELECT p.*, month::DATE AS month
    FROM person p CROSS JOIN generate_series(
        make_date(getvariable('first_year'), 1, 1), getvariable('last_day'), INTERVAL 1 MONTH
    ) AS months(month)
    WHERE covered_from <= month AND COALESCE(death_date >= month, TRUE)
), typed AS (
    SELECT *, CASE WHEN month >= change_on THEN type_then ELSE type_first END AS enrolment_type
    FROM every_month
)
SELECT person_id, payer, line_of_business, year(month) AS year, month,
       CASE payer WHEN 'CMS' THEN TRUE END AS part_a,
       CASE payer WHEN 'CMS' THEN NOT part_a_only END AS part_b,
       CASE payer WHEN 'CMS' THEN COALESCE(
           month >= ma_from AND month <= COALESCE(ma_to, month), FALSE) END AS medicare_advantage,
       CASE payer WHEN 'CMS' THEN enrolment_type END AS enrolment_type,
       CASE payer WHEN 'CMS' THEN known_late_on(n, covered_from) END AS known_on
FROM typed
JOIN (VALUES ('CMS', 'medicare'), ('Example Medicaid', 'medicaid'), ('Example Mutual', 'commercial'))
    AS t(payer, line_of_business)
  ON payer = 'CMS' OR (payer = 'Example Medicaid' AND enrolment_type = 'aged_dual')
  OR (payer = 'Example Mutual' AND second_payer)
ORDER BY person_id, payer, month
