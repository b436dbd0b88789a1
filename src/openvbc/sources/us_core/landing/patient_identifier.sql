-- patient_identifier: one row per identifier of a Patient by which other sources may know the person.
SELECT
    row_number,
    patient_id,
    CASE
        WHEN i.system IN ('http://hl7.org/fhir/sid/us-mbi', 'urn:oid:2.16.840.1.113883.4.927') THEN 'mbi'
        WHEN i.system = 'http://hl7.org/fhir/sid/us-medicare' THEN 'hicn'
        WHEN kind = 'MB' THEN 'member_id'
        WHEN kind = 'SN' THEN 'subscriber_id'
        ELSE 'medical_record_number'
    END AS identifier_type,
    CASE
        WHEN i.system IN ('http://hl7.org/fhir/sid/us-mbi', 'urn:oid:2.16.840.1.113883.4.927') THEN upper(replace(i.value, '-', ''))
        WHEN kind = 'MR' THEN concat_ws(':', i.system, i.value)
        ELSE i.value
    END AS identifier,
    day(i.period.start) AS first_day,
    day(i.period.end) AS last_day,
    last_updated
FROM (
    SELECT
        number, row_number, patient_id, last_updated, i,
        list_filter(i.type.coding, lambda c: c.system IN ('http://terminology.hl7.org/CodeSystem/v2-0203', 'http://hl7.org/fhir/v2/0203'))[1].code AS kind
    FROM (
        SELECT number, row_number, id AS patient_id, meta.lastUpdated AS last_updated, unnest(identifier) AS i
        FROM "Patient"
    )
)
WHERE i.value IS NOT NULL
    -- numbers of passports, licences and social security are not taken
    AND (i.system IN ('http://hl7.org/fhir/sid/us-mbi', 'urn:oid:2.16.840.1.113883.4.927', 'http://hl7.org/fhir/sid/us-medicare') OR kind IN ('MR', 'MB', 'SN'))
ORDER BY number, identifier_type, identifier
