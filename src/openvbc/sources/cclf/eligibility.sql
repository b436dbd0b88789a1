/* One row per person and month whose monthly feed lists the person (CCLF8): a list says how things
   stand, not since when. A month's span is the same whichever load brings it. Run-out files list
   the people of a year that is over, and say nothing of the month they come in. */
WITH listed AS (
    SELECT
        coalesce(m.person_id, rtrim(c.bene_mbi_id)) AS person_id,
        c.*,
        delivery_day(c.file_name) AS day
    FROM landing.cclf8 AS c
    LEFT JOIN shared.mbi AS m ON m.mbi = rtrim(c.bene_mbi_id)
    WHERE regexp_matches(c.file_name, '[.]ZC8Y[0-9]{2}[.]D[0-9]{6}[.]T[0-9]{7}[^/]*$')
),

monthly AS (
    SELECT
        *,
        CAST(date_trunc('month', strptime(day, '%y%m%d')) AS DATE) AS first_day,
        CAST(last_day(strptime(day, '%y%m%d')) AS DATE) AS last_day
    FROM listed
)

SELECT
    person_id,
    rtrim(bene_mbi_id) AS member_id,
    first_day AS enrollment_start_date,
    least(last_day, coalesce(bene_death_dt, last_day)) AS enrollment_end_date,
    coalesce(
        bene_entlmt_buyin_ind IN ('1', '3', 'A', 'C'),
        bene_part_a_enrlmt_bgn_dt <= last_day,
        false
    ) AS part_a,
    coalesce(
        bene_entlmt_buyin_ind IN ('2', '3', 'B', 'C'),
        bene_part_b_enrlmt_bgn_dt <= last_day,
        false
    ) AS part_b,
    CAST(NULL AS BOOLEAN) AS medicare_advantage,
    CAST(NULL AS BOOLEAN) AS other_program,
    CASE
        WHEN bene_mdcr_stus_cd IN ('11', '21', '31') THEN 'esrd'
        WHEN bene_mdcr_stus_cd = '20' THEN 'disabled'
        WHEN bene_mdcr_stus_cd = '10' AND dual.code IS NOT NULL THEN 'aged_dual'
        WHEN bene_mdcr_stus_cd = '10' THEN 'aged_nondual'
    END AS enrolment_type,
    bene_orgnl_entlmt_rsn_cd AS original_reason_entitlement_code,
    rtrim(bene_dual_stus_cd) AS dual_status_code,
    rtrim(bene_mdcr_stus_cd) AS medicare_status_code,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    delivered_on(file_name) AS received_on,
    file_name,
    row_number
FROM monthly
LEFT JOIN map.dual_status AS dual ON dual.code = rtrim(bene_dual_stus_cd)
WHERE bene_death_dt IS NULL OR bene_death_dt >= first_day
QUALIFY row_number() OVER (
    PARTITION BY person_id, first_day
    ORDER BY
        day DESC, bene_mbi_id DESC, bene_mdcr_stus_cd, bene_dual_stus_cd, bene_entlmt_buyin_ind,
        bene_part_a_enrlmt_bgn_dt, bene_part_b_enrlmt_bgn_dt, bene_death_dt, bene_orgnl_entlmt_rsn_cd,
        file_name, monthly.row_number
) = 1
