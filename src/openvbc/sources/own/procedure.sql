/* One coded inpatient procedure on one version of one claim. The file holds the canonical columns themselves. */
SELECT
    claim_key,
    version_number,
    sequence,
    person_id,
    claim_end_date,
    code_type,
    code,
    procedure_date,
    payer,
    plan,
    line_of_business,
    sensitivity,
    received_on,
    file_name,
    row_number
FROM landing.procedure
