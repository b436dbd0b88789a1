/* One row per procedure of an encounter, in file order. Codes are SNOMED CT, as Synthea has them.
   A procedure whose encounter is not there has no claim: it is set aside for want of its day. */
WITH encounter AS (
    SELECT id, patient, stop, payer
    FROM landing.encounters
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY file_name, row_number) = 1
)

SELECT
    getvariable('data_source') || ':' || p.encounter AS claim_key,
    1 AS version_number,
    row_number() OVER (PARTITION BY p.encounter ORDER BY p.file_name, p.row_number) AS sequence,
    coalesce(e.patient, p.patient) AS person_id,
    left(e.stop, 10) AS claim_end_date,
    'snomed-ct' AS code_type,
    p.code,
    left(p.start, 10) AS procedure_date,
    payers.name AS payer,
    coalesce(payer.line_of_business, 'commercial') AS line_of_business,
    p.file_name,
    p.row_number
FROM landing.procedures AS p
LEFT JOIN encounter AS e ON p.encounter = e.id
LEFT JOIN landing.payers AS payers ON e.payer = payers.id
LEFT JOIN map.payer AS payer ON payers.name = payer.payer
