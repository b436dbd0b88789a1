/* One row per procedure column that is filled on a claim's first line: wide becomes long. */
WITH procedure AS (
    SELECT
        *,
        unnest(range(1, 26)) AS sequence,
        unnest([
            procedure_code_1, procedure_code_2, procedure_code_3, procedure_code_4,
            procedure_code_5, procedure_code_6, procedure_code_7, procedure_code_8,
            procedure_code_9, procedure_code_10, procedure_code_11, procedure_code_12,
            procedure_code_13, procedure_code_14, procedure_code_15, procedure_code_16,
            procedure_code_17, procedure_code_18, procedure_code_19, procedure_code_20,
            procedure_code_21, procedure_code_22, procedure_code_23, procedure_code_24,
            procedure_code_25
        ]) AS code,
        unnest([
            procedure_date_1, procedure_date_2, procedure_date_3, procedure_date_4,
            procedure_date_5, procedure_date_6, procedure_date_7, procedure_date_8,
            procedure_date_9, procedure_date_10, procedure_date_11, procedure_date_12,
            procedure_date_13, procedure_date_14, procedure_date_15, procedure_date_16,
            procedure_date_17, procedure_date_18, procedure_date_19, procedure_date_20,
            procedure_date_21, procedure_date_22, procedure_date_23, procedure_date_24,
            procedure_date_25
        ]) AS procedure_date
    FROM shared.first_line
)

SELECT
    getvariable('data_source') || ':' || claim_id AS claim_key,
    1 AS version_number,
    sequence,
    person_id,
    claim_end_date,
    coalesce(nullif(lower(trim(procedure_code_type)), ''), 'icd-10-pcs') AS code_type,
    upper(replace(trim(code), '.', '')) AS code,
    procedure_date,
    payer,
    plan,
    file_name,
    row_number
FROM procedure
WHERE trim(code) <> ''
