/* One row per Medicare Beneficiary Identifier of the newest list (CCLF8). */
SELECT
    getvariable('data_source') || ':' || rtrim(c.bene_mbi_id) AS record_id,
    coalesce(m.person_id, rtrim(c.bene_mbi_id)) AS person_id,
    nullif(rtrim(c.bene_1st_name), '') AS given_name,
    nullif(rtrim(c.bene_last_name), '') AS family_name,
    c.bene_dob AS birth_date,
    CASE c.bene_sex_cd WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS sex,
    CASE WHEN regexp_full_match(c.geo_zip5_cd, '[0-9]{5}') THEN c.geo_zip5_cd END AS zip_code,
    CAST(NULL AS VARCHAR) AS phone_hash,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    delivered_on(c.file_name) AS received_on,
    c.file_name,
    c.row_number
FROM landing.cclf8 AS c
LEFT JOIN shared.mbi AS m ON m.mbi = rtrim(c.bene_mbi_id)
QUALIFY row_number() OVER (
    PARTITION BY rtrim(c.bene_mbi_id)
    ORDER BY
        delivery_day(c.file_name) DESC, c.bene_dob NULLS LAST, c.bene_last_name, c.bene_1st_name,
        c.file_name, c.row_number
) = 1
