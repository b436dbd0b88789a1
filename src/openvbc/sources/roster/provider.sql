/* One row per NPI of the public NPPES file that is in force: a deactivated NPI without a later
   reactivation is no provider. NPPES names taxonomies, not the CMS specialty that pays. */
SELECT
    npi,
    CASE entity_type_code
        WHEN '2' THEN provider_organization_name
        ELSE concat_ws(', ', provider_last_name, provider_first_name)
    END AS name,
    CAST(NULL AS VARCHAR) AS specialty_code,
    CAST(NULL AS VARCHAR) AS tin,
    file_name,
    row_number
FROM landing.nppes
WHERE npi_deactivation_date IS NULL
    OR coalesce(npi_reactivation_date, '') >= npi_deactivation_date
