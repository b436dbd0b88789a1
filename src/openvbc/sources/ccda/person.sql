/* One person of whom there are documents, as the latest of them says. */
SELECT
    d.person_id,
    d.birth_date,
    d.sex,
    coalesce(r.race, d.race_code) AS race,
    max(d.death_date) OVER (PARTITION BY d.person_id) AS death_date,
    CASE WHEN regexp_full_match(d.state, '[A-Za-z]{2}') THEN upper(d.state) END AS state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CASE WHEN upper(d.country) IN ('US', 'USA') THEN 'true' END AS us_resident,
    d.file_name,
    d.row_number
FROM shared.document AS d
LEFT JOIN map.race AS r ON r.code = d.race_code
QUALIFY row_number() OVER (
    PARTITION BY d.person_id
    ORDER BY d.created_at DESC NULLS LAST, d.document_id DESC NULLS LAST, d.file_name DESC
) = 1
