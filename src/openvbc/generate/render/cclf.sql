-- The tables of a population as CCLF records: one table per file, its columns named as the fields,
-- amounts in cents, and `month`, the month of the delivery that brings the record.
-- Months after the last month of service bring run-out files.
CREATE TEMP VIEW medicare_claim AS
SELECT * FROM medical_claim WHERE line_of_business = 'medicare';

CREATE TEMP TABLE last_month AS
SELECT max(date_trunc('month', claim_end_date))::DATE AS last_month FROM medicare_claim;

-- Every month that a delivery is made for: each with people enrolled, then those with late claims.
CREATE TEMP TABLE delivery AS
SELECT month, month > (SELECT last_month FROM last_month) AS is_run_out
FROM (
    SELECT unnest(generate_series(
        (SELECT min(date_trunc('month', claim_start_date)) FROM medicare_claim),
        (SELECT max(date_trunc('month', effective_on)) FROM (
            SELECT effective_on FROM medicare_claim UNION ALL SELECT effective_on FROM pharmacy_claim
        )),
        INTERVAL 1 MONTH
    ))::DATE AS month
);

-- Each person's number in each delivery: that of the delivery's last day. A person of whom the
-- payer came to know late is in the lists from that month on.
CREATE TEMP TABLE named AS
SELECT p.*, d.month AS delivered, d.is_run_out, i.identifier AS mbi,
       coalesce(d.month >= date_trunc('month', c.known_on), TRUE) AS is_known
FROM person p
CROSS JOIN delivery d
JOIN person_identifier i ON i.person_id = p.person_id
 AND (i.first_day <= last_day(d.month) OR NOT EXISTS (
     SELECT 1 FROM person_identifier e
     WHERE e.person_id = i.person_id AND e.first_day < i.first_day))
 AND coalesce(i.last_day >= last_day(d.month), TRUE)
LEFT JOIN coverage_change c ON c.person_id = p.person_id;

CREATE TEMP TABLE span AS
SELECT * FROM eligibility
WHERE payer = 'CMS' AND line_of_business = 'medicare' AND NOT coalesce(medicare_advantage, FALSE);

-- Monthly files list who is in Original Medicare on the first day; run-out files list everybody
-- who ever was, so that late claims have somebody to belong to.
CREATE TEMP TABLE cclf8 AS
SELECT n.delivered AS month, n.mbi AS bene_mbi_id,
       left(n.county_fips, 2) AS bene_fips_state_cd, substr(n.county_fips, 3, 3) AS bene_fips_cnty_cd,
       n.birth_date AS bene_dob,
       CASE n.sex WHEN 'male' THEN '1' WHEN 'female' THEN '2' ELSE '0' END AS bene_sex_cd,
       CASE n.race WHEN 'white' THEN '1' WHEN 'black' THEN '2' WHEN 'other' THEN '3'
            WHEN 'asian' THEN '4' WHEN 'hispanic' THEN '5' ELSE '0' END AS bene_race_cd,
       s.medicare_status_code AS bene_mdcr_stus_cd, s.dual_status_code AS bene_dual_stus_cd,
       CASE WHEN n.death_date < n.delivered + INTERVAL 1 MONTH THEN n.death_date END
           AS bene_death_dt,
       s.original_reason_entitlement_code AS bene_orgnl_entlmt_rsn_cd,
       CASE WHEN s.part_a AND s.part_b THEN '3' WHEN s.part_a THEN '1' WHEN s.part_b THEN '2'
            ELSE '0' END AS bene_entlmt_buyin_ind,
       n.state AS geo_usps_state_cd
FROM named n JOIN span s USING (person_id)
WHERE CASE WHEN n.is_run_out
           THEN s.enrollment_start_date = (SELECT max(t.enrollment_start_date) FROM span t
                                           WHERE t.person_id = n.person_id)
           ELSE n.is_known AND n.delivered BETWEEN s.enrollment_start_date
                AND coalesce(s.enrollment_end_date, DATE '9999-12-31') END;

CREATE TEMP TABLE cclf9 AS
SELECT n.delivered AS month, 'M' AS hicn_mbi_xref_ind, n.mbi AS crnt_num,
       i.identifier AS prvs_num, i.first_day AS prvs_id_efctv_dt, i.last_day AS prvs_id_obslt_dt
FROM named n JOIN person_identifier i USING (person_id)
WHERE i.last_day < last_day(n.delivered) AND n.is_known;

-- Every version of a claim is a record of its own, numbered as CMS numbers claims.
CREATE TEMP TABLE version AS
SELECT v.*, 1000000000000 + row_number() OVER (ORDER BY claim_key, version_number)
           AS cur_clm_uniq_id,
       dense_rank() OVER (ORDER BY claim_key) AS claim_number,
       CASE version_type WHEN 'original' THEN '0' WHEN 'cancel' THEN '1' ELSE '2' END
           AS clm_adjsmt_type_cd,
       least(greatest(date_trunc('month', effective_on), date_trunc('month', known_on),
                      (SELECT min(month) FROM delivery)),
             (SELECT max(month) FROM delivery))::DATE AS month
