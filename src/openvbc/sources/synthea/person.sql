/* One row per patient. */
SELECT
    id AS person_id,
    birthdate AS birth_date,
    CASE gender WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' ELSE 'unknown' END AS sex,
    race,
    deathdate AS death_date,
    map.state.code AS state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CASE WHEN map.state.code IS NOT NULL THEN true END AS us_resident,
    file_name,
    row_number
FROM landing.patients
LEFT JOIN map.state ON landing.patients.state = map.state.state
