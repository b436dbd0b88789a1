/* One row per condition that the claims of an encounter name, in the order in which they name it.
   Codes are SNOMED CT, as Synthea has them. A condition whose encounter is not there has no claim:
   it is set aside for want of its day. */
WITH encounter AS (
    SELECT id, patient, stop, payer
    FROM landing.encounters
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY file_name, row_number) = 1
),

named AS (
    SELECT
        c.appointmentid AS encounter,
        c.patientid AS patient,
        unnest([1, 2, 3, 4, 5, 6, 7, 8]) AS position,
        unnest([
            diagnosis1, diagnosis2, diagnosis3, diagnosis4,
            diagnosis5, diagnosis6, diagnosis7, diagnosis8
        ]) AS code,
        c.file_name,
        c.row_number
    FROM landing.claims AS c
),

first_named AS (
    SELECT *
    FROM named
    WHERE trim(code) <> ''
    QUALIFY encounter IS NULL OR row_number() OVER (
        PARTITION BY encounter, code ORDER BY file_name, row_number, position
    ) = 1
)

SELECT
    getvariable('data_source') || ':' || n.encounter AS claim_key,
    1 AS version_number,
    row_number() OVER (
        PARTITION BY n.encounter ORDER BY n.file_name, n.row_number, n.position
    ) AS sequence,
    coalesce(e.patient, n.patient) AS person_id,
    left(e.stop, 10) AS claim_end_date,
    'snomed-ct' AS code_type,
    n.code,
    CAST(NULL AS VARCHAR) AS present_on_admission,
    payers.name AS payer,
    coalesce(payer.line_of_business, 'commercial') AS line_of_business,
    n.file_name,
    n.row_number
FROM first_named AS n
LEFT JOIN encounter AS e ON n.encounter = e.id
LEFT JOIN landing.payers AS payers ON e.payer = payers.id
LEFT JOIN map.payer AS payer ON payers.name = payer.payer