FROM (
    SELECT DISTINCT claim_key, version_number, version_type, effective_on, person_id
    FROM medicare_claim
    UNION ALL
    SELECT DISTINCT claim_key, version_number, version_type, effective_on, person_id
    FROM pharmacy_claim WHERE line_of_business = 'medicare'
) v LEFT JOIN coverage_change USING (person_id);

CREATE TEMP TABLE recorded AS
SELECT v.*, n.mbi AS bene_mbi_id
FROM version v JOIN named n ON n.person_id = v.person_id AND n.delivered = v.month;

CREATE TEMP TABLE cclf2 AS
SELECT r.month, r.cur_clm_uniq_id, c.claim_line_number AS clm_line_num, r.bene_mbi_id,
       c.claim_line_start_date AS clm_line_from_dt, c.claim_line_end_date AS clm_line_thru_dt,
       c.revenue_center_code AS clm_line_prod_rev_ctr_cd, c.claim_line_start_date
           AS clm_line_instnl_rev_ctr_dt,
       c.hcpcs_code AS clm_line_hcpcs_cd, c.claim_start_date AS clm_from_dt,
       c.claim_end_date AS clm_thru_dt, c.service_unit_quantity AS clm_line_srvc_unit_qty,
       c.paid_cents AS clm_line_cvrd_pd_amt, c.hcpcs_modifier_1 AS hcpcs_1_mdfr_cd,
       c.hcpcs_modifier_2 AS hcpcs_2_mdfr_cd, c.facility_ccn AS clm_fac_prvdr_oscar_num
FROM recorded r JOIN medicare_claim c USING (claim_key, version_number)
WHERE c.claim_type = 'institutional';

CREATE TEMP TABLE cclf1 AS
SELECT r.month, r.cur_clm_uniq_id, r.bene_mbi_id,
       CASE left(c.bill_type_code, 2) WHEN '11' THEN '60' WHEN '21' THEN '20' WHEN '32' THEN '10'
            WHEN '81' THEN '50' ELSE '40' END AS clm_type_cd,
       c.claim_start_date AS clm_from_dt, c.claim_end_date AS clm_thru_dt,
       left(c.bill_type_code, 1) AS clm_bill_fac_type_cd,
       substr(c.bill_type_code, 2, 1) AS clm_bill_clsfctn_cd,
       substr(c.bill_type_code, 3, 1) AS clm_bill_freq_cd,
       CASE WHEN bool_and(coalesce(c.denied, FALSE)) THEN 'N' END AS clm_mdcr_npmt_rsn_cd,
       sum(c.paid_cents)::BIGINT AS clm_pmt_amt,
       c.discharge_disposition_code AS bene_ptnt_stus_cd, lpad(c.drg_code, 4, '0') AS dgns_drg_cd,
       r.clm_adjsmt_type_cd, min(c.paid_date) AS clm_efctv_dt, r.effective_on AS clm_idr_ld_dt,
       sum(c.charge_cents)::BIGINT AS clm_mdcr_instnl_tot_chrg_amt,
       sum(c.ime_cents)::BIGINT AS clm_oprtnl_ime_amt, sum(c.dsh_cents)::BIGINT
           AS clm_oprtnl_dsprprtnt_amt,
       c.facility_ccn AS clm_blg_prvdr_oscar_num, c.facility_npi AS clm_blg_prvdr_npi_num,
       c.rendering_npi AS clm_atndg_prvdr_npi_num, r.claim_key AS clm_cntl_num
FROM recorded r JOIN medicare_claim c USING (claim_key, version_number)
WHERE c.claim_type = 'institutional'
GROUP BY ALL;

CREATE TEMP TABLE cclf3 AS
SELECT r.month, r.cur_clm_uniq_id, r.bene_mbi_id, p.sequence AS clm_val_sqnc_num,
       p.code AS clm_prcdr_cd, p.procedure_date AS clm_prcdr_prfrm_dt, '0' AS dgns_prcdr_icd_ind
FROM recorded r JOIN procedure p USING (claim_key, version_number);

CREATE TEMP TABLE cclf4 AS
SELECT r.month, r.cur_clm_uniq_id, r.bene_mbi_id, 'D' AS clm_prod_type_cd,
       d.sequence AS clm_val_sqnc_num, d.code AS clm_dgns_cd,
       d.present_on_admission AS clm_poa_ind, '0' AS dgns_prcdr_icd_ind
FROM recorded r JOIN diagnosis d USING (claim_key, version_number)
WHERE r.cur_clm_uniq_id IN (SELECT cur_clm_uniq_id FROM cclf1);

