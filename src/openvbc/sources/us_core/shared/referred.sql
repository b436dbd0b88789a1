/* The NPI of a reference: what it says itself, else what was found. */
CREATE MACRO npi_of(reference, found) AS
    CASE WHEN starts_with(reference, 'npi:') THEN substr(reference, 5) ELSE found END;

/* An NPI for every way in which a resource may refer to a clinician or an organization. */
CREATE VIEW shared.npi AS
WITH referred AS (
    SELECT id, 'Practitioner' AS resource_type, identifiers, npi FROM landing.practitioner
    UNION ALL
    SELECT id, 'Organization', identifiers, npi FROM landing.organization
    UNION ALL
    SELECT id, 'Location', identifiers, npi FROM landing.location
),

named AS (
    SELECT resource_type || '/' || id AS reference, npi FROM referred
    UNION ALL
    SELECT id, npi FROM referred
    UNION ALL
    SELECT '?' || unnest(identifiers), npi FROM referred
    UNION ALL
    SELECT 'PractitionerRole/' || r.id, coalesce(r.npi, npi_of(r.practitioner, p.npi))
    FROM landing.practitioner_role AS r
    LEFT JOIN (
        SELECT 'Practitioner/' || id AS reference, npi FROM landing.practitioner
        UNION ALL
        SELECT '?' || unnest(identifiers), npi FROM landing.practitioner
    ) AS p ON p.reference = r.practitioner
)

SELECT reference, min(npi) AS npi
FROM named
WHERE npi IS NOT NULL
GROUP BY reference
HAVING count(DISTINCT npi) = 1;

/* The CCN of every organization or location that a resource may refer to. */
CREATE VIEW shared.ccn AS
WITH named AS (
    SELECT 'Organization/' || id AS reference, ccn FROM landing.organization
    UNION ALL SELECT 'Location/' || id, ccn FROM landing.location
    UNION ALL SELECT id, ccn FROM landing.organization
    UNION ALL SELECT id, ccn FROM landing.location
    UNION ALL SELECT '?' || unnest(identifiers), ccn FROM landing.organization
    UNION ALL SELECT '?' || unnest(identifiers), ccn FROM landing.location
)

SELECT reference, min(ccn) AS ccn
FROM named
WHERE ccn IS NOT NULL
GROUP BY reference
HAVING count(DISTINCT ccn) = 1;
