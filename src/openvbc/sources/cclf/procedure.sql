/* One row per procedure of each Part A record, from CCLF3. Where its header is not in the delivery,
   or was set aside, it has no claim and is set aside too. */
WITH coded AS (
    SELECT
        c.*,
        delivery(c.file_name) AS delivery
    FROM landing.cclf3 AS c
    WHERE c.clm_prcdr_cd IS NOT NULL
)

SELECT
    h.claim_key,
    1 + h.cur_clm_uniq_id % 2147483646 AS version_number,
    row_number() OVER (
        PARTITION BY c.delivery, c.cur_clm_uniq_id
        ORDER BY c.clm_val_sqnc_num, c.clm_prcdr_cd, c.row_number
    ) AS sequence,
    h.person_id,
    h.clm_thru_dt AS claim_end_date,
    CASE
        WHEN c.dgns_prcdr_icd_ind = '9' THEN 'icd-9-pcs'
        WHEN c.dgns_prcdr_icd_ind = '0' OR h.clm_thru_dt >= DATE '2015-10-01' THEN 'icd-10-pcs'
        ELSE 'icd-9-pcs'
    END AS code_type,
    replace(rtrim(c.clm_prcdr_cd), '.', '') AS code,
    c.clm_prcdr_prfrm_dt AS procedure_date,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    h.received_on,
    c.file_name,
    c.row_number
FROM coded AS c
LEFT JOIN shared.part_a AS h ON h.delivery = c.delivery AND h.cur_clm_uniq_id = c.cur_clm_uniq_id
