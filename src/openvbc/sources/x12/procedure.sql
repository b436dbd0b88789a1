/* One row per inpatient procedure of each version of a claim that this load adds and an 837 tells. */
SELECT
    v.claim_key,
    v.version_number,
    CAST(row_number() OVER (
        PARTITION BY v.claim_key, v.claim_file, v.claim_row, v.remit_file, v.remit_row
        ORDER BY CASE k.role WHEN 'principal' THEN 0 ELSE 1 END, k.sequence, k.code_set
    ) AS INTEGER) AS sequence,
    v.person_id,
    s.last_day AS claim_end_date,
    k.code_set AS code_type,
    k.code,
    k.procedure_day AS procedure_date,
    v.payer,
    v.plan,
    f.line_of_business,
    k.file_name,
    k.row_number
FROM shared.version AS v
INNER JOIN history.claim_code AS k ON v.claim_file = k.file_key AND v.claim_row = k.claim_row
LEFT JOIN shared.claim_day AS s ON v.claim_file = s.file_key AND v.claim_row = s.claim_row
LEFT JOIN map.claim_filing AS f ON v.filing_code = f.filing_code
WHERE k.code_set IN ('icd-10-pcs', 'icd-9-pcs')
