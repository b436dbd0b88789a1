/* One row per prescription drug event. Paid is what the plan paid, for covered and other drugs;
   allowed is the total cost. An event that is deleted or no longer final is a cancellation. */
WITH who AS (
    SELECT b.bene_id, min(coalesce(m.person_id, n.person_id, b.bene_id)) AS person_id
    FROM (
        SELECT bene_id, mbi_num FROM landing.beneficiary
        UNION SELECT bene_id, mbi_num FROM landing.beneficiary_history
        UNION SELECT bene_id, NULL FROM landing.pde
    ) AS b
    LEFT JOIN earlier.person_identifier AS m
        ON m.identifier_type = 'mbi' AND m.identifier = b.mbi_num
    LEFT JOIN earlier.person_identifier AS n
        ON n.identifier_type = 'bene_id' AND n.identifier = b.bene_id
    GROUP BY b.bene_id
)

SELECT
    getvariable('data_source') || ':' || p.pde_id AS claim_key,
    coalesce(TRY_CAST(p.pd_dt AS DATE) - DATE '1970-01-01', 0) * 4
        + CASE p.dml_ind WHEN 'DELETE' THEN 3 WHEN 'UPDATE' THEN 2 ELSE 1 END AS version_number,
    CASE
        WHEN p.dml_ind = 'DELETE' OR p.final_action = 'N' OR p.adjstmt_dltn_cd = 'D' THEN 'cancel'
        WHEN p.dml_ind = 'UPDATE' OR p.adjstmt_dltn_cd = 'A' THEN 'adjust'
        ELSE 'original'
    END AS version_type,
    CASE
        WHEN p.dml_ind = 'DELETE' OR p.final_action = 'N' OR p.adjstmt_dltn_cd = 'D' THEN -1
        ELSE 1
    END AS sign,
    coalesce(p.pd_dt, p.srvc_dt) AS effective_on,
    p.pde_id AS claim_id,
    1 AS claim_line_number,
    coalesce(who.person_id, p.bene_id) AS person_id,
    p.srvc_dt AS dispensing_date,
    p.prod_srvc_id AS ndc_code,
    p.qty_dspnsd_num AS quantity,
    p.days_suply_num AS days_supply,
    CASE WHEN p.prscrbr_id_qlfyr_cd = '01' THEN p.prscrbr_id END AS prescribing_npi,
    CASE WHEN p.srvc_prvdr_id_qlfyr_cd = '01' THEN p.srvc_prvdr_id END AS dispensing_npi,
    p.pd_dt AS paid_date,
    CAST(NULL AS BIGINT) AS charge_cents,
    cents(p.tot_rx_cst_amt) AS allowed_cents,
    CASE
        WHEN p.cvrd_d_plan_pd_amt IS NOT NULL
            THEN added([p.cvrd_d_plan_pd_amt, p.ncvrd_plan_pd_amt])
    END AS paid_cents,
    'CMS' AS payer,
    'Part D' AS plan,
    'medicare' AS line_of_business,
    p.file_name,
    p.row_number
FROM landing.pde AS p
LEFT JOIN who ON who.bene_id = p.bene_id
