/* Every Medicare Beneficiary Identifier (MBI) that is not its person's only one: one row per MBI,
   with the person. CCLF9 links an MBI to the one that replaced it; all that are linked, directly or
   through others, are one person. Who that is: the person that earlier loads know any of them as,
   else the oldest of them, so that the order in which months are loaded changes no grouping.
   Where earlier loads know them as two persons, each stays with its own and is_conflict says so. */
CREATE VIEW shared.mbi AS
WITH RECURSIVE link AS (
    SELECT rtrim(crnt_num) AS a, rtrim(prvs_num) AS b
    FROM landing.cclf9
    WHERE hicn_mbi_xref_ind = 'M' AND rtrim(crnt_num) <> rtrim(prvs_num)
),

either_way AS (
    SELECT a, b FROM link
    UNION
    SELECT b, a FROM link
),

reached AS (
    SELECT a AS mbi, a AS other FROM either_way
    UNION
    SELECT r.mbi, e.b FROM reached AS r JOIN either_way AS e ON e.a = r.other
),

used AS (
    SELECT rtrim(prvs_num) AS mbi, min(prvs_id_efctv_dt) AS first_day, max(prvs_id_obslt_dt) AS last_day
    FROM landing.cclf9
    WHERE hicn_mbi_xref_ind = 'M'
    GROUP BY ALL
),

known AS (
    SELECT identifier AS mbi, min(person_id) AS person_id
    FROM earlier.person_identifier
    WHERE identifier_type = 'mbi'
    GROUP BY ALL
),

member AS (
    SELECT
        r.mbi,
        k.person_id AS known_person,
        row_number() OVER (
            PARTITION BY r.mbi
            ORDER BY u.first_day NULLS LAST, u.last_day NULLS LAST, r.other
        ) AS age,
        r.other
    FROM reached AS r
    LEFT JOIN used AS u ON u.mbi = r.other
    LEFT JOIN known AS k ON k.mbi = r.other
),

grouped AS (
    SELECT
        mbi,
        min(other) FILTER (WHERE age = 1) AS oldest,
        min(known_person) AS known_person,
        count(DISTINCT known_person) > 1 AS is_conflict
    FROM member
    GROUP BY mbi
)

SELECT
    g.mbi,
    CASE
        WHEN g.is_conflict THEN coalesce(k.person_id, g.known_person)
        ELSE coalesce(g.known_person, g.oldest)
    END AS person_id,
    g.is_conflict,
    u.first_day,
    u.last_day
FROM grouped AS g
LEFT JOIN used AS u USING (mbi)
LEFT JOIN known AS k USING (mbi)
UNION ALL
SELECT mbi, person_id, false, CAST(NULL AS DATE), CAST(NULL AS DATE)
FROM known
WHERE mbi NOT IN (SELECT mbi FROM grouped);
