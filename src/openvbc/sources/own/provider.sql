/* One clinician or organization by NPI. The file holds the canonical columns themselves. */
SELECT
    npi,
    name,
    specialty_code,
    tin,
    payer,
    plan,
    line_of_business,
    sensitivity,
    received_on,
    file_name,
    row_number
FROM landing.provider
