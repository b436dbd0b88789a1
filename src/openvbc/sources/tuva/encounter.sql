/* One row per encounter; the attending provider and the facility by NPI, where the tables of
   practitioners and locations name one. */
SELECT
    getvariable('data_source') || ':' || e.encounter_id AS encounter_id,
    e.person_id,
    lower(e.encounter_type) AS encounter_type,
    CASE WHEN nullif(trim(e.encounter_end_date), '') IS NOT NULL THEN 'finished' END AS status,
    e.encounter_start_date,
    e.encounter_end_date,
    CAST(NULL AS TIMESTAMP) AS started_at,
    CAST(NULL AS TIMESTAMP) AS ended_at,
    CAST(NULL AS TIMESTAMP) AS last_event_at,
    e.admit_source_code,
    e.discharge_disposition_code,
    who.npi AS attending_npi,
    place.npi AS facility_npi,
    CAST(NULL AS VARCHAR) AS facility_ccn,
    lower(e.primary_diagnosis_code_type) AS primary_diagnosis_code_type,
    upper(replace(trim(e.primary_diagnosis_code), '.', '')) AS primary_diagnosis_code,
    e.file_name,
    e.row_number
FROM landing.encounter AS e
LEFT JOIN (
    SELECT practitioner_id, min(npi) AS npi FROM landing.practitioner GROUP BY practitioner_id
) AS who ON who.practitioner_id = e.attending_provider_id
LEFT JOIN (
    SELECT location_id, min(npi) AS npi FROM landing.location GROUP BY location_id
) AS place ON place.location_id = e.facility_id
