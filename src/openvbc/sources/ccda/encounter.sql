/* One visit: of the encounters section, of the document's header, or both. */
WITH coded AS (
    SELECT file_name, row_number, unnest(string_split(codings, ' ')) AS coding
    FROM shared.statement
    WHERE kind = 'encounter'
),

typed AS (
    SELECT c.file_name, c.row_number, first(m.encounter_type ORDER BY m.preference, m.coding)
        AS encounter_type
    FROM coded AS c
    JOIN map.encounter_class AS m ON m.coding = c.coding
    GROUP BY c.file_name, c.row_number
),

diagnosed AS (
    SELECT encounter_id, person_id,
        first(code_type ORDER BY file_name, row_number) AS code_type,
        first(upper(replace(code, '.', '')) ORDER BY file_name, row_number) AS code
    FROM shared.statement
    WHERE kind = 'condition' AND context = 'encounter diagnosis' AND negated = 'false'
        AND code IS NOT NULL AND code_type IS NOT NULL AND encounter_id IS NOT NULL
        AND coalesce(status, '') <> 'nullified'
    GROUP BY encounter_id, person_id
),

said AS (
    SELECT
        s.*,
        t.encounter_type,
        CASE WHEN s.status IS NULL AND s.ended IS NOT NULL THEN 'finished' ELSE a.encounter END
            AS said_status
    FROM shared.statement AS s
    LEFT JOIN typed AS t ON t.file_name = s.file_name AND t.row_number = s.row_number
    LEFT JOIN map.act_status AS a ON a.code = s.status
    WHERE s.kind = 'encounter' AND s.mood = 'EVN' AND s.negated = 'false'
),

folded AS (
    SELECT
        record_id,
        person_id,
        first(encounter_type ORDER BY row_number) FILTER (encounter_type IS NOT NULL)
            AS encounter_type,
        first(said_status ORDER BY row_number) FILTER (said_status IS NOT NULL) AS status,
        first(started ORDER BY row_number) FILTER (started IS NOT NULL) AS started,
        first(ended ORDER BY row_number) FILTER (ended IS NOT NULL) AS ended,
        first(started_at ORDER BY row_number) FILTER (started_at IS NOT NULL) AS started_at,
        first(ended_at ORDER BY row_number) FILTER (ended_at IS NOT NULL) AS ended_at,
        first(discharge_disposition_code ORDER BY row_number)
            FILTER (discharge_disposition_code IS NOT NULL) AS discharge_disposition_code,
        first(npi ORDER BY row_number) FILTER (npi IS NOT NULL) AS npi,
        first(facility_npi ORDER BY row_number) FILTER (facility_npi IS NOT NULL) AS facility_npi,
        first(facility_ccn ORDER BY row_number) FILTER (facility_ccn IS NOT NULL) AS facility_ccn,
        max(sensitivity) AS sensitivity,
        max(file_name) AS file_name,
        min(row_number) AS row_number
    FROM said
    GROUP BY record_id, person_id
)

SELECT
    f.record_id AS encounter_id,
    f.person_id,
    coalesce(f.encounter_type, 'other') AS encounter_type,
    f.status,
    f.started AS encounter_start_date,
    f.ended AS encounter_end_date,
    f.started_at,
    f.ended_at,
    CAST(NULL AS VARCHAR) AS admit_source_code,
    f.discharge_disposition_code,
    f.npi AS attending_npi,
    f.facility_npi,
    f.facility_ccn,
    d.code_type AS primary_diagnosis_code_type,
    CAST(NULL AS VARCHAR) AS last_event_at,
    d.code AS primary_diagnosis_code,
    f.sensitivity,
    f.file_name,
    f.row_number
FROM folded AS f
LEFT JOIN diagnosed AS d ON d.encounter_id = f.record_id AND d.person_id = f.person_id
