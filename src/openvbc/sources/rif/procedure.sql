/* One row per coded procedure of an institutional claim, from its first line. */
WITH who AS (
    SELECT b.bene_id, min(coalesce(m.person_id, n.person_id, b.bene_id)) AS person_id
    FROM (
        SELECT bene_id, mbi_num FROM landing.beneficiary
        UNION SELECT bene_id, mbi_num FROM landing.beneficiary_history
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
        bene_id, clm_id, coalesce(TRY_CAST(i.nch_wkly_proc_dt AS DATE) - DATE '1970-01-01', 0) * 4
            + CASE i.dml_ind WHEN 'DELETE' THEN 3 WHEN 'UPDATE' THEN 2 ELSE 1 END AS version,
        clm_thru_dt,
        unnest(range(1, 26)) AS sequence,
        unnest([
            icd_prcdr_cd_1, icd_prcdr_cd_2, icd_prcdr_cd_3, icd_prcdr_cd_4, icd_prcdr_cd_5,
            icd_prcdr_cd_6, icd_prcdr_cd_7, icd_prcdr_cd_8, icd_prcdr_cd_9, icd_prcdr_cd_10,
            icd_prcdr_cd_11, icd_prcdr_cd_12, icd_prcdr_cd_13, icd_prcdr_cd_14, icd_prcdr_cd_15,
            icd_prcdr_cd_16, icd_prcdr_cd_17, icd_prcdr_cd_18, icd_prcdr_cd_19, icd_prcdr_cd_20,
            icd_prcdr_cd_21, icd_prcdr_cd_22, icd_prcdr_cd_23, icd_prcdr_cd_24, icd_prcdr_cd_25
        ]) AS code,
        unnest([
            icd_prcdr_vrsn_cd_1, icd_prcdr_vrsn_cd_2, icd_prcdr_vrsn_cd_3, icd_prcdr_vrsn_cd_4, icd_prcdr_vrsn_cd_5,
            icd_prcdr_vrsn_cd_6, icd_prcdr_vrsn_cd_7, icd_prcdr_vrsn_cd_8, icd_prcdr_vrsn_cd_9, icd_prcdr_vrsn_cd_10,
            icd_prcdr_vrsn_cd_11, icd_prcdr_vrsn_cd_12, icd_prcdr_vrsn_cd_13, icd_prcdr_vrsn_cd_14, icd_prcdr_vrsn_cd_15,
            icd_prcdr_vrsn_cd_16, icd_prcdr_vrsn_cd_17, icd_prcdr_vrsn_cd_18, icd_prcdr_vrsn_cd_19, icd_prcdr_vrsn_cd_20,
            icd_prcdr_vrsn_cd_21, icd_prcdr_vrsn_cd_22, icd_prcdr_vrsn_cd_23, icd_prcdr_vrsn_cd_24, icd_prcdr_vrsn_cd_25
        ]) AS code_version,
        unnest([
            prcdr_dt_1, prcdr_dt_2, prcdr_dt_3, prcdr_dt_4, prcdr_dt_5,
            prcdr_dt_6, prcdr_dt_7, prcdr_dt_8, prcdr_dt_9, prcdr_dt_10,
            prcdr_dt_11, prcdr_dt_12, prcdr_dt_13, prcdr_dt_14, prcdr_dt_15,
            prcdr_dt_16, prcdr_dt_17, prcdr_dt_18, prcdr_dt_19, prcdr_dt_20,
            prcdr_dt_21, prcdr_dt_22, prcdr_dt_23, prcdr_dt_24, prcdr_dt_25
        ]) AS procedure_date,
        file_name, row_number
    FROM landing.institutional AS i
    QUALIFY row_number() OVER (
        PARTITION BY clm_id, dml_ind, nch_wkly_proc_dt, file_name
        ORDER BY TRY_CAST(clm_line_num AS INTEGER) NULLS LAST, row_number
    ) = 1
)

SELECT
    getvariable('data_source') || ':' || w.clm_id AS claim_key,
    w.version AS version_number,
    w.sequence,
    coalesce(who.person_id, w.bene_id) AS person_id,
    w.clm_thru_dt AS claim_end_date,
    CASE w.code_version WHEN '9' THEN 'icd-9-pcs' ELSE 'icd-10-pcs' END AS code_type,
    upper(replace(w.code, '.', '')) AS code,
    w.procedure_date,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    w.file_name,
    w.row_number
FROM wide AS w
LEFT JOIN who ON who.bene_id = w.bene_id
WHERE w.code IS NOT NULL
