/* One facility by CMS certification number. The file holds the canonical columns themselves. */
SELECT
    ccn,
    name,
    facility_type,
    tin,
    payer,
    plan,
    line_of_business,
    sensitivity,
    received_on,
    file_name,
    row_number
FROM landing.facility
