/* One row per line of each record of Parts A (CCLF1 and 2), B (CCLF5) and DME (CCLF6).

   Every record is a posting of its own: originals and adjustments add, cancellations take away
   (section 5.3.1). claim_key is the natural key (section 5.1.2), version_number tells the records
   of one claim apart and comes from the record's own identifier. A version stands from the day on
   which it was loaded into CMS's repository (section 3.4). Revenue-centre amounts count only where
   they add up to the header's; else the header's amount stands on the first line (section 3.5). A
   revenue centre whose header is not there has no claim and is set aside. */
WITH revenue_centre AS (
    SELECT
        c.*,
        delivery(c.file_name) AS delivery
    FROM landing.cclf2 AS c
),

admitted AS (
    SELECT
        delivery(c.file_name) AS delivery,
        c.cur_clm_uniq_id,
        min(c.clm_actv_care_from_dt) AS admission_date
    FROM landing.cclfa AS c
    GROUP BY ALL
),

institutional_line AS (
    SELECT
        h.*,
        a.admission_date,
        l.clm_line_num,
        l.clm_line_from_dt,
        l.clm_line_thru_dt,
        l.clm_line_prod_rev_ctr_cd,
        l.clm_line_hcpcs_cd,
        l.clm_line_srvc_unit_qty,
        l.hcpcs_1_mdfr_cd,
        l.hcpcs_2_mdfr_cd,
        l.clm_line_cvrd_pd_amt,
        coalesce(sum(l.clm_line_cvrd_pd_amt) OVER record = h.clm_pmt_amt, false) AS adds_up,
        row_number() OVER (
            PARTITION BY h.delivery, h.cur_clm_uniq_id, h.row_number
            ORDER BY l.clm_line_num, l.row_number
        ) = 1 AS is_first,
        coalesce(l.file_name, h.file_name) AS line_file,
        coalesce(l.row_number, h.row_number) AS line_row
    FROM shared.part_a AS h
    FULL JOIN revenue_centre AS l USING (delivery, cur_clm_uniq_id)
    LEFT JOIN admitted AS a USING (delivery, cur_clm_uniq_id)
    WINDOW record AS (PARTITION BY h.delivery, h.cur_clm_uniq_id, h.row_number)
),

noninstitutional AS (
    SELECT
        'B' AS part, 'professional' AS claim_type, cur_clm_uniq_id, clm_line_num, bene_mbi_id,
        clm_from_dt, clm_thru_dt, clm_prvdr_spclty_cd, clm_pos_cd, clm_line_from_dt,
        clm_line_thru_dt, clm_line_hcpcs_cd, clm_line_cvrd_pd_amt,
        rtrim(clm_rndrg_prvdr_tax_num) AS billing_tin,
        coalesce(clm_rndrg_prvdr_npi_num, rndrg_prvdr_npi_num) AS rendering_npi,
        CAST(NULL AS VARCHAR) AS billing_npi, clm_carr_pmt_dnl_cd, clm_prcsg_ind_cd,
        clm_adjsmt_type_cd, clm_efctv_dt, clm_idr_ld_dt, clm_cntl_num, clm_line_alowd_chrg_amt,
        clm_line_srvc_unit_qty, hcpcs_1_mdfr_cd, hcpcs_2_mdfr_cd,
        delivered_on(file_name) AS received_on, file_name, row_number
    FROM landing.cclf5
    UNION ALL
    SELECT
        'DME', 'dme', cur_clm_uniq_id, clm_line_num, bene_mbi_id,
        clm_from_dt, clm_thru_dt, NULL, clm_pos_cd, clm_line_from_dt,
        clm_line_thru_dt, clm_line_hcpcs_cd, clm_line_cvrd_pd_amt, NULL, NULL,
        coalesce(clm_blg_prvdr_npi_num, payto_prvdr_npi_num), clm_carr_pmt_dnl_cd, clm_prcsg_ind_cd,
        clm_adjsmt_type_cd, clm_efctv_dt, clm_idr_ld_dt, clm_cntl_num, clm_line_alowd_chrg_amt,
        NULL, NULL, NULL, delivered_on(file_name), file_name, row_number
    FROM landing.cclf6
)

