/* One row per choice in the opt-out file: about all claims, and about those for substance use. A
   record without Y or N makes no choice. */
SELECT
    'mbi' AS identifier_type,
    rtrim(bene_mbi_id) AS identifier,
    pref_efctv_dt AS effective_on,
    CASE pref_ind WHEN 'Y' THEN 'share' ELSE 'withhold' END AS preference,
    'all' AS scope,
    coalesce(rtrim(pref_src_cd), 'not given') AS source_code,
    pref_mchnsm_cd AS reason_code,
    delivered_on(file_name) AS received_on,
    file_name,
    row_number
FROM landing.opt_out
WHERE pref_ind IN ('Y', 'N')
UNION ALL
SELECT
    'mbi',
    rtrim(bene_mbi_id),
    sud_efctv_dt,
    CASE sud_pref_ind WHEN 'Y' THEN 'share' ELSE 'withhold' END,
    'substance use',
    coalesce(rtrim(sud_src_cd), 'not given'),
    sud_mchnsm_cd,
    delivered_on(file_name),
    file_name,
    row_number
FROM landing.opt_out
WHERE sud_pref_ind IN ('Y', 'N')
