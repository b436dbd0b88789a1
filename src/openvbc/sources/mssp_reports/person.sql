/* One row per person of the lists whom no earlier load knows by the MBI: people whose claims are
   withheld, or who have none, are on CMS's lists too. Whom an earlier load knows keeps what it said. */
WITH listed AS (
    SELECT bene_mbi_id AS mbi, bene_brth_dt, bene_sex_cd, bene_death_dt, file_name, row_number
    FROM landing.assigned
    UNION ALL
    SELECT bene_mbi_id, bene_brth_dt, bene_sex_cd, bene_death_dt, file_name, row_number
    FROM landing.turnover
    UNION ALL
    SELECT bene_mbi_id, bene_brth_dt, bene_sex_cd, bene_death_dt, file_name, row_number
    FROM landing.assignable
    UNION ALL
    SELECT bene_mbi_id, bene_brth_dt, bene_sex_cd, bene_death_dt, file_name, row_number
    FROM landing.alignment
    UNION ALL
    SELECT mbi, dob, gender, NULL, file_name, row_number FROM landing.excluded
)

SELECT
    l.mbi AS person_id,
    l.bene_brth_dt AS birth_date,
    CASE
        WHEN l.bene_sex_cd IN ('1', 'M') THEN 'male'
        WHEN l.bene_sex_cd IN ('2', 'F') THEN 'female'
        ELSE 'unknown'
    END AS sex,
    CAST(NULL AS VARCHAR) AS race,
    l.bene_death_dt AS death_date,
    CAST(NULL AS VARCHAR) AS state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CAST(NULL AS BOOLEAN) AS us_resident,
    'medicare' AS line_of_business,
    l.file_name,
    l.row_number
FROM listed AS l
ANTI JOIN earlier.person_identifier AS k
    ON k.identifier_type = 'mbi' AND k.identifier = l.mbi
WHERE l.mbi IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY l.mbi
    ORDER BY (l.bene_brth_dt IS NULL), (l.bene_death_dt IS NULL), l.file_name, l.row_number
) = 1
