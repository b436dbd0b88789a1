/* One row per person of the eligibility file, as its latest span of coverage describes the person,
   and one of the clinical patient table: two records, since two systems wrote them. */
WITH told AS (
    SELECT 'eligibility' AS record, person_id, first_name, last_name, birth_date, gender, zip_code,
        phone, enrollment_start_date AS day, file_name, row_number
    FROM landing.eligibility
    UNION ALL
    SELECT 'patient', person_id, first_name, last_name, birth_date, sex, zip_code, phone, NULL,
        file_name, row_number
    FROM landing.patient
)

SELECT
    concat_ws(':', getvariable('data_source'), record, person_id) AS record_id,
    person_id,
    first_name AS given_name,
    last_name AS family_name,
    birth_date,
    CASE WHEN lower(trim(gender)) IN ('male', 'female') THEN lower(trim(gender)) ELSE 'unknown' END
        AS sex,
    CASE WHEN regexp_matches(zip_code, '^[0-9]{5}') THEN left(zip_code, 5) END AS zip_code,
    CASE
        WHEN length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 10
            THEN sha256(right(regexp_replace(phone, '[^0-9]', '', 'g'), 10))
    END AS phone_hash,
    file_name,
    row_number
FROM told
QUALIFY row_number() OVER (
    PARTITION BY record, person_id ORDER BY day DESC NULLS LAST, file_name, row_number
) = 1
