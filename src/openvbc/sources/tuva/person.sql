/* One row per person of the eligibility file, as its latest span of coverage describes the person,
   and of the clinical patient table where the eligibility file does not have the person. */
WITH told AS (
    SELECT person_id, birth_date, gender, race, death_date, state, enrollment_start_date AS day,
        file_name, row_number
    FROM landing.eligibility
    UNION ALL
    SELECT person_id, birth_date, sex, race, death_date, state, NULL, file_name, row_number
    FROM landing.patient
)

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
FROM told
QUALIFY row_number() OVER (
    PARTITION BY person_id ORDER BY day DESC NULLS LAST, file_name, row_number
) = 1
