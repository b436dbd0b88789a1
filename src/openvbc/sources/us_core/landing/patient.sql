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
    called.given[1] AS given_name,
    called.family AS family_name,
    home.postalCode AS zip_code,
    phone_hash(list_filter(telecom, lambda t: t.system = 'phone' AND coalesce(t.use, 'home') IN ('home', 'mobile') AND t.period.end IS NULL)[1].value) AS phone_hash,
    meta.lastUpdated AS last_updated,
    sensitivity(meta.security) AS sensitivity
FROM (
    SELECT
        *,
        list_filter(extension, lambda e: e.url = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race')[1].extension AS race,
        coalesce(list_filter(address, lambda a: coalesce(a.use, 'home') = 'home' AND a.period.end IS NULL)[1], address[1]) AS home,
        coalesce(
            list_filter(name, lambda n: n.use = 'official' AND n.period.end IS NULL)[1],
            list_filter(name, lambda n: coalesce(n.use, 'usual') = 'usual' AND n.period.end IS NULL)[1],
            name[1]
        ) AS called
    FROM "Patient"
)
ORDER BY number
