/* One row per unbroken run of months of one reference year in which coverage did not change. A span
   ends with its year, so that a year that is delivered again replaces itself. Buy-in indicator: 1
   and A are Part A, 2 and B Part B, 3 and C both. HMO indicator 0 and 4 are Original Medicare.
   Enrolment type follows Medicare status, then dual status (42 CFR 425.652(a)(2)). Of a year that is
   no year the months are not known: it is set aside. */
WITH who AS (
    SELECT b.bene_id, min(coalesce(m.person_id, n.person_id, b.bene_id)) AS person_id
    FROM (
        SELECT bene_id, mbi_num FROM landing.beneficiary
        UNION SELECT bene_id, mbi_num FROM landing.beneficiary_history
    ) AS b
    LEFT JOIN earlier.person_identifier AS m
        ON m.identifier_type = 'mbi' AND m.identifier = b.mbi_num
    LEFT JOIN earlier.person_identifier AS n
        ON n.identifier_type = 'bene_id' AND n.identifier = b.bene_id
    GROUP BY b.bene_id
),

latest AS (
    SELECT *
    FROM landing.beneficiary
    WHERE coalesce(dml_ind, '') <> 'DELETE'
    QUALIFY row_number() OVER (
        PARTITION BY bene_id, rfrnc_yr ORDER BY dml_ind DESC NULLS LAST, file_name, row_number
    ) = 1
),

month AS (
    SELECT
        bene_id,
        mbi_num,
        TRY_CAST(rfrnc_yr AS INTEGER) AS year,
        unnest([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) AS month,
        unnest([
            mdcr_entlmt_buyin_1_ind, mdcr_entlmt_buyin_2_ind, mdcr_entlmt_buyin_3_ind,
            mdcr_entlmt_buyin_4_ind, mdcr_entlmt_buyin_5_ind, mdcr_entlmt_buyin_6_ind,
            mdcr_entlmt_buyin_7_ind, mdcr_entlmt_buyin_8_ind, mdcr_entlmt_buyin_9_ind,
            mdcr_entlmt_buyin_10_ind, mdcr_entlmt_buyin_11_ind, mdcr_entlmt_buyin_12_ind
        ]) AS buyin,
        unnest([
            hmo_1_ind, hmo_2_ind, hmo_3_ind,
            hmo_4_ind, hmo_5_ind, hmo_6_ind,
            hmo_7_ind, hmo_8_ind, hmo_9_ind,
            hmo_10_ind, hmo_11_ind, hmo_12_ind
        ]) AS hmo,
        unnest([
            mdcr_stus_jan_cd, mdcr_stus_feb_cd, mdcr_stus_mar_cd,
            mdcr_stus_apr_cd, mdcr_stus_may_cd, mdcr_stus_jun_cd,
            mdcr_stus_jul_cd, mdcr_stus_aug_cd, mdcr_stus_sept_cd,
            mdcr_stus_oct_cd, mdcr_stus_nov_cd, mdcr_stus_dec_cd
        ]) AS status,
        unnest([
            meta_dual_elgbl_stus_jan_cd, meta_dual_elgbl_stus_feb_cd, meta_dual_elgbl_stus_mar_cd,
            meta_dual_elgbl_stus_apr_cd, meta_dual_elgbl_stus_may_cd, meta_dual_elgbl_stus_jun_cd,
            meta_dual_elgbl_stus_jul_cd, meta_dual_elgbl_stus_aug_cd, meta_dual_elgbl_stus_sept_cd,
            meta_dual_elgbl_stus_oct_cd, meta_dual_elgbl_stus_nov_cd, meta_dual_elgbl_stus_dec_cd
        ]) AS dual,
        bene_mdcr_status_cd,
        bene_entlmt_rsn_orig,
        file_name,
        row_number
    FROM latest
    WHERE regexp_full_match(rfrnc_yr, '[0-9]{4}')
),

covered AS (
    SELECT
        *,
        buyin IN ('1', 'A', '3', 'C') AS part_a,
        buyin IN ('2', 'B', '3', 'C') AS part_b,
        coalesce(hmo, '0') NOT IN ('0', '4') AS medicare_advantage,
        CASE
            WHEN coalesce(status, bene_mdcr_status_cd) IN ('11', '21', '31') THEN 'esrd'
            WHEN coalesce(status, bene_mdcr_status_cd) = '20' THEN 'disabled'
            WHEN lpad(dual, 2, '0') IN ('01', '02', '03', '04', '05', '06', '08') THEN 'aged_dual'
            WHEN coalesce(status, bene_mdcr_status_cd) = '10' THEN 'aged_nondual'
        END AS enrolment_type,
        lpad(dual, 2, '0') AS dual_status_code,
        coalesce(status, bene_mdcr_status_cd) AS medicare_status_code
    FROM month
    WHERE buyin IN ('1', '2', '3', 'A', 'B', 'C')
),

run AS (
    SELECT
        *,
        month - row_number() OVER (
            PARTITION BY
                bene_id, year, part_a, part_b, medicare_advantage, enrolment_type,
                dual_status_code, medicare_status_code
            ORDER BY month
        ) AS run
    FROM covered
)

SELECT
    who.person_id,
    max(run.mbi_num) AS member_id,
    CAST(make_date(year, min(month), 1) AS VARCHAR) AS enrollment_start_date,
    CAST(last_day(make_date(year, max(month), 1)) AS VARCHAR) AS enrollment_end_date,
    part_a,
    part_b,
    medicare_advantage,
    CAST(NULL AS BOOLEAN) AS other_program,
    enrolment_type,
    max(bene_entlmt_rsn_orig) AS original_reason_entitlement_code,
    dual_status_code,
    medicare_status_code,
    'CMS' AS payer,
    CASE WHEN medicare_advantage THEN 'Medicare Advantage' ELSE 'Original Medicare' END AS plan,
    'medicare' AS line_of_business,
    min(run.file_name) AS file_name,
    min(run.row_number) AS row_number
FROM run
JOIN who ON who.bene_id = run.bene_id
GROUP BY
    who.person_id, year, part_a, part_b, medicare_advantage, enrolment_type, dual_status_code,
    medicare_status_code, run
UNION ALL
SELECT
    who.person_id, mbi_num, rfrnc_yr, NULL, NULL, NULL, NULL, NULL, NULL, bene_entlmt_rsn_orig,
    NULL, NULL, 'CMS', NULL, 'medicare', file_name, row_number
FROM latest
LEFT JOIN who ON who.bene_id = latest.bene_id
WHERE NOT coalesce(regexp_full_match(rfrnc_yr, '[0-9]{4}'), false)
