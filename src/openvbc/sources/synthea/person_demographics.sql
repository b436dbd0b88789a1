/* One row per patient, as Synthea names them: digits behind the names are its own. */
SELECT
    getvariable('data_source') || ':' || id AS record_id,
    id AS person_id,
    "first" AS given_name,
    "last" AS family_name,
    birthdate AS birth_date,
    CASE gender WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' ELSE 'unknown' END AS sex,
    CASE WHEN regexp_matches(zip, '^[0-9]{5}') AND zip <> '00000' THEN left(zip, 5) END AS zip_code,
    CAST(NULL AS VARCHAR) AS phone_hash,
    file_name,
    row_number
FROM landing.patients
