/* Assignment by a payer's list, of the months that the list names, in the names of Tuva's input
   layer. */
SELECT
    person_id,
    person_id AS patient_id,
    replace(report_period, '-', '') AS year_month,
    payer,
    plan,
    npi AS payer_attributed_provider,
    tin AS payer_attributed_provider_practice,
    data_source,
    file_name
FROM reported_assignment
WHERE status IN ('assigned', 'voluntary') AND regexp_full_match(report_period, '[0-9]{4}-[0-9]{2}')
