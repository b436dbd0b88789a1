-- organization: one row per Organization.
SELECT
    row_number,
    id,
    npi(identifier) AS npi,
    coded_value(identifier, ['http://terminology.hl7.org/NamingSystem/CCN', 'http://hl7.org/fhir/sid/us-ccn', 'urn:oid:2.16.840.1.113883.4.336']) AS ccn,
    replace(coded_value(identifier, ['urn:oid:2.16.840.1.113883.4.4', 'http://hl7.org/fhir/sid/us-ein']), '-', '') AS tin,
    list_transform(identifier, lambda i: i.value) AS identifiers,
    name,
    meta.lastUpdated AS last_updated
FROM "Organization"
ORDER BY number
