/* The sender's number of each patient, the number it replaced, and the Medicare number. */
WITH said AS (
    SELECT 'medical_record_number' AS identifier_type, own_number AS identifier, *
    FROM shared.identified
    UNION ALL BY NAME
    SELECT 'medical_record_number' AS identifier_type, authority || ':' || merged_number AS identifier, *
    FROM shared.identified
    WHERE merged_number <> ''
    UNION ALL BY NAME
    SELECT 'mbi' AS identifier_type, mbi AS identifier, *
    FROM shared.identified
    WHERE mbi <> ''
)

SELECT
    identifier_type,
    identifier,
    person_id,
    CAST(NULL AS VARCHAR) AS first_day,
    CAST(NULL AS VARCHAR) AS last_day,
    file_name,
    row_number
FROM said
QUALIFY row_number() OVER (
    PARTITION BY identifier_type, identifier ORDER BY event_at, file_name, row_number
) = 1
