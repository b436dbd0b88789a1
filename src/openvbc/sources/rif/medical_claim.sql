/* One row per line of a carrier, DME, inpatient, outpatient, SNF, HHA or hospice claim, by CLM_ID.
   A version stands from the week of processing; a record that is deleted, voided or no longer the
   final action is a cancellation. Revenue-centre payments are used where they add up to the claim's
   payment, else all of it stands on the first line. Allowed is paid, what the primary payer paid
   and what the beneficiary owes. Denied: on carrier claims a payment denial code of 0 or a
   processing indicator other than A, R or S, on institutional claims a non-payment reason. */
WITH who AS (
    SELECT b.bene_id, min(coalesce(m.person_id, n.person_id, b.bene_id)) AS person_id
    FROM (
        SELECT bene_id, mbi_num FROM landing.beneficiary
        UNION SELECT bene_id, mbi_num FROM landing.beneficiary_history
        UNION SELECT bene_id, NULL FROM landing.professional
        UNION SELECT bene_id, NULL FROM landing.institutional
    ) AS b
    LEFT JOIN earlier.person_identifier AS m
        ON m.identifier_type = 'mbi' AND m.identifier = b.mbi_num
    LEFT JOIN earlier.person_identifier AS n
        ON n.identifier_type = 'bene_id' AND n.identifier = b.bene_id
    GROUP BY b.bene_id
),

institutional AS (
    SELECT
        *,
        coalesce(TRY_CAST(i.nch_wkly_proc_dt AS DATE) - DATE '1970-01-01', 0) * 4
            + CASE i.dml_ind WHEN 'DELETE' THEN 3 WHEN 'UPDATE' THEN 2 ELSE 1 END AS version,
        row_number() OVER claim_lines AS place,
        coalesce(
            sum(TRY_CAST(cents(rev_cntr_pmt_amt_amt) AS BIGINT)) OVER claim
            = max(TRY_CAST(cents(clm_pmt_amt) AS BIGINT)) OVER claim,
            false
        ) AS lines_agree
    FROM landing.institutional AS i
    WINDOW
        claim AS (PARTITION BY clm_id, dml_ind, nch_wkly_proc_dt, file_name),
        claim_lines AS (
            PARTITION BY clm_id, dml_ind, nch_wkly_proc_dt, file_name
            ORDER BY TRY_CAST(clm_line_num AS INTEGER) NULLS LAST, row_number
        )
),

