/* One unbroken span of coverage of one person with one payer, plan and line of business. The file holds the canonical columns themselves. */
SELECT
    person_id,
    member_id,
    enrollment_start_date,
    enrollment_end_date,
    part_a,
    part_b,
    medicare_advantage,
    other_program,
    enrolment_type,
    original_reason_entitlement_code,
    dual_status_code,
    medicare_status_code,
    payer,
    plan,
    line_of_business,
    sensitivity,
    received_on,
    file_name,
    row_number
FROM landing.eligibility
