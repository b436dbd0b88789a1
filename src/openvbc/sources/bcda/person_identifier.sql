/* One row per identifier of a person: the number of the Patient, every MBI with its days, hashes of
   MBI and HICN. */
WITH named AS (
    SELECT patient_id, identifier_type, identifier, first_day, last_day, file_name, row_number
    FROM landing.patient_identifier
    UNION ALL
    SELECT patient_id, 'bluebutton_patient_id', patient_id, NULL, NULL, file_name, row_number
    FROM landing.eob
    UNION ALL
    SELECT patient_id, 'bluebutton_patient_id', patient_id, NULL, NULL, file_name, row_number
    FROM landing.coverage
)

SELECT
    n.identifier_type,
    n.identifier,
    who.person_id,
    n.first_day,
    n.last_day,
    'medicare' AS line_of_business,
    n.file_name,
    n.row_number
FROM named AS n
JOIN shared.who AS who USING (patient_id)
WHERE n.identifier IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY n.identifier_type, n.identifier
    ORDER BY n.first_day NULLS LAST, n.last_day NULLS LAST, n.file_name, n.row_number
) = 1
