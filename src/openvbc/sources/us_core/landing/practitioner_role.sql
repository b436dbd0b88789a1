-- practitioner_role: one row per PractitionerRole.
SELECT
    row_number,
    id,
    npi(identifier) AS npi,
    keyed(practitioner) AS practitioner,
    keyed(organization) AS organization,
    coded_in(all_codings(specialty), ['http://nucc.org/provider-taxonomy']) AS taxonomy_code,
    meta.lastUpdated AS last_updated
FROM "PractitionerRole"
ORDER BY number
