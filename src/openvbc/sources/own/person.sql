/* One person known to the workspace. The file holds the canonical columns themselves. */
SELECT
    person_id,
    birth_date,
    sex,
    race,
    death_date,
    state,
    county_fips,
    us_resident,
    payer,
    plan,
    line_of_business,
    sensitivity,
    received_on,
    file_name,
    row_number
FROM landing.person
