/* The MBIs of the lists; a previous MBI belongs to the person of the current one. */
WITH named AS (
    SELECT bene_mbi_id AS mbi, bene_mbi_id AS current_mbi, NULL AS first_day, NULL AS last_day,
        file_name, row_number
    FROM landing.assigned
    UNION ALL
    SELECT bene_mbi_id, bene_mbi_id, NULL, NULL, file_name, row_number FROM landing.turnover
    UNION ALL
    SELECT bene_mbi_id, bene_mbi_id, NULL, NULL, file_name, row_number FROM landing.assignable
    UNION ALL
    SELECT bene_mbi_id, bene_mbi_id, NULL, NULL, file_name, row_number FROM landing.alignment
    UNION ALL
    SELECT mbi, mbi, NULL, NULL, file_name, row_number FROM landing.excluded
    UNION ALL
    SELECT previous_mbi, current_mbi, effective_on, obsolete_on, file_name, row_number
    FROM landing.mbi_xref
)

SELECT
    'mbi' AS identifier_type,
    n.mbi AS identifier,
    coalesce(k.person_id, n.current_mbi) AS person_id,
    n.first_day,
    n.last_day,
    n.file_name,
    n.row_number
FROM named AS n
LEFT JOIN earlier.person_identifier AS k
    ON k.identifier_type = 'mbi' AND k.identifier = n.current_mbi
ANTI JOIN earlier.person_identifier AS e
    ON e.identifier_type = 'mbi' AND e.identifier = n.mbi
WHERE n.mbi IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY n.mbi, coalesce(k.person_id, n.current_mbi)
    ORDER BY n.first_day NULLS LAST, n.file_name, n.row_number
) = 1
