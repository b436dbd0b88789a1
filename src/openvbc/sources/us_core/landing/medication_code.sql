-- medication_code: one row per Medication that others refer to.
SELECT row_number, id, typed(coding) AS code_type, plain(coding) AS code
FROM (SELECT *, picked(code.coding, ['rxnorm', 'ndc', 'snomed-ct']) AS coding FROM "Medication")
ORDER BY number
