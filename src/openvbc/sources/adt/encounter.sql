/* One visit as its messages leave it: the last event that sets a status decides it, and each other
   value is the last that a message gave. What earlier loads knew counts as one more message, at the
   moment of its last event, so that the order in which messages arrive changes nothing. Only the
   visits that the messages name are looked up: a message must not cost all that were before. */
WITH said AS (
    SELECT
        i.visit_id AS encounter_id,
        i.person_id,
        c.encounter_type,
        e.status,
        CAST(i.event_at AS TIMESTAMP) AS event_at,
        CAST(i.event_at AS TIMESTAMP) AS first_at,
        CAST(coalesce(
            i.admitted_at, CASE WHEN i.event_type IN ('A01', 'A04', 'A05') THEN i.event_at END
        ) AS TIMESTAMP) AS started_at,
        CAST(CASE
            WHEN i.event_type = 'A03' THEN coalesce(i.discharged_at, i.event_at)
        END AS TIMESTAMP) AS ended_at,
        i.admit_source_code,
        i.discharge_disposition_code,
        i.attending_npi,
        i.diagnosis_system,
        i.diagnosis_code,
        CASE i.is_protected WHEN 'true' THEN 'restricted' END AS sensitivity,
        i.file_name,
        i.row_number
    FROM shared.identified AS i
    JOIN map.event_status AS e ON e.event_type = i.event_type
    LEFT JOIN map.patient_class AS c ON c.patient_class = i.patient_class
    WHERE i.event_type <> 'A40'
    UNION ALL
    SELECT
        k.encounter_id,
        k.person_id,
        k.encounter_type,
        k.status,
        k.last_event_at,
        CAST(k.encounter_start_date AS TIMESTAMP) AS first_at,
        k.started_at,
        k.ended_at,
        k.admit_source_code,
        k.discharge_disposition_code,
        k.attending_npi,
        k.primary_diagnosis_code_type,
        k.primary_diagnosis_code,
        k.sensitivity,
        NULL AS file_name,
        NULL AS row_number
    FROM earlier.encounter AS k
    WHERE k.last_event_at IS NOT NULL AND k.encounter_id IN (SELECT visit_id FROM shared.identified)
),

folded AS (
    SELECT
        encounter_id,
        last(person_id ORDER BY event_at, file_name NULLS FIRST, row_number) AS person_id,
        last(encounter_type ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (encounter_type IS NOT NULL) AS encounter_type,
        last(status ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (status IS NOT NULL) AS status,
        max(event_at) AS last_event_at,
        last(started_at ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (started_at IS NOT NULL) AS started_at,
        min(first_at) AS first_at,
        last(ended_at ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (ended_at IS NOT NULL) AS ended_at,
        last(admit_source_code ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (admit_source_code IS NOT NULL)
            AS admit_source_code,
        last(discharge_disposition_code ORDER BY event_at, file_name NULLS FIRST, row_number)
            FILTER (discharge_disposition_code IS NOT NULL) AS discharge_disposition_code,
        last(attending_npi ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (attending_npi IS NOT NULL) AS attending_npi,
        last(diagnosis_system ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (diagnosis_code IS NOT NULL)
            AS primary_diagnosis_code_type,
        last(diagnosis_code ORDER BY event_at, file_name NULLS FIRST, row_number) FILTER (diagnosis_code IS NOT NULL)
            AS primary_diagnosis_code,
        string_agg(DISTINCT sensitivity, ';' ORDER BY sensitivity) AS sensitivity,
        max(file_name) AS file_name,
        max(row_number) FILTER (file_name IS NOT NULL) AS row_number
    FROM said
    GROUP BY encounter_id
)

SELECT
    encounter_id,
    person_id,
    coalesce(encounter_type, 'other') AS encounter_type,
    status,
    CAST(coalesce(started_at, first_at) AS DATE) AS encounter_start_date,
    CASE WHEN status = 'finished' THEN CAST(ended_at AS DATE) END AS encounter_end_date,
    started_at,
    CASE WHEN status = 'finished' THEN ended_at END AS ended_at,
    admit_source_code,
    discharge_disposition_code,
    attending_npi,
    CAST(NULL AS VARCHAR) AS facility_npi,
    CAST(NULL AS VARCHAR) AS facility_ccn,
    last_event_at,
    primary_diagnosis_code_type,
    primary_diagnosis_code,
    sensitivity,
    file_name,
    row_number
FROM folded
WHERE file_name IS NOT NULL
