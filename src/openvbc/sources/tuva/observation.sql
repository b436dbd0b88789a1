/* One row per laboratory result and per observation. A result that is a number, with or without a
   comparator before it, stands as a number; any other is text. */
WITH told AS (
    SELECT
        observation_id AS id, person_id, encounter_id, lower(observation_type) AS category,
        'final' AS status, observation_date AS day, source_code_type, source_code, result,
        source_units, NULL AS practitioner_id, file_name, row_number
    FROM landing.observation
    UNION ALL
    SELECT
        lab_result_id, person_id, encounter_id, 'laboratory',
        coalesce(nullif(lower(trim(status)), ''), 'final'),
        left(coalesce(
            nullif(trim(collection_datetime), ''), nullif(trim(collection_date), ''),
            nullif(trim(result_datetime), ''), result_date
        ), 10),
        coalesce(nullif(trim(source_component_type), ''), source_code_type),
        coalesce(nullif(trim(source_component_code), ''), source_code),
        result, source_units,
        coalesce(nullif(trim(ordering_practitioner_id), ''), practitioner_id),
        file_name, row_number
    FROM landing.lab_result
),

split AS (
    SELECT
        *,
        nullif(regexp_extract(trim(result), '^(<=|>=|<|>)', 1), '') AS comparator,
        regexp_replace(trim(result), '^(<=|>=|<|>)\s*', '') AS bare
    FROM told
)

SELECT
    getvariable('data_source') || ':' || CASE WHEN category = 'laboratory' THEN 'lab:' ELSE '' END || id AS observation_id,
    person_id,
    getvariable('data_source') || ':' || encounter_id AS encounter_id,
    category,
    status,
    day AS observation_date,
    lower(source_code_type) AS code_type,
    source_code AS code,
    TRY_CAST(bare AS DECIMAL(18, 6)) AS value_number,
    CASE WHEN TRY_CAST(bare AS DECIMAL(18, 6)) IS NOT NULL THEN comparator END AS value_comparator,
    source_units AS unit,
    CAST(NULL AS VARCHAR) AS value_code,
    CASE WHEN TRY_CAST(bare AS DECIMAL(18, 6)) IS NULL THEN result END AS value_text,
    who.npi AS performer_npi,
    file_name,
    row_number
FROM split
LEFT JOIN (
    SELECT practitioner_id, min(npi) AS npi FROM landing.practitioner GROUP BY practitioner_id
) AS who ON who.practitioner_id = split.practitioner_id
