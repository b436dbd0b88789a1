/* The numbers by which an 834 knows a member, each once. */
WITH told AS (
    SELECT 'mbi' AS identifier_type, medicare_id AS identifier, person_key, file_name, row_number
    FROM landing.member
    UNION ALL
    SELECT 'member_id', member_id, person_key, file_name, row_number
    FROM landing.member
    UNION ALL
    SELECT 'subscriber_id', subscriber_id, person_key, file_name, row_number
    FROM landing.member
    WHERE relationship_code = '18'
)

SELECT
    t.identifier_type,
    t.identifier,
    coalesce(i.person_id, t.person_key) AS person_id,
    CAST(NULL AS DATE) AS first_day,
    CAST(NULL AS DATE) AS last_day,
    t.file_name,
    t.row_number
FROM told AS t
LEFT JOIN shared.identity AS i ON t.person_key = i.identifier
WHERE t.identifier IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY t.identifier_type, t.identifier ORDER BY t.file_name, t.row_number
) = 1
