/* One row per clinician on carrier and DME claims, as the latest claim names specialty and TIN. */
SELECT
    coalesce(prf_physn_npi, prvdr_npi) AS npi,
    CAST(NULL AS VARCHAR) AS name,
    prvdr_spclty AS specialty_code,
    tax_num AS tin,
    file_name,
    row_number
FROM landing.professional
WHERE coalesce(prf_physn_npi, prvdr_npi) IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY coalesce(prf_physn_npi, prvdr_npi)
    ORDER BY clm_thru_dt DESC, clm_id, TRY_CAST(line_num AS INTEGER), file_name, row_number
) = 1
