/* One row per beneficiary, as the latest reference year describes it; those of whom only the
   history of identifiers came have no more than it says. The person is who an earlier load knows by
   the MBI or by the BENE_ID, else the BENE_ID itself. */
WITH who AS (
    SELECT b.bene_id, min(coalesce(m.person_id, n.person_id, b.bene_id)) AS person_id
    FROM (
        SELECT bene_id, mbi_num FROM landing.beneficiary
        UNION SELECT bene_id, mbi_num FROM landing.beneficiary_history
    ) AS b
    LEFT JOIN earlier.person_identifier AS m
        ON m.identifier_type = 'mbi' AND m.identifier = b.mbi_num
    LEFT JOIN earlier.person_identifier AS n
        ON n.identifier_type = 'bene_id' AND n.identifier = b.bene_id
    GROUP BY b.bene_id
),

delivered AS (
    SELECT
        bene_id, bene_birth_dt, bene_sex_ident_cd, bene_race_cd, death_dt, state_code,
        coalesce(
            fips_state_cnty_dec_cd, fips_state_cnty_nov_cd, fips_state_cnty_oct_cd, fips_state_cnty_sept_cd, fips_state_cnty_aug_cd, fips_state_cnty_jul_cd,
            fips_state_cnty_jun_cd, fips_state_cnty_may_cd, fips_state_cnty_apr_cd, fips_state_cnty_mar_cd, fips_state_cnty_feb_cd, fips_state_cnty_jan_cd
        ) AS county_fips,
        TRY_CAST(rfrnc_yr AS INTEGER) AS year, dml_ind, file_name, row_number
    FROM landing.beneficiary
    UNION ALL
    SELECT
        bene_id, bene_birth_dt, bene_sex_ident_cd, bene_race_cd, NULL, state_code,
        NULL, NULL, dml_ind, file_name, row_number
    FROM landing.beneficiary_history
)

SELECT
    who.person_id,
    d.bene_birth_dt AS birth_date,
    CASE d.bene_sex_ident_cd WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS sex,
    d.bene_race_cd AS race,
    d.death_dt AS death_date,
    state.code AS state,
    d.county_fips,
    CASE WHEN state.code IS NOT NULL THEN true END AS us_resident,
    'medicare' AS line_of_business,
    d.file_name,
    d.row_number
FROM delivered AS d
LEFT JOIN who ON who.bene_id = d.bene_id
LEFT JOIN map.state AS state ON state.ssa_code = lpad(d.state_code, 2, '0')
WHERE coalesce(d.dml_ind, '') <> 'DELETE'
QUALIFY who.person_id IS NULL OR row_number() OVER (
    PARTITION BY who.person_id
    ORDER BY d.year DESC NULLS LAST, d.dml_ind DESC NULLS LAST, d.file_name, d.row_number
) = 1
