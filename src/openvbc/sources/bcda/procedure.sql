/* One row per coded inpatient procedure of each version of each claim, in the claim's order. */
SELECT
    v.claim_key,
    v.version_number,
    p.place AS sequence,
    who.person_id,
    v.claim_end_date,
    p.code_type,
    p.code,
    p.procedure_date,
    'CMS' AS payer,
    'Original Medicare' AS plan,
    'medicare' AS line_of_business,
    v.sensitivity,
    v.file_name,
    v.row_number
FROM shared.version AS v
JOIN landing.eob_procedure AS p USING (file_name, number)
LEFT JOIN shared.who AS who USING (patient_id)
