-- patient: one row per Patient.
SELECT
    row_number,
    id AS patient_id,
    day(birthDate) AS birth_date,
    gender,
    coalesce(
        list_filter(race, lambda e: e.url = 'text')[1].valueString,
        list_filter(race, lambda e: e.url = 'ombCategory')[1].valueCoding.code
    ) AS race,
    day(deceasedDateTime) AS death_date,
    home.state AS state,
    home.country AS country,
    meta.lastUpdated AS last_updated,
    sensitivity(meta.security) AS sensitivity
FROM (
    SELECT
        *,
        list_filter(extension, lambda e: e.url = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race')[1].extension AS race,
        coalesce(list_filter(address, lambda a: coalesce(a.use, 'home') = 'home' AND a.period.end IS NULL)[1], address[1]) AS home
    FROM "Patient"
)
ORDER BY number
