/* One row per provider number on institutional claims; its type follows the latest claim. */
SELECT
    prvdr_num AS ccn,
    CAST(NULL AS VARCHAR) AS name,
    CASE
        WHEN nch_clm_type_cd = '10' THEN 'home_health'
        WHEN nch_clm_type_cd IN ('20', '30') THEN 'snf'
        WHEN nch_clm_type_cd = '50' THEN 'hospice'
        WHEN clm_fac_type_cd || clm_srvc_clsfctn_type_cd = '71' THEN 'rhc'
        WHEN clm_fac_type_cd || clm_srvc_clsfctn_type_cd IN ('73', '77') THEN 'fqhc'
        WHEN clm_fac_type_cd || clm_srvc_clsfctn_type_cd = '85' THEN 'cah'
        ELSE 'hospital'
    END AS facility_type,
    CAST(NULL AS VARCHAR) AS tin,
    file_name,
    row_number
FROM landing.institutional
WHERE prvdr_num IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY prvdr_num ORDER BY clm_thru_dt DESC, clm_id, file_name, row_number
) = 1
