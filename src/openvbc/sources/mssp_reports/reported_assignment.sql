/* One row per person and list. Report and period stand in the file's name; of several deliveries
   of one period in a load the one with the latest stamp (D and T) counts. Who is assigned by claims
   is assigned through the TIN with most primary care services (table 2) and, within it, the NPI
   with most (table 4); equal counts go to the lowest number, since the lists do not carry the date
   that breaks the tie. Enrolment type is that of the last eligible month, the risk score that of
   the type. */
WITH listed AS (
    SELECT bene_mbi_id, 'assigned' AS list, file_name FROM landing.assigned
    UNION ALL SELECT bene_mbi_id, 'turnover', file_name FROM landing.turnover
    UNION ALL SELECT bene_mbi_id, 'assignable', file_name FROM landing.assignable
),

report AS (
    SELECT
        file_name,
        coalesce(nullif(regexp_extract(upper(file_name), '\.ACO\.([A-Z]+)\.', 1), ''), 'ALR')
            AS report,
        CASE
            WHEN regexp_matches(file_name, '\.20\d\dQ[1-4]\.')
                THEN 'PY' || regexp_extract(file_name, '\.(20\d\dQ[1-4])\.', 1)
            WHEN regexp_matches(file_name, '\.Y20\d\d\.')
                THEN 'PY' || regexp_extract(file_name, '\.Y(20\d\d)\.', 1)
            WHEN regexp_matches(file_name, '\.D\d{6}\.')
                THEN 'PY20' || regexp_extract(file_name, '\.D(\d\d)\d{4}\.', 1)
            ELSE 'unknown'
        END AS report_period,
        regexp_extract(file_name, '(D\d{6}\.T\d+)', 1) AS stamp
    FROM (
        SELECT file_name FROM listed
        UNION SELECT file_name FROM landing.assigned_tin
        UNION SELECT file_name FROM landing.assigned_tin_npi
        UNION SELECT file_name FROM landing.alignment
    )
),

top_tin AS (
    SELECT r.report, r.report_period, r.stamp, t.bene_mbi_id, t.master_id
    FROM landing.assigned_tin AS t
    JOIN report AS r ON r.file_name = t.file_name
    QUALIFY row_number() OVER (
        PARTITION BY r.report, r.report_period, r.stamp, t.bene_mbi_id
        ORDER BY TRY_CAST(t.b_em_line_cnt_t AS BIGINT) DESC NULLS LAST, t.master_id, t.row_number
    ) = 1
),

top_npi AS (
    SELECT r.report, r.report_period, r.stamp, t.bene_mbi_id, t.master_id, t.npi_used
    FROM landing.assigned_tin_npi AS t
    JOIN report AS r ON r.file_name = t.file_name
    QUALIFY row_number() OVER (
        PARTITION BY r.report, r.report_period, r.stamp, t.bene_mbi_id, t.master_id
        ORDER BY TRY_CAST(t.pcs_count AS BIGINT) DESC NULLS LAST, t.npi_used, t.row_number
    ) = 1
),

