/* Every number of each patient: the Medicare number and the senders' own. */
SELECT
    i.identifier_type,
    i.identifier,
    d.person_id,
    CAST(NULL AS VARCHAR) AS first_day,
    CAST(NULL AS VARCHAR) AS last_day,
    i.file_name,
    i.row_number
FROM landing.patient_identifier AS i
JOIN shared.document AS d ON d.file_name = i.file_name
QUALIFY row_number() OVER (
    PARTITION BY i.identifier_type, i.identifier
    ORDER BY d.created_at NULLS LAST, i.file_name, i.row_number
) = 1
