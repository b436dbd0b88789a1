/* One row per patient of each sender, as the latest of its documents says. Where a document gives no
   number of the sender's own, the record is the Medicare number's. */
SELECT
    getvariable('data_source') || ':' || coalesce(d.own_number, d.mbi) AS record_id,
    d.person_id,
    d.given_name,
    d.family_name,
    d.birth_date,
    coalesce(d.sex, 'unknown') AS sex,
    CASE WHEN regexp_matches(d.zip_code, '^[0-9]{5}') THEN left(d.zip_code, 5) END AS zip_code,
    d.phone_hash,
    CASE d.confidentiality_code WHEN 'V' THEN 'very restricted' WHEN 'R' THEN 'restricted' END
        AS sensitivity,
    d.file_name,
    d.row_number
FROM shared.document AS d
QUALIFY row_number() OVER (
    PARTITION BY coalesce(d.own_number, d.mbi)
    ORDER BY d.created_at DESC NULLS LAST, d.document_id DESC NULLS LAST, d.file_name DESC
) = 1
