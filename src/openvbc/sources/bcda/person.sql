/* One row per person: as the newest Patient says, or bare where only claims and coverage came and no
   earlier load knows the person. Who an earlier load knows by any identifier keeps that person. */
WITH described AS (
    SELECT
        who.person_id, p.birth_date, p.gender, p.race, p.death_date, p.state, p.sensitivity, p.last_updated,
        p.file_name, p.row_number, 1 AS place
    FROM landing.patient AS p
    JOIN shared.who AS who USING (patient_id)
    UNION ALL
    SELECT
        who.person_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, m.file_name, m.row_number, 2 AS place
    FROM (
        SELECT patient_id, file_name, row_number FROM landing.eob
        UNION ALL SELECT patient_id, file_name, row_number FROM landing.coverage
    ) AS m
    JOIN shared.who AS who USING (patient_id)
    WHERE who.person_id NOT IN (SELECT person_id FROM earlier.person_identifier)
)

SELECT
    person_id,
    birth_date,
    CASE WHEN gender IN ('male', 'female') THEN gender ELSE 'unknown' END AS sex,
    race,
    death_date,
    state,
    CAST(NULL AS VARCHAR) AS county_fips,
    CASE WHEN length(state) = 2 THEN true END AS us_resident,
    'medicare' AS line_of_business,
    sensitivity,
    file_name,
    row_number
FROM described
QUALIFY row_number() OVER (
    PARTITION BY person_id ORDER BY place, last_updated DESC NULLS LAST, file_name, row_number
) = 1
