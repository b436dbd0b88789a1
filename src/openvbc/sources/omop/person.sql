/* One row per person. The person is whom an earlier load knows by the source's own value for the
   person (person_source_value: an MBI, a member or record number), else the source and person_id. Without a month of birth it is
   July, without a day the first. */
SELECT
    coalesce(known.person_id, getvariable('data_source') || ':' || p.person_id) AS person_id,
    coalesce(
        p.birth_datetime,
        concat_ws(
            '-',
            p.year_of_birth,
            lpad(coalesce(p.month_of_birth, '7'), 2, '0'),
            lpad(coalesce(p.day_of_birth, '1'), 2, '0')
        )
    ) AS birth_date,
    CASE p.gender_concept_id WHEN '8507' THEN 'male' WHEN '8532' THEN 'female' ELSE 'unknown' END
        AS sex,
    p.race_source_value AS race,
    d.death_date,
    CASE WHEN length(l.state) = 2 THEN upper(l.state) END AS state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CAST(NULL AS BOOLEAN) AS us_resident,
    p.file_name,
    p.row_number
FROM landing.person AS p
LEFT JOIN shared.known AS known ON known.identifier = p.person_source_value
LEFT JOIN (
    SELECT person_id, min(death_date) AS death_date FROM landing.death GROUP BY person_id
) AS d ON d.person_id = p.person_id
LEFT JOIN (
    SELECT location_id, min(state) AS state FROM landing.location GROUP BY location_id
) AS l ON l.location_id = p.location_id
