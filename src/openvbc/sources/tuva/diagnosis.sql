/* One row per diagnosis column that is filled on a claim's first line: wide becomes long. */
WITH diagnosis AS (
    SELECT
        *,
        unnest(range(1, 26)) AS sequence,
        unnest([
            diagnosis_code_1, diagnosis_code_2, diagnosis_code_3, diagnosis_code_4,
            diagnosis_code_5, diagnosis_code_6, diagnosis_code_7, diagnosis_code_8,
            diagnosis_code_9, diagnosis_code_10, diagnosis_code_11, diagnosis_code_12,
            diagnosis_code_13, diagnosis_code_14, diagnosis_code_15, diagnosis_code_16,
            diagnosis_code_17, diagnosis_code_18, diagnosis_code_19, diagnosis_code_20,
            diagnosis_code_21, diagnosis_code_22, diagnosis_code_23, diagnosis_code_24,
            diagnosis_code_25
        ]) AS code,
        unnest([
            diagnosis_poa_1, diagnosis_poa_2, diagnosis_poa_3, diagnosis_poa_4, diagnosis_poa_5,
            diagnosis_poa_6, diagnosis_poa_7, diagnosis_poa_8, diagnosis_poa_9, diagnosis_poa_10,
            diagnosis_poa_11, diagnosis_poa_12, diagnosis_poa_13, diagnosis_poa_14,
            diagnosis_poa_15, diagnosis_poa_16, diagnosis_poa_17, diagnosis_poa_18,
            diagnosis_poa_19, diagnosis_poa_20, diagnosis_poa_21, diagnosis_poa_22,
            diagnosis_poa_23, diagnosis_poa_24, diagnosis_poa_25
        ]) AS present_on_admission
    FROM shared.first_line
)

SELECT
    getvariable('data_source') || ':' || claim_id AS claim_key,
    1 AS version_number,
    sequence,
    person_id,
    claim_end_date,
    coalesce(nullif(lower(trim(diagnosis_code_type)), ''), 'icd-10-cm') AS code_type,
    upper(replace(trim(code), '.', '')) AS code,
    present_on_admission,
    payer,
    plan,
    file_name,
    row_number
FROM diagnosis
WHERE trim(code) <> ''
