-- eligibility: one row per unbroken spell of coverage; some people have a second payer.
SELECT person_id, person_id AS member_id, first_day AS enrollment_start_date,
       last_day AS enrollment_end_date, TRUE AS part_a, part_b, medicare_advantage,
       other_program, enrolment_type,
       CASE type_first WHEN 'esrd' THEN '2' WHEN 'disabled' THEN '1' ELSE '0' END
           AS original_reason_entitlement_code,
       CASE WHEN enrolment_type = 'aged_dual' THEN '02' ELSE '00' END AS dual_status_code,
       CASE WHEN enrolment_type = 'esrd' THEN CASE WHEN type_first = 'esrd' THEN '31' ELSE '11' END
            WHEN enrolment_type = 'disabled' THEN '20' ELSE '10' END AS medicare_status_code,
       'synthetic' AS data_source, 'CMS' AS payer, 'Original Medicare' AS plan,
       'medicare' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM spell JOIN person USING (n)
UNION ALL
SELECT person_id, concat('X', person_id), covered_from, death_date, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, NULL, 'synthetic', 'Example Mutual', 'Group retiree', 'commercial', NULL,
       getvariable('data_through')
FROM person WHERE second_payer
ORDER BY person_id, payer, enrollment_start_date
