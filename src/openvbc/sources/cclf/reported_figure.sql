/* One row per file that a summary (CCLF0) announces: how many records it is said to hold. */
SELECT
    'CCLF0' AS report,
    split_part(delivery(file_name), ' ', 2) || ' ' || delivery_day(file_name) AS report_period,
    file AS section,
    'records' AS measure,
    split_part(delivery(file_name), ' ', 1) AS stratum,
    CAST(records AS DECIMAL(18, 6)) AS value_number,
    CAST(NULL AS VARCHAR) AS value_text,
    delivered_on(file_name) AS received_on,
    file_name,
    row_number
FROM landing.cclf0