SELECT
    claim_key,
    1 + cur_clm_uniq_id % 2147483646 AS version_number,
    adjustment.version_type,
    adjustment.sign,
    coalesce(clm_idr_ld_dt, clm_efctv_dt) AS effective_on,
    CAST(cur_clm_uniq_id AS VARCHAR) AS claim_id,
    coalesce(clm_line_num, 1) AS claim_line_number,
    'institutional' AS claim_type,
    person_id,
    clm_from_dt AS claim_start_date,
    clm_thru_dt AS claim_end_date,
    clm_line_from_dt AS claim_line_start_date,
    clm_line_thru_dt AS claim_line_end_date,
    CASE
        WHEN stay.claim_type_code IS NOT NULL THEN coalesce(admission_date, clm_from_dt)
    END AS admission_date,
    CASE
        WHEN stay.claim_type_code IS NOT NULL AND bene_ptnt_stus_cd <> '30' THEN clm_thru_dt
    END AS discharge_date,
    rtrim(bene_ptnt_stus_cd) AS discharge_disposition_code,
    CAST(NULL AS VARCHAR) AS place_of_service_code,
    clm_bill_fac_type_cd || clm_bill_clsfctn_cd || clm_bill_freq_cd AS bill_type_code,
    right(rtrim(dgns_drg_cd), 3) AS drg_code,
    rtrim(clm_line_prod_rev_ctr_cd) AS revenue_center_code,
    CAST(clm_line_srvc_unit_qty AS DECIMAL(18, 3)) AS service_unit_quantity,
    rtrim(clm_line_hcpcs_cd) AS hcpcs_code,
    rtrim(hcpcs_1_mdfr_cd) AS hcpcs_modifier_1,
    rtrim(hcpcs_2_mdfr_cd) AS hcpcs_modifier_2,
    coalesce(clm_atndg_prvdr_npi_num, atndg_prvdr_npi_num) AS rendering_npi,
    CAST(NULL AS VARCHAR) AS rendering_specialty_code,
    coalesce(clm_blg_prvdr_npi_num, fac_prvdr_npi_num) AS billing_npi,
    CAST(NULL AS VARCHAR) AS billing_tin,
    coalesce(clm_blg_prvdr_npi_num, fac_prvdr_npi_num) AS facility_npi,
    oscar AS facility_ccn,
    clm_efctv_dt AS paid_date,
    CASE WHEN is_first THEN clm_mdcr_instnl_tot_chrg_amt ELSE 0 END AS charge_cents,
    CAST(NULL AS BIGINT) AS allowed_cents,
    CASE
        WHEN adds_up THEN coalesce(clm_line_cvrd_pd_amt, 0)
        WHEN is_first THEN clm_pmt_amt
        ELSE 0
    END AS paid_cents,
    CASE
        WHEN is_first
            THEN coalesce(clm_mdcr_ip_pps_cptl_ime_amt, 0) + coalesce(clm_oprtnl_ime_amt, 0)
        ELSE 0
    END AS ime_cents,
    CASE
        WHEN is_first
            THEN coalesce(clm_mdcr_ip_pps_dsprprtnt_amt, 0) + coalesce(clm_hipps_uncompd_care_amt, 0)
                + coalesce(clm_oprtnl_dsprprtnt_amt, 0)
        ELSE 0
    END AS dsh_cents,
    clm_mdcr_npmt_rsn_cd IS NOT NULL AS denied,
    true AS debit_credit,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    received_on,
    line_file AS file_name,
    line_row AS row_number
FROM institutional_line
LEFT JOIN map.adjustment_type AS adjustment ON adjustment.code = trim(clm_adjsmt_type_cd)
LEFT JOIN map.inpatient_claim_type AS stay ON stay.claim_type_code = clm_type_cd
UNION ALL
SELECT
    concat_ws(':', 'cclf', part, rtrim(clm_cntl_num), coalesce(m.person_id, rtrim(bene_mbi_id))),
    1 + cur_clm_uniq_id % 2147483646,
    adjustment.version_type,
    adjustment.sign,
    coalesce(clm_idr_ld_dt, clm_efctv_dt),
    CAST(cur_clm_uniq_id AS VARCHAR),
    clm_line_num,
    claim_type,
    coalesce(m.person_id, rtrim(bene_mbi_id)),
    clm_from_dt,
    clm_thru_dt,
    clm_line_from_dt,
    clm_line_thru_dt,
    NULL,
    NULL,
    NULL,
    rtrim(clm_pos_cd),
    NULL,
    NULL,
    NULL,
    CAST(clm_line_srvc_unit_qty AS DECIMAL(18, 3)),
    rtrim(clm_line_hcpcs_cd),
    rtrim(hcpcs_1_mdfr_cd),
    rtrim(hcpcs_2_mdfr_cd),
    rendering_npi,
    rtrim(clm_prvdr_spclty_cd),
    billing_npi,
    billing_tin,
    NULL,
    NULL,
    clm_efctv_dt,
    NULL,
    clm_line_alowd_chrg_amt,
    clm_line_cvrd_pd_amt,
    0,
    0,
    coalesce(denial.code IS NOT NULL OR processing.is_allowed = 'no', false),
    true,
    'CMS',
    'Original Medicare',
    'medicare',
    received_on,
    file_name,
    row_number
FROM noninstitutional
LEFT JOIN shared.mbi AS m ON m.mbi = rtrim(bene_mbi_id)
LEFT JOIN map.adjustment_type AS adjustment ON adjustment.code = trim(clm_adjsmt_type_cd)
LEFT JOIN map.carrier_denial AS denial ON denial.code = trim(clm_carr_pmt_dnl_cd)
LEFT JOIN map.processing_indicator AS processing ON processing.code = trim(clm_prcsg_ind_cd)
