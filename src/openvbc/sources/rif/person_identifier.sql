/* Every MBI, HICN and BENE_ID of the beneficiary files and of the history, with its person. */
WITH who AS (
    SELECT b.bene_id, min(coalesce(m.person_id, n.person_id, b.bene_id)) AS person_id
    FROM (
        SELECT bene_id, mbi_num FROM landing.beneficiary
        UNION SELECT bene_id, mbi_num FROM landing.beneficiary_history
    ) AS b
    LEFT JOIN earlier.person_identifier AS m
        ON m.identifier_type = 'mbi' AND m.identifier = b.mbi_num
    LEFT JOIN earlier.person_identifier AS n
        ON n.identifier_type = 'bene_id' AND n.identifier = b.bene_id
    GROUP BY b.bene_id
),

named AS (
    SELECT 'bene_id' AS identifier_type, bene_id AS identifier, bene_id, NULL AS first_day,
        NULL AS last_day, file_name, row_number
    FROM landing.beneficiary
    UNION ALL
    SELECT 'bene_id', bene_id, bene_id, NULL, NULL, file_name, row_number
    FROM landing.beneficiary_history
    UNION ALL
    SELECT 'mbi', mbi_num, bene_id, NULL, NULL, file_name, row_number
    FROM landing.beneficiary
    UNION ALL
    SELECT 'mbi', mbi_num, bene_id, efctv_bgn_dt, efctv_end_dt, file_name, row_number
    FROM landing.beneficiary_history
    UNION ALL
    SELECT 'hicn', bene_crnt_hic_num, bene_id, NULL, NULL, file_name, row_number
    FROM landing.beneficiary
    UNION ALL
    SELECT 'hicn', bene_crnt_hic_num, bene_id, NULL, NULL, file_name, row_number
    FROM landing.beneficiary_history
)

SELECT
    n.identifier_type,
    n.identifier,
    who.person_id,
    n.first_day,
    n.last_day,
    n.file_name,
    n.row_number
FROM named AS n
JOIN who ON who.bene_id = n.bene_id
WHERE n.identifier IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY n.identifier_type, n.identifier, who.person_id
    ORDER BY n.first_day NULLS LAST, n.file_name, n.row_number
) = 1
