/* One row per record of Part D (CCLF7). Each month's file holds final records only, so a later
   record of the same natural key (section 5.1.2) replaces the earlier one; a deletion is a
   cancellation of 0 dollars without a drug code (section 3.3). CCLF7 says what the patient paid and
   not what the plan paid: paid_cents is empty. version_number is the day, the kind of record and a
   remainder of the record's identifier, so that records sort by day and no two are alike. */
SELECT
    concat_ws(
        ':', 'cclf', 'D', clm_line_from_dt, rtrim(prvdr_srvc_id_qlfyr_cd),
        rtrim(clm_srvc_prvdr_gnrc_id_num), coalesce(clm_dspnsng_stus_cd, ''),
        rtrim(clm_line_rx_srvc_rfrnc_num), rtrim(clm_line_rx_fill_num)
    ) AS claim_key,
    (date_diff('day', DATE '1990-01-01', coalesce(clm_idr_ld_dt, clm_efctv_dt)) * 3
        + CAST(adjustment.place AS INTEGER)) * 16384 + cur_clm_uniq_id % 16384 AS version_number,
    adjustment.version_type,
    adjustment.sign,
    coalesce(clm_idr_ld_dt, clm_efctv_dt) AS effective_on,
    CAST(cur_clm_uniq_id AS VARCHAR) AS claim_id,
    1 AS claim_line_number,
    coalesce(m.person_id, rtrim(bene_mbi_id)) AS person_id,
    clm_line_from_dt AS dispensing_date,
    rtrim(clm_line_ndc_cd) AS ndc_code,
    CAST(clm_line_srvc_unit_qty AS DECIMAL(18, 3)) AS quantity,
    clm_line_days_suply_qty AS days_supply,
    CASE
        WHEN rtrim(prvdr_prsbng_id_qlfyr_cd) = '01' THEN rtrim(clm_prsbng_prvdr_gnrc_id_num)
    END AS prescribing_npi,
    CASE
        WHEN rtrim(prvdr_srvc_id_qlfyr_cd) = '01' THEN rtrim(clm_srvc_prvdr_gnrc_id_num)
    END AS dispensing_npi,
    clm_efctv_dt AS paid_date,
    CAST(NULL AS BIGINT) AS charge_cents,
    CAST(NULL AS BIGINT) AS allowed_cents,
    CAST(NULL AS BIGINT) AS paid_cents,
    'CMS' AS payer,
    'Medicare Part D' AS plan,
    'medicare' AS line_of_business,
    delivered_on(file_name) AS received_on,
    file_name,
    row_number
FROM landing.cclf7
LEFT JOIN shared.mbi AS m ON m.mbi = rtrim(bene_mbi_id)
LEFT JOIN map.adjustment_type AS adjustment ON adjustment.code = trim(clm_adjsmt_type_cd)
