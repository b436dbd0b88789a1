/* One row per member of an 834, as the latest file names and describes it (loop 2100A). */
SELECT
    getvariable('data_source') || ':' || m.person_key AS record_id,
    coalesce(i.person_id, m.person_key) AS person_id,
    m.given_name,
    m.family_name,
    m.birth_date,
    CASE m.sex WHEN 'M' THEN 'male' WHEN 'F' THEN 'female' ELSE 'unknown' END AS sex,
    CASE WHEN regexp_matches(m.zip_code, '^[0-9]{5}') THEN left(m.zip_code, 5) END AS zip_code,
    m.phone_hash,
    m.payer,
    CASE m.confidentiality_code WHEN 'R' THEN 'restricted' END AS sensitivity,
    m.file_name,
    m.row_number
FROM landing.member AS m
LEFT JOIN shared.identity AS i ON m.person_key = i.identifier
QUALIFY row_number() OVER (
    PARTITION BY m.person_key
    ORDER BY
        m.family_name IS NULL, m.sent_on DESC, m.sent_at DESC NULLS LAST, m.file_name, m.row_number
) = 1
