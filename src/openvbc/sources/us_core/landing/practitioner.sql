-- practitioner: one row per Practitioner.
SELECT
    row_number,
    id,
    npi(identifier) AS npi,
    list_transform(identifier, lambda i: i.value) AS identifiers,
    coalesce(nullif(concat_ws(' ', array_to_string(name[1].given, ' '), name[1].family), ''), name[1].text) AS name,
    meta.lastUpdated AS last_updated
FROM "Practitioner"
ORDER BY number
