/* One row: the source of this load and what its data may be used for, as the load was told. */
SELECT
    getvariable('data_source') AS data_source,
    getvariable('owner') AS owner,
    getvariable('agreement') AS agreement,
    getvariable('permitted_purpose') AS permitted_purpose,
    'options of the load' AS file_name,
    CAST(1 AS BIGINT) AS row_number
