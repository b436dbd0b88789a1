/* One row per patient of each sender, as the latest message names and describes the patient. */
SELECT
    getvariable('data_source') || ':' || own_number AS record_id,
    person_id,
    given_name,
    family_name,
    birth_date,
    coalesce(nullif(sex, ''), 'unknown') AS sex,
    CASE WHEN regexp_matches(zip_code, '^[0-9]{5}') THEN left(zip_code, 5) END AS zip_code,
    phone_hash,
    CASE is_protected WHEN 'true' THEN 'restricted' END AS sensitivity,
    file_name,
    row_number
FROM shared.identified
QUALIFY row_number() OVER (
    PARTITION BY own_number ORDER BY event_at DESC, file_name DESC, row_number DESC
) = 1
