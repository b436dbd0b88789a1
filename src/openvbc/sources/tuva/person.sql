/* One row per person of the eligibility file: as its latest span of coverage describes the person. */
SELECT
    person_id,
    birth_date,
    CASE WHEN lower(trim(gender)) IN ('male', 'female') THEN lower(trim(gender)) ELSE 'unknown' END
        AS sex,
    race,
    death_date,
    CASE WHEN length(trim(state)) = 2 THEN upper(trim(state)) END AS state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CASE WHEN length(trim(state)) = 2 THEN true END AS us_resident,
    file_name,
    row_number
FROM landing.eligibility
QUALIFY row_number() OVER (
    PARTITION BY person_id
    ORDER BY enrollment_start_date DESC NULLS LAST, file_name, row_number
) = 1
