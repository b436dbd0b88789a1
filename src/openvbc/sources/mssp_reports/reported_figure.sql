/* One row per figure of a report's workbook. A number with more than six decimals stands as text
   beside the rounded one. The report and its period are in the file's name
   (`P.A1001.ACO.BNMRK.D250709.T1405028.xlsx`, `….QEXPU.2025Q1.…`, `….AEXPU.Y2024.…`). A label that
   a sheet has twice in a section is told apart by its row. */
WITH figure AS (
    SELECT
        *,
        replace(replace(value, ',', ''), '$', '') AS bare,
        coalesce(nullif(regexp_extract(upper(file_name), '\.ACO\.([A-Z]+)\.', 1), ''), 'REPORT')
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
        count(*) OVER (
            PARTITION BY file_name, sheet, section, measure, stratum
        ) AS doubled
    FROM landing.figure
)

SELECT
    report,
    report_period,
    concat_ws(' / ', sheet, section) AS section,
    coalesce(measure, 'unnamed')
        || CASE WHEN doubled > 1 THEN ' (row ' || row_number || ')' ELSE '' END AS measure,
    stratum,
    TRY_CAST(bare AS DECIMAL(18, 6)) AS value_number,
    CASE
        WHEN TRY_CAST(bare AS DECIMAL(18, 6)) IS NULL
            OR TRY_CAST(bare AS DECIMAL(18, 6)) <> TRY_CAST(bare AS DECIMAL(38, 18))
            THEN value
    END AS value_text,
    'CMS' AS payer,
    'medicare' AS line_of_business,
    file_name,
    row_number
FROM figure
