/* One row per Patient, as the last update describes it. Blue Button gives no telephone. */
SELECT
    getvariable('data_source') || ':' || p.patient_id AS record_id,
    who.person_id,
    p.given_name,
    p.family_name,
    p.birth_date,
    CASE WHEN p.gender IN ('male', 'female') THEN p.gender ELSE 'unknown' END AS sex,
    CASE WHEN regexp_matches(p.zip_code, '^[0-9]{5}') THEN left(p.zip_code, 5) END AS zip_code,
    CAST(NULL AS VARCHAR) AS phone_hash,
    p.sensitivity,
    p.file_name,
    p.row_number
FROM landing.patient AS p
JOIN shared.who AS who USING (patient_id)
QUALIFY row_number() OVER (
    PARTITION BY p.patient_id ORDER BY p.last_updated DESC NULLS LAST, p.file_name, p.row_number
) = 1
