/* One row per person, as the Patient that was updated last describes it. */
SELECT
    who.person_id,
    p.birth_date,
    CASE WHEN p.gender IN ('male', 'female') THEN p.gender ELSE 'unknown' END AS sex,
    p.race,
    p.death_date,
    CASE WHEN length(p.state) = 2 THEN upper(p.state) END AS state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CASE WHEN upper(p.country) IN ('US', 'USA') THEN true END AS us_resident,
    p.sensitivity,
    p.file_name,
    p.row_number
FROM landing.patient AS p
JOIN shared.who AS who USING (patient_id)
QUALIFY row_number() OVER (
    PARTITION BY who.person_id ORDER BY p.last_updated DESC NULLS LAST, p.file_name, p.row_number
) = 1
