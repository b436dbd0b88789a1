/* One row per NPI of a Practitioner, Organization or Location; a practitioner's taxpayer number is
   that of the organization of the role that was updated last. */
WITH seen AS (
    SELECT npi, name, NULL AS tin, last_updated, file_name, row_number FROM landing.practitioner
    UNION ALL
    SELECT npi, name, tin, last_updated, file_name, row_number FROM landing.organization
    UNION ALL
    SELECT npi, name, NULL, last_updated, file_name, row_number FROM landing.location
),

employer AS (
    SELECT n.npi, o.tin
    FROM landing.practitioner_role AS r
    JOIN shared.npi AS n ON n.reference = 'PractitionerRole/' || r.id
    JOIN (
        SELECT 'Organization/' || id AS reference, tin FROM landing.organization
        UNION ALL
        SELECT '?' || unnest(identifiers), tin FROM landing.organization
    ) AS o ON o.reference = r.organization
    WHERE o.tin IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY n.npi ORDER BY r.last_updated DESC NULLS LAST, o.tin
    ) = 1
)

SELECT
    s.npi,
    s.name,
    CAST(NULL AS VARCHAR) AS specialty_code,
    coalesce(s.tin, e.tin) AS tin,
    s.file_name,
    s.row_number
FROM seen AS s
LEFT JOIN employer AS e USING (npi)
WHERE s.npi IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY s.npi ORDER BY s.last_updated DESC NULLS LAST, s.tin NULLS LAST, s.file_name, s.row_number
) = 1
