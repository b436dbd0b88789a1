/* One row per CCN of an Organization or Location; others have no certification number and stay in
   landing. */
WITH seen AS (
    SELECT ccn, name, tin, last_updated, 1 AS place, file_name, row_number FROM landing.organization
    UNION ALL
    SELECT ccn, name, NULL, last_updated, 2, file_name, row_number FROM landing.location
)

SELECT
    ccn,
    name,
    CAST(NULL AS VARCHAR) AS facility_type,
    tin,
    file_name,
    row_number
FROM seen
WHERE ccn IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY ccn ORDER BY place, last_updated DESC NULLS LAST, file_name, row_number
) = 1
