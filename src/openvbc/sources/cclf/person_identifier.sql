/* One row per Medicare Beneficiary Identifier, with its person. A link between two persons whom
   earlier loads hold apart names nobody (person_id is missing) and is set aside: load the months
   again into a new workspace with the newest CCLF9, or take the wrong link out of it. */
WITH given AS (
    SELECT rtrim(bene_mbi_id) AS mbi, file_name, row_number FROM landing.cclf8
    UNION ALL
    SELECT rtrim(crnt_num), file_name, row_number FROM landing.cclf9 WHERE hicn_mbi_xref_ind = 'M'
    UNION ALL
    SELECT rtrim(prvs_num), file_name, row_number FROM landing.cclf9 WHERE hicn_mbi_xref_ind = 'M'
)

SELECT
    'mbi' AS identifier_type,
    given.mbi AS identifier,
    CASE
        WHEN coalesce(m.is_conflict, false) THEN NULL
        ELSE coalesce(m.person_id, given.mbi)
    END AS person_id,
    m.first_day,
    m.last_day,
    delivered_on(given.file_name) AS received_on,
    given.file_name,
    given.row_number
FROM given
LEFT JOIN shared.mbi AS m ON m.mbi = given.mbi
QUALIFY row_number() OVER (
    PARTITION BY given.mbi ORDER BY given.file_name, given.row_number
) = 1