CREATE TEMP TABLE coded AS
SELECT claim_key, version_number,
       max(code) FILTER (sequence = 1) AS clm_dgns_1_cd,
       max(code) FILTER (sequence = 2) AS clm_dgns_2_cd,
       max(code) FILTER (sequence = 3) AS clm_dgns_3_cd
FROM diagnosis GROUP BY ALL;

CREATE TEMP TABLE cclf5 AS
SELECT r.month, r.cur_clm_uniq_id, c.claim_line_number AS clm_line_num, r.bene_mbi_id,
       '71' AS clm_type_cd, c.claim_start_date AS clm_from_dt, c.claim_end_date AS clm_thru_dt,
       c.rendering_specialty_code AS clm_prvdr_spclty_cd, c.place_of_service_code AS clm_pos_cd,
       c.claim_line_start_date AS clm_line_from_dt, c.claim_line_end_date AS clm_line_thru_dt,
       c.hcpcs_code AS clm_line_hcpcs_cd, c.paid_cents AS clm_line_cvrd_pd_amt,
       c.billing_tin AS clm_rndrg_prvdr_tax_num, c.rendering_npi AS rndrg_prvdr_npi_num,
       '1' AS clm_carr_pmt_dnl_cd, CASE WHEN c.denied THEN 'C' ELSE 'A' END AS clm_prcsg_ind_cd,
       r.clm_adjsmt_type_cd, c.paid_date AS clm_efctv_dt, r.effective_on AS clm_idr_ld_dt,
       r.claim_key AS clm_cntl_num, c.allowed_cents AS clm_line_alowd_chrg_amt,
       c.service_unit_quantity AS clm_line_srvc_unit_qty, c.hcpcs_modifier_1 AS hcpcs_1_mdfr_cd,
       c.hcpcs_modifier_2 AS hcpcs_2_mdfr_cd, '0' AS dgns_prcdr_icd_ind,
       clm_dgns_1_cd, clm_dgns_2_cd, clm_dgns_3_cd, c.rendering_npi AS clm_rndrg_prvdr_npi_num
FROM recorded r
JOIN medicare_claim c USING (claim_key, version_number)
LEFT JOIN coded USING (claim_key, version_number)
WHERE c.claim_type = 'professional';

CREATE TEMP TABLE cclf6 AS
SELECT r.month, r.cur_clm_uniq_id, c.claim_line_number AS clm_line_num, r.bene_mbi_id,
       '82' AS clm_type_cd, c.claim_start_date AS clm_from_dt, c.claim_end_date AS clm_thru_dt,
       c.place_of_service_code AS clm_pos_cd, c.claim_line_start_date AS clm_line_from_dt,
       c.claim_line_end_date AS clm_line_thru_dt, c.hcpcs_code AS clm_line_hcpcs_cd,
       c.paid_cents AS clm_line_cvrd_pd_amt, c.billing_npi AS payto_prvdr_npi_num,
       '1' AS clm_carr_pmt_dnl_cd, CASE WHEN c.denied THEN 'C' ELSE 'A' END AS clm_prcsg_ind_cd,
       r.clm_adjsmt_type_cd, c.paid_date AS clm_efctv_dt, r.effective_on AS clm_idr_ld_dt,
       r.claim_key AS clm_cntl_num, c.allowed_cents AS clm_line_alowd_chrg_amt,
       c.billing_npi AS clm_blg_prvdr_npi_num
FROM recorded r JOIN medicare_claim c USING (claim_key, version_number)
WHERE c.claim_type = 'dme';

CREATE TEMP TABLE cclf7 AS
SELECT r.month, r.cur_clm_uniq_id, r.bene_mbi_id,
       CASE WHEN r.version_type <> 'cancel' THEN c.ndc_code END AS clm_line_ndc_cd,
       '01' AS clm_type_cd, c.dispensing_date AS clm_line_from_dt, '01' AS prvdr_srvc_id_qlfyr_cd,
       c.dispensing_npi AS clm_srvc_prvdr_gnrc_id_num, c.quantity AS clm_line_srvc_unit_qty,
       c.days_supply AS clm_line_days_suply_qty, '01' AS prvdr_prsbng_id_qlfyr_cd,
       c.prescribing_npi AS clm_prsbng_prvdr_gnrc_id_num,
       CASE WHEN r.version_type = 'cancel' THEN 0 ELSE c.allowed_cents - c.paid_cents END
           AS clm_line_bene_pmt_amt,
       r.clm_adjsmt_type_cd, c.paid_date AS clm_efctv_dt, r.effective_on AS clm_idr_ld_dt,
       lpad(r.claim_number::VARCHAR, 12, '0') AS clm_line_rx_srvc_rfrnc_num,
       '0' AS clm_line_rx_fill_num
FROM recorded r JOIN pharmacy_claim c USING (claim_key, version_number);
