/* One row per diagnosis of each record: of Part A from CCLF4, first those that are no accident
   codes, in the order of the record; of Part B the up to twelve of the claim, from its first line
   (CCLF5). CCLF6 has none. Version U (unknown) is read by the through date: ICD-10 since
   2015-10-01. Where the header of Part A is not there, its codes have no claim and are set aside. */
WITH coded AS (
    SELECT
        c.*,
        delivery(c.file_name) AS delivery
    FROM landing.cclf4 AS c
    WHERE c.clm_dgns_cd IS NOT NULL
),

first_line AS (
    SELECT
        c.*,
        concat_ws(
            ':', 'cclf', 'B', rtrim(c.clm_cntl_num), coalesce(m.person_id, rtrim(c.bene_mbi_id))
        ) AS claim_key,
        coalesce(m.person_id, rtrim(c.bene_mbi_id)) AS person_id,
        delivered_on(c.file_name) AS received_on
    FROM landing.cclf5 AS c
    LEFT JOIN shared.mbi AS m ON m.mbi = rtrim(c.bene_mbi_id)
    QUALIFY row_number() OVER (
        PARTITION BY c.file_name, c.cur_clm_uniq_id ORDER BY c.clm_line_num, c.row_number
    ) = 1
),

listed AS (
    SELECT
        h.claim_key,
        c.cur_clm_uniq_id,
        row_number() OVER (
            PARTITION BY c.delivery, c.cur_clm_uniq_id
            ORDER BY CASE c.clm_prod_type_cd WHEN 'D' THEN 1 ELSE 2 END, c.clm_val_sqnc_num,
                c.clm_prod_type_cd, c.clm_dgns_cd, c.row_number
        ) AS sequence,
        h.person_id,
        h.clm_thru_dt,
        c.dgns_prcdr_icd_ind,
        c.clm_dgns_cd,
        c.clm_poa_ind,
        h.received_on,
        c.file_name,
        c.row_number
    FROM coded AS c
    LEFT JOIN shared.part_a AS h
        ON h.delivery = c.delivery AND h.cur_clm_uniq_id = c.cur_clm_uniq_id
    UNION ALL
    SELECT
        claim_key,
        cur_clm_uniq_id,
        place.number,
        person_id,
        clm_thru_dt,
        dgns_prcdr_icd_ind,
        nullif(
            CASE
                WHEN place.number <= 8 THEN substr(clm_dgns_1_to_8_cd, 7 * place.number - 6, 7)
                ELSE substr(clm_dgns_9_to_12_cd, 7 * place.number - 62, 7)
            END,
            '       '
        ),
        CAST(NULL AS VARCHAR),
        received_on,
        file_name,
        row_number
    FROM first_line
    CROSS JOIN (
        VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (12)
    ) AS place (number)
)

SELECT
    claim_key,
    1 + cur_clm_uniq_id % 2147483646 AS version_number,
    sequence,
    person_id,
    clm_thru_dt AS claim_end_date,
    CASE
        WHEN dgns_prcdr_icd_ind = '9' THEN 'icd-9-cm'
        WHEN dgns_prcdr_icd_ind = '0' OR clm_thru_dt >= DATE '2015-10-01' THEN 'icd-10-cm'
        ELSE 'icd-9-cm'
    END AS code_type,
    replace(rtrim(clm_dgns_cd), '.', '') AS code,
    rtrim(clm_poa_ind) AS present_on_admission,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    received_on,
    file_name,
    row_number
FROM listed
WHERE clm_dgns_cd IS NOT NULL AND rtrim(clm_dgns_cd) <> '~'
