/* One risk score of one person for one year and enrolment type. The file holds the canonical columns themselves. */
SELECT
    person_id,
    year,
    enrolment_type,
    model,
    score_e9,
    payer,
    plan,
    line_of_business,
    sensitivity,
    received_on,
    file_name,
    row_number
FROM landing.risk_score
