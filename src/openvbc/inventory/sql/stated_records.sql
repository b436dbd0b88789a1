-- How many records a feed's summary (CCLF0) announces of each file, with the load that brought it.
SELECT load_id, LOWER(section) AS file, report_period, CAST(value_number AS BIGINT) AS records
FROM read_parquet(?, hive_partitioning = false)
WHERE report = 'CCLF0' AND measure = 'records' AND value_number IS NOT NULL
ORDER BY ALL
