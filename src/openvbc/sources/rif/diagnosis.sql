/* One row per diagnosis of a claim, the principal one first, from the claim's first line. */
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

wide AS (
    SELECT
        bene_id, clm_id, coalesce(TRY_CAST(p.nch_wkly_proc_dt AS DATE) - DATE '1970-01-01', 0) * 4
            + CASE p.dml_ind WHEN 'DELETE' THEN 3 WHEN 'UPDATE' THEN 2 ELSE 1 END AS version,
        clm_thru_dt,
        line_num AS line,
        unnest(range(0, 26)) AS position,
        unnest([
            prncpal_dgns_cd,
            icd_dgns_cd_1, icd_dgns_cd_2, icd_dgns_cd_3, icd_dgns_cd_4, icd_dgns_cd_5,
            icd_dgns_cd_6, icd_dgns_cd_7, icd_dgns_cd_8, icd_dgns_cd_9, icd_dgns_cd_10,
            icd_dgns_cd_11, icd_dgns_cd_12,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        ]) AS code,
        unnest([
            prncpal_dgns_vrsn_cd,
            icd_dgns_vrsn_cd_1, icd_dgns_vrsn_cd_2, icd_dgns_vrsn_cd_3, icd_dgns_vrsn_cd_4, icd_dgns_vrsn_cd_5,
            icd_dgns_vrsn_cd_6, icd_dgns_vrsn_cd_7, icd_dgns_vrsn_cd_8, icd_dgns_vrsn_cd_9, icd_dgns_vrsn_cd_10,
            icd_dgns_vrsn_cd_11, icd_dgns_vrsn_cd_12,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        ]) AS code_version,
        CAST(NULL AS VARCHAR) AS poa,
        file_name, row_number
    FROM landing.professional AS p
    UNION ALL
    SELECT
        bene_id, clm_id, coalesce(TRY_CAST(i.nch_wkly_proc_dt AS DATE) - DATE '1970-01-01', 0) * 4
            + CASE i.dml_ind WHEN 'DELETE' THEN 3 WHEN 'UPDATE' THEN 2 ELSE 1 END,
        clm_thru_dt,
        clm_line_num,
        unnest(range(0, 26)),
        unnest([
            prncpal_dgns_cd,
            icd_dgns_cd_1, icd_dgns_cd_2, icd_dgns_cd_3, icd_dgns_cd_4, icd_dgns_cd_5,
            icd_dgns_cd_6, icd_dgns_cd_7, icd_dgns_cd_8, icd_dgns_cd_9, icd_dgns_cd_10,
            icd_dgns_cd_11, icd_dgns_cd_12, icd_dgns_cd_13, icd_dgns_cd_14, icd_dgns_cd_15,
            icd_dgns_cd_16, icd_dgns_cd_17, icd_dgns_cd_18, icd_dgns_cd_19, icd_dgns_cd_20,
            icd_dgns_cd_21, icd_dgns_cd_22, icd_dgns_cd_23, icd_dgns_cd_24, icd_dgns_cd_25
        ]),
        unnest([
            prncpal_dgns_vrsn_cd,
            icd_dgns_vrsn_cd_1, icd_dgns_vrsn_cd_2, icd_dgns_vrsn_cd_3, icd_dgns_vrsn_cd_4, icd_dgns_vrsn_cd_5,
            icd_dgns_vrsn_cd_6, icd_dgns_vrsn_cd_7, icd_dgns_vrsn_cd_8, icd_dgns_vrsn_cd_9, icd_dgns_vrsn_cd_10,
            icd_dgns_vrsn_cd_11, icd_dgns_vrsn_cd_12, icd_dgns_vrsn_cd_13, icd_dgns_vrsn_cd_14, icd_dgns_vrsn_cd_15,
            icd_dgns_vrsn_cd_16, icd_dgns_vrsn_cd_17, icd_dgns_vrsn_cd_18, icd_dgns_vrsn_cd_19, icd_dgns_vrsn_cd_20,
            icd_dgns_vrsn_cd_21, icd_dgns_vrsn_cd_22, icd_dgns_vrsn_cd_23, icd_dgns_vrsn_cd_24, icd_dgns_vrsn_cd_25
        ]),
        unnest([
            clm_poa_ind_sw_1,
            clm_poa_ind_sw_1, clm_poa_ind_sw_2, clm_poa_ind_sw_3, clm_poa_ind_sw_4, clm_poa_ind_sw_5,
            clm_poa_ind_sw_6, clm_poa_ind_sw_7, clm_poa_ind_sw_8, clm_poa_ind_sw_9, clm_poa_ind_sw_10,
            clm_poa_ind_sw_11, clm_poa_ind_sw_12, clm_poa_ind_sw_13, clm_poa_ind_sw_14, clm_poa_ind_sw_15,
            clm_poa_ind_sw_16, clm_poa_ind_sw_17, clm_poa_ind_sw_18, clm_poa_ind_sw_19, clm_poa_ind_sw_20,
            clm_poa_ind_sw_21, clm_poa_ind_sw_22, clm_poa_ind_sw_23, clm_poa_ind_sw_24, clm_poa_ind_sw_25
        ]),
        file_name, row_number
    FROM landing.institutional AS i
),

named AS (
    SELECT *, upper(replace(code, '.', '')) AS bare
    FROM wide
    WHERE code IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY clm_id, version, file_name, upper(replace(code, '.', ''))
        ORDER BY TRY_CAST(line AS INTEGER) NULLS LAST, position, row_number
    ) = 1
)

SELECT
    getvariable('data_source') || ':' || n.clm_id AS claim_key,
    n.version AS version_number,
    row_number() OVER (
        PARTITION BY n.clm_id, n.version, n.file_name
        ORDER BY TRY_CAST(n.line AS INTEGER) NULLS LAST, n.position, n.row_number
    ) AS sequence,
    coalesce(who.person_id, n.bene_id) AS person_id,
    n.clm_thru_dt AS claim_end_date,
    CASE n.code_version WHEN '9' THEN 'icd-9-cm' ELSE 'icd-10-cm' END AS code_type,
    n.bare AS code,
    n.poa AS present_on_admission,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    n.file_name,
    n.row_number
FROM named AS n
LEFT JOIN who ON who.bene_id = n.bene_id
