/* One designation of a primary clinician by a person (42 CFR 425.402(e)). The file holds the canonical columns themselves. */
SELECT
    person_id,
    npi,
    tin,
    valid_from,
    valid_to,
    payer,
    plan,
    line_of_business,
    sensitivity,
    received_on,
    file_name,
    row_number
FROM landing.voluntary_alignment