flag AS (
    SELECT
        file_name,
        row_number,
        unnest([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) AS month,
        unnest([
            enrollflag_1, enrollflag_2, enrollflag_3, enrollflag_4, enrollflag_5, enrollflag_6,
            enrollflag_7, enrollflag_8, enrollflag_9, enrollflag_10, enrollflag_11, enrollflag_12
        ]) AS flag
    FROM landing.assigned
),

eligible AS (
    SELECT file_name, row_number, count(*) AS months, max(month * 10 + TRY_CAST(flag AS INTEGER)) % 10
        AS last_flag
    FROM flag
    WHERE flag IN ('1', '2', '3', '4')
    GROUP BY file_name, row_number
),

status AS (
    SELECT
        r.report || '-1' AS report,
        r.report_period,
        r.stamp,
        a.bene_mbi_id AS mbi,
        CASE
            WHEN a.excluded = '1' THEN 'excluded'
            WHEN a.in_va_max = '1' AND coalesce(a.cba_flag, '0') <> '1' THEN 'voluntary'
            ELSE 'assigned'
        END AS status,
        CASE WHEN a.in_va_max = '1' THEN a.va_tin ELSE t.master_id END AS tin,
        CASE WHEN a.in_va_max = '1' THEN a.va_npi ELSE n.npi_used END AS npi,
        CASE
            WHEN a.deceased_excluded = '1' THEN 'deceased'
            WHEN a.missing_id_excluded = '1' THEN 'missing identifier'
            WHEN a.part_a_b_only_excluded = '1' THEN 'part a or b only'
            WHEN a.ghp_excluded = '1' THEN 'group health plan'
            WHEN a.outside_us_excluded = '1' THEN 'outside the united states'
            WHEN a.other_shared_sav_init = '1' THEN 'other shared savings initiative'
        END AS reason_code,
        e.last_flag,
        e.months,
        CASE e.last_flag
            WHEN 1 THEN a.esrd_score
            WHEN 2 THEN a.dis_score
            WHEN 3 THEN a.agdu_score
            WHEN 4 THEN a.agnd_score
        END AS score,
        a.file_name,
        a.row_number
    FROM landing.assigned AS a
    JOIN report AS r ON r.file_name = a.file_name
    LEFT JOIN eligible AS e ON e.file_name = a.file_name AND e.row_number = a.row_number
    LEFT JOIN top_tin AS t
        ON t.report = r.report AND t.report_period = r.report_period AND t.stamp = r.stamp
        AND t.bene_mbi_id = a.bene_mbi_id
    LEFT JOIN top_npi AS n
        ON n.report = r.report AND n.report_period = r.report_period AND n.stamp = r.stamp
        AND n.bene_mbi_id = a.bene_mbi_id AND n.master_id = t.master_id
    UNION ALL
    SELECT
        r.report || '-5', r.report_period, r.stamp, t.bene_mbi_id, 'left', NULL, NULL,
        CASE
            WHEN t.plur_r05 = '1' THEN 'PLUR_R05'
            WHEN t.ab_r01 = '1' THEN 'AB_R01'
            WHEN t.hmo_r03 = '1' THEN 'HMO_R03'
            WHEN t.no_us_r02 = '1' THEN 'NO_US_R02'
            WHEN t.mdm_r04 = '1' THEN 'MDM_R04'
            WHEN t.nofnd_r06 = '1' THEN 'NOFND_R06'
        END,
        NULL, NULL, NULL, t.file_name, t.row_number
    FROM landing.turnover AS t
    JOIN report AS r ON r.file_name = t.file_name
    UNION ALL
    SELECT
        r.report || '-6', r.report_period, r.stamp, t.bene_mbi_id,
        CASE WHEN t.va_selection_only = '1' THEN 'voluntary' ELSE 'assignable' END,
        NULL, NULL, NULL, NULL, NULL, NULL, t.file_name, t.row_number
    FROM landing.assignable AS t
    JOIN report AS r ON r.file_name = t.file_name
    UNION ALL
    SELECT
        'ALIGNMENT', r.report_period, r.stamp, t.bene_mbi_id,
        CASE WHEN t.alignment_end_date IS NOT NULL THEN 'left' ELSE 'assigned' END,
        t.tin, t.npi, t.alignment_type, NULL, NULL, NULL, t.file_name, t.row_number
    FROM landing.alignment AS t
    JOIN report AS r ON r.file_name = t.file_name
    UNION ALL
    SELECT
        'BNEX', concat('PY', performance_year, '-', report_month), created_on, mbi, 'excluded',
        NULL, NULL, reasons, NULL, NULL, NULL, file_name, row_number
    FROM landing.excluded
)

SELECT
    s.report,
    s.report_period,
    coalesce(known.person_id, s.mbi) AS person_id,
    s.status,
    s.tin,
    s.npi,
    s.reason_code,
    CASE s.last_flag
        WHEN 1 THEN 'esrd'
        WHEN 2 THEN 'disabled'
        WHEN 3 THEN 'aged_dual'
        WHEN 4 THEN 'aged_nondual'
    END AS enrolment_type,
    s.months,
    CASE
        WHEN TRY_CAST(s.score AS DECIMAL(28, 9)) IS NULL THEN s.score
        ELSE CAST(TRY_CAST(TRY_CAST(s.score AS DECIMAL(28, 9)) * 1000000000 AS BIGINT) AS VARCHAR)
    END AS risk_score_e9,
    CAST(NULL AS BIGINT) AS expenditure_cents,
    'CMS' AS payer,
    'medicare' AS line_of_business,
    s.file_name,
    s.row_number
FROM status AS s
LEFT JOIN earlier.person_identifier AS known
    ON known.identifier_type = 'mbi' AND known.identifier = s.mbi
QUALIFY dense_rank() OVER (
    PARTITION BY s.report, s.report_period ORDER BY s.stamp DESC
) = 1
