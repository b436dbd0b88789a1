/* One row per billing provider and per clinician who renders care, as claims name them. */
WITH told AS (
    SELECT
        billing_npi AS npi,
        billing_name AS name,
        billing_taxonomy AS taxonomy_code,
        billing_tin AS tin,
        1 AS preference,
        submitted_on,
        file_name,
        row_number
    FROM landing.claim
    UNION ALL
    SELECT
        rendering_npi, rendering_name, rendering_taxonomy, billing_tin, 2, submitted_on,
        file_name, row_number
    FROM landing.claim
)

SELECT t.npi, t.name, x.specialty_code, t.tin, t.file_name, t.row_number
FROM told AS t
LEFT JOIN map.taxonomy AS x ON t.taxonomy_code = x.taxonomy_code
WHERE t.npi IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY t.npi
    ORDER BY t.preference, t.submitted_on DESC NULLS LAST, t.file_name, t.row_number
) = 1
