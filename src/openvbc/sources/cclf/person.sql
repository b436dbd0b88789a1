/* One row per person of the newest list (CCLF8): the people whose claims the feed holds. */
WITH listed AS (
    SELECT
        coalesce(m.person_id, rtrim(c.bene_mbi_id)) AS person_id,
        c.*,
        delivery_day(c.file_name) AS day
    FROM landing.cclf8 AS c
    LEFT JOIN shared.mbi AS m ON m.mbi = rtrim(c.bene_mbi_id)
)

SELECT
    person_id,
    bene_dob AS birth_date,
    CASE bene_sex_cd WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS sex,
    race.race,
    bene_death_dt AS death_date,
    CASE WHEN regexp_full_match(geo_usps_state_cd, '[A-Z]{2}') THEN geo_usps_state_cd END AS state,
    CASE
        WHEN regexp_full_match(bene_fips_state_cd || bene_fips_cnty_cd, '[0-9]{5}')
            THEN bene_fips_state_cd || bene_fips_cnty_cd
    END AS county_fips,
    CASE WHEN map.state.state IS NOT NULL THEN true END AS us_resident,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    delivered_on(file_name) AS received_on,
    file_name,
    row_number
FROM listed
LEFT JOIN map.race AS race ON race.code = bene_race_cd
LEFT JOIN map.state ON map.state.state = geo_usps_state_cd
QUALIFY row_number() OVER (
    PARTITION BY person_id
    ORDER BY
        day DESC, bene_death_dt DESC NULLS LAST, bene_dob NULLS LAST, bene_sex_cd, bene_race_cd,
        geo_usps_state_cd, bene_fips_state_cd, bene_fips_cnty_cd, file_name, listed.row_number
) = 1
