-- eligibility: Medicaid beside Medicare, a spell for each spell as an aged dual.
SELECT person_id, concat('M', person_id) AS member_id, first_day AS enrollment_start_date,
       last_day AS enrollment_end_date, NULL::BOOLEAN AS part_a, NULL::BOOLEAN AS part_b,
       NULL::BOOLEAN AS medicare_advantage, NULL::BOOLEAN AS other_program,
       NULL::VARCHAR AS enrolment_type, NULL::VARCHAR AS original_reason_entitlement_code,
       NULL::VARCHAR AS dual_status_code, NULL::VARCHAR AS medicare_status_code,
       'synthetic' AS data_source, 'Example Medicaid' AS payer, 'State plan' AS plan,
       'medicaid' AS line_of_business, NULL::VARCHAR AS sensitivity,
       getvariable('data_through') AS received_on
FROM spell JOIN person USING (n)
WHERE enrolment_type = 'aged_dual'
ORDER BY person_id, enrollment_start_date
