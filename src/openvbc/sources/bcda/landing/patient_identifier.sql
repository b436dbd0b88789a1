-- patient_identifier: one row per identifier of a Patient, its own id first.
SELECT number, row_number, id AS patient_id, 'bluebutton_patient_id' AS identifier_type, id AS identifier,
       CAST(NULL AS VARCHAR) AS first_day, CAST(NULL AS VARCHAR) AS last_day, true AS is_current
FROM resource
WHERE kind = 'Patient'
UNION ALL
SELECT
    number,
    row_number,
    patient_id,
    CASE i.system
        WHEN 'http://hl7.org/fhir/sid/us-mbi' THEN 'mbi'
        WHEN 'https://bluebutton.cms.gov/resources/identifier/mbi-hash' THEN 'mbi_hash'
        WHEN 'https://bluebutton.cms.gov/resources/identifier/hicn-hash' THEN 'hicn_hash'
        WHEN 'http://hl7.org/fhir/sid/us-medicare' THEN 'hicn'
    END AS identifier_type,
    i.value AS identifier,
    substr(i.period.start, 1, 10) AS first_day,
    substr(i.period.end, 1, 10) AS last_day,
    i.period.end IS NULL AND NOT coalesce(
        list_contains(flatten(list_transform(i.type.coding, lambda c: list_transform(c.extension, lambda e: e.valueCoding.code))), 'historic'),
        false
    ) AS is_current
FROM (SELECT number, row_number, id AS patient_id, unnest(identifier) AS i FROM resource WHERE kind = 'Patient')
WHERE i.value IS NOT NULL AND i.system IN (
    'http://hl7.org/fhir/sid/us-mbi',
    'https://bluebutton.cms.gov/resources/identifier/mbi-hash',
    'https://bluebutton.cms.gov/resources/identifier/hicn-hash',
    'http://hl7.org/fhir/sid/us-medicare'
)
