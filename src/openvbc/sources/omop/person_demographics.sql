/* One row per person. OMOP has no names and no telephone; a birth date is told only where it was
   given to the day. */
SELECT
    getvariable('data_source') || ':' || p.person_id AS record_id,
    coalesce(known.person_id, getvariable('data_source') || ':' || p.person_id) AS person_id,
    CAST(NULL AS VARCHAR) AS given_name,
    CAST(NULL AS VARCHAR) AS family_name,
    CASE
        WHEN p.birth_datetime IS NOT NULL THEN p.birth_datetime
        WHEN p.month_of_birth IS NOT NULL AND p.day_of_birth IS NOT NULL
            THEN concat_ws(
                '-', p.year_of_birth, lpad(p.month_of_birth, 2, '0'), lpad(p.day_of_birth, 2, '0')
            )
    END AS birth_date,
    CASE p.gender_concept_id WHEN '8507' THEN 'male' WHEN '8532' THEN 'female' ELSE 'unknown' END
        AS sex,
    CASE WHEN regexp_matches(l.zip, '^[0-9]{5}') THEN left(l.zip, 5) END AS zip_code,
    CAST(NULL AS VARCHAR) AS phone_hash,
    p.file_name,
    p.row_number
FROM landing.person AS p
LEFT JOIN shared.known AS known ON known.identifier = p.person_source_value
LEFT JOIN (
    SELECT location_id, min(zip) AS zip FROM landing.location GROUP BY location_id
) AS l ON l.location_id = p.location_id
QUALIFY row_number() OVER (PARTITION BY p.person_id ORDER BY p.file_name, p.row_number) = 1
