/* One row per practitioner and location that has an NPI. */
SELECT
    npi,
    min(name) AS name,
    CAST(NULL AS VARCHAR) AS specialty_code,
    CAST(NULL AS VARCHAR) AS tin,
    min(file_name) AS file_name,
    min(row_number) AS row_number
FROM (
    SELECT npi, nullif(concat_ws(', ', last_name, first_name), '') AS name, file_name, row_number
    FROM landing.practitioner
    UNION ALL
    SELECT npi, name, file_name, row_number FROM landing.location
)
WHERE nullif(trim(npi), '') IS NOT NULL
GROUP BY npi