line AS (
    SELECT
        bene_id,
        clm_id,
        coalesce(TRY_CAST(p.nch_wkly_proc_dt AS DATE) - DATE '1970-01-01', 0) * 4
            + CASE p.dml_ind WHEN 'DELETE' THEN 3 WHEN 'UPDATE' THEN 2 ELSE 1 END AS version,
        dml_ind = 'DELETE' OR final_action = 'N' OR carr_clm_entry_cd = '3' OR clm_disp_cd = '61'
            AS is_cancel,
        dml_ind = 'UPDATE' OR carr_clm_entry_cd = '5' AS is_adjust,
        coalesce(nch_wkly_proc_dt, clm_thru_dt) AS effective_on,
        line_num AS claim_line_number,
        CASE WHEN nch_clm_type_cd IN ('81', '82') THEN 'dme' ELSE 'professional' END AS claim_type,
        clm_from_dt,
        clm_thru_dt,
        line_1st_expns_dt,
        line_last_expns_dt,
        NULL AS admission_date,
        NULL AS discharge_date,
        NULL AS discharge_disposition_code,
        line_place_of_srvc_cd AS place_of_service_code,
        NULL AS bill_type_code,
        NULL AS drg_code,
        NULL AS revenue_center_code,
        line_srvc_cnt AS units,
        hcpcs_cd,
        hcpcs_1st_mdfr_cd,
        hcpcs_2nd_mdfr_cd,
        coalesce(prf_physn_npi, prvdr_npi) AS rendering_npi,
        prvdr_spclty AS rendering_specialty_code,
        coalesce(carr_clm_blg_npi_num, org_npi_num, prvdr_npi) AS billing_npi,
        tax_num AS billing_tin,
        NULL AS facility_npi,
        NULL AS facility_ccn,
        cents(line_sbmtd_chrg_amt) AS charge_cents,
        cents(line_alowd_chrg_amt) AS allowed_cents,
        cents(line_nch_pmt_amt) AS paid_cents,
        NULL AS ime_cents,
        NULL AS dsh_cents,
        coalesce(carr_clm_pmt_dnl_cd = '0', false)
            OR coalesce(line_prcsg_ind_cd NOT IN ('A', 'R', 'S'), false) AS denied,
        file_name,
        row_number
    FROM landing.professional AS p
    UNION ALL
    SELECT
        bene_id,
        clm_id,
        version,
        dml_ind = 'DELETE' OR final_action = 'N' OR clm_freq_cd = '8',
        dml_ind = 'UPDATE' OR clm_freq_cd = '7',
        coalesce(nch_wkly_proc_dt, clm_thru_dt),
        clm_line_num,
        'institutional',
        clm_from_dt,
        clm_thru_dt,
        rev_cntr_dt,
        rev_cntr_dt,
        clm_admsn_dt,
        nch_bene_dscharg_dt,
        ptnt_dscharg_stus_cd,
        NULL,
        clm_fac_type_cd || clm_srvc_clsfctn_type_cd || clm_freq_cd,
        clm_drg_cd,
        rev_cntr,
        rev_cntr_unit_cnt,
        hcpcs_cd,
        hcpcs_1st_mdfr_cd,
        hcpcs_2nd_mdfr_cd,
        coalesce(rndrng_physn_npi, at_physn_npi),
        NULL,
        org_npi_num,
        NULL,
        org_npi_num,
        prvdr_num,
        cents(rev_cntr_tot_chrg_amt),
        CASE
            WHEN lines_agree
                THEN added([
                    rev_cntr_pmt_amt_amt, rev_cntr_cash_ddctbl_amt, rev_cntr_blood_ddctbl_amt,
                    rev_cntr_coinsrnc_wge_adjstd_c
                ])
            WHEN place > 1 THEN '0'
            ELSE added([
                clm_pmt_amt, nch_prmry_pyr_clm_pd_amt, nch_bene_ip_ddctbl_amt,
                nch_bene_pta_coinsrnc_lblty_am, nch_bene_blood_ddctbl_lblty_am,
                nch_bene_ptb_ddctbl_amt, nch_bene_ptb_coinsrnc_amt
            ])
        END,
        CASE
            WHEN lines_agree THEN cents(rev_cntr_pmt_amt_amt)
            WHEN place > 1 THEN '0'
            ELSE cents(clm_pmt_amt)
        END,
        CASE WHEN place = 1 THEN cents(ime_op_clm_val_amt) END,
        CASE WHEN place = 1 THEN added([dsh_op_clm_val_amt, clm_uncompd_care_pmt_amt]) END,
        clm_mdcr_non_pmt_rsn_cd IS NOT NULL,
        file_name,
        row_number
    FROM institutional
)

SELECT
    getvariable('data_source') || ':' || line.clm_id AS claim_key,
    version AS version_number,
    CASE WHEN is_cancel THEN 'cancel' WHEN is_adjust THEN 'adjust' ELSE 'original' END
        AS version_type,
    CASE WHEN is_cancel THEN -1 ELSE 1 END AS sign,
    effective_on,
    line.clm_id AS claim_id,
    claim_line_number,
    claim_type,
    coalesce(who.person_id, line.bene_id) AS person_id,
    clm_from_dt AS claim_start_date,
    clm_thru_dt AS claim_end_date,
    line_1st_expns_dt AS claim_line_start_date,
    line_last_expns_dt AS claim_line_end_date,
    admission_date,
    discharge_date,
    discharge_disposition_code,
    place_of_service_code,
    bill_type_code,
    drg_code,
    revenue_center_code,
    units AS service_unit_quantity,
    hcpcs_cd AS hcpcs_code,
    hcpcs_1st_mdfr_cd AS hcpcs_modifier_1,
    hcpcs_2nd_mdfr_cd AS hcpcs_modifier_2,
    rendering_npi,
    rendering_specialty_code,
    billing_npi,
    billing_tin,
    facility_npi,
    facility_ccn,
    effective_on AS paid_date,
    charge_cents,
    allowed_cents,
    paid_cents,
    ime_cents,
    dsh_cents,
    denied,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    line.file_name,
    line.row_number
FROM line
LEFT JOIN who ON who.bene_id = line.bene_id
