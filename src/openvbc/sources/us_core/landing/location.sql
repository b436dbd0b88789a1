-- location: one row per Location.
SELECT
    row_number,
    id,
    npi(identifier) AS npi,
    coded_value(identifier, ['http://terminology.hl7.org/NamingSystem/CCN', 'http://hl7.org/fhir/sid/us-ccn', 'urn:oid:2.16.840.1.113883.4.336']) AS ccn,
    list_transform(identifier, lambda i: i.value) AS identifiers,
    keyed(managingOrganization) AS organization,
    name,
    meta.lastUpdated AS last_updated
FROM "Location"
ORDER BY number
