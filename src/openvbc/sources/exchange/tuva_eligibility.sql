/* Spans of coverage with their people in the names of Tuva's input layer. */
SELECT
    eligibility.person_id,
    eligibility.member_id,
    person.sex AS gender,
    person.race,
    person.birth_date,
    person.death_date,
    CASE WHEN person.death_date IS NULL THEN 0 ELSE 1 END AS death_flag,
    eligibility.enrollment_start_date,
    eligibility.enrollment_end_date,
    eligibility.payer,
    CASE
        WHEN eligibility.medicare_advantage THEN 'medicare advantage'
        ELSE eligibility.line_of_business
    END AS payer_type,
    eligibility.plan,
    eligibility.original_reason_entitlement_code,
    eligibility.dual_status_code,
    eligibility.medicare_status_code,
    person.state,
    eligibility.data_source,
    eligibility.file_name
FROM eligibility
JOIN person USING (person_id)
