/* One row per Encounter. Its kind is told by the code of a type that says so, else by its class. Of
   an Encounter that came in several states the one that was updated last counts. */
SELECT
    getvariable('data_source') || ':' || e.id AS encounter_id,
    who.person_id,
    coalesce(
        (SELECT min(t.encounter_type) FROM map.visit_type AS t WHERE list_contains(e.type_codes, t.code)),
        c.encounter_type,
        'other'
    ) AS encounter_type,
    s.status,
    e.first_day AS encounter_start_date,
    e.last_day AS encounter_end_date,
    e.started_at,
    e.ended_at,
    CAST(NULL AS TIMESTAMP) AS last_event_at,
    e.admit_source_code,
    CASE
        WHEN regexp_full_match(e.discharge_disposition_code, '[0-9]') THEN '0' || e.discharge_disposition_code
        ELSE e.discharge_disposition_code
    END AS discharge_disposition_code,
    npi_of(e.attending, attending.npi) AS attending_npi,
    coalesce(npi_of(e.organization, organization.npi), npi_of(e.location, place.npi)) AS facility_npi,
    coalesce(organization_ccn.ccn, place_ccn.ccn) AS facility_ccn,
    d.code_type AS primary_diagnosis_code_type,
    d.code AS primary_diagnosis_code,
    e.sensitivity,
    e.file_name,
    e.row_number
FROM landing.encounter AS e
LEFT JOIN shared.who AS who USING (patient_id)
LEFT JOIN map.encounter_class AS c ON c.class_code = e.class_code
LEFT JOIN map.encounter_status AS s ON s.fhir_status = e.status
LEFT JOIN shared.npi AS attending ON attending.reference = e.attending
LEFT JOIN shared.npi AS organization ON organization.reference = e.organization
LEFT JOIN shared.npi AS place ON place.reference = e.location
LEFT JOIN shared.ccn AS organization_ccn ON organization_ccn.reference = e.organization
LEFT JOIN shared.ccn AS place_ccn ON place_ccn.reference = e.location
LEFT JOIN (
    SELECT id, min(code_type) AS code_type, min(code) AS code
    FROM landing.condition
    GROUP BY id
    HAVING count(DISTINCT code) = 1
) AS d ON d.id = e.diagnosis_id
QUALIFY e.last_updated IS NOT DISTINCT FROM max(e.last_updated) OVER (PARTITION BY e.id)
