/* One row per provider that has an NPI. */
SELECT
    npi,
    min(provider_name) AS name,
    CAST(NULL AS VARCHAR) AS specialty_code,
    CAST(NULL AS VARCHAR) AS tin,
    min(file_name) AS file_name,
    min(row_number) AS row_number
FROM landing.provider
WHERE npi IS NOT NULL
GROUP BY npi
