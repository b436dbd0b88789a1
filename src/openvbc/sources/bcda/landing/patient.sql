-- patient: one row per Patient.
SELECT
    number,
    row_number,
    id AS patient_id,
    substr(birthDate, 1, 10) AS birth_date,
    gender,
    coalesce(
        list_filter(extended(extension, 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race').extension, lambda e: e.url = 'text')[1].valueString,
        extended(extension, 'https://bluebutton.cms.gov/resources/variables/race').valueCoding.code
    ) AS race,
    substr(deceasedDateTime, 1, 10) AS death_date,
    address[1].state AS state,
    name ->> '$[0].given[0]' AS given_name,
    name ->> '$[0].family' AS family_name,
    address[1].postalCode AS zip_code,
    sensitivity(meta.security) AS sensitivity,
    day(meta.lastUpdated) AS last_updated
FROM resource
WHERE kind = 'Patient'
ORDER BY number
