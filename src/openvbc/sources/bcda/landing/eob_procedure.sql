-- eob_procedure: one row per inpatient procedure of a claim.
SELECT
    number,
    row_number,
    place,
    p.sequence AS sequence,
    CASE WHEN c.system LIKE '%ICD9%' OR c.system LIKE '%icd-9%' THEN 'icd-9-pcs' ELSE 'icd-10-pcs' END AS code_type,
    replace(c.code, '.', '') AS code,
    substr(p.date, 1, 10) AS procedure_date
FROM (
    SELECT number, row_number, place, p,
           list_filter(p.procedureCodeableConcept.coding, lambda c: c.system IN ('http://www.cms.gov/Medicare/Coding/ICD10', 'http://www.cms.gov/Medicare/Coding/ICD9', 'http://hl7.org/fhir/sid/icd-10', 'http://hl7.org/fhir/sid/icd-9-cm'))[1] AS c
    FROM (
        SELECT number, row_number, generate_subscripts(procedure, 1) AS place, unnest(procedure) AS p
        FROM resource WHERE kind = 'claim'
    )
)
ORDER BY number, place
