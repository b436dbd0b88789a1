/* One row per TIN of the participant list and per TIN and NPI or CCN of the provider and supplier
   list. Without dates an entry holds for its performance year. */
WITH entry AS (
    SELECT
        coalesce(aco_id, 'ACO') || ' participants' AS roster,
        participant_tin AS tin,
        NULL AS npi,
        NULL AS ccn,
        legal_business_name AS name,
        NULL AS specialty,
        program_year, start_date, end_date, file_name, row_number
    FROM landing.participant
    UNION ALL
    SELECT
        coalesce(aco_id, 'ACO') || ' providers and suppliers',
        participant_tin,
        individual_npi,
        ccn,
        legal_business_name,
        replace(specialty, '''', ''),
        program_year, start_date, end_date, file_name, row_number
    FROM landing.provider_supplier
)

SELECT
    roster,
    tin,
    npi,
    ccn,
    name,
    'participant' AS role,
    CASE WHEN regexp_full_match(specialty, '[0-9A-Z]{1,2}') THEN lpad(specialty, 2, '0') END
        AS specialty_code,
    CAST(NULL AS VARCHAR) AS taxonomy_code,
    CAST(NULL AS VARCHAR) AS group_id,
    coalesce(start_date, program_year || '-01-01') AS valid_from,
    coalesce(end_date, program_year || '-12-31') AS valid_to,
    'CMS' AS payer,
    'medicare' AS line_of_business,
    file_name,
    row_number
FROM entry
