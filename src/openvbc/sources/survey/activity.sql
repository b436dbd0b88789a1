/* One row per entry of an activity log. Without a number of its own an entry is told by what it
   says; entries that say the same in one log are numbered. */
WITH known AS (
    SELECT identifier, min(person_id) AS person_id
    FROM earlier.person_identifier
    GROUP BY identifier
    HAVING count(DISTINCT person_id) = 1
),

told AS (
    SELECT
        *,
        md5(concat_ws(
            '|', person_id, activity_date, activity_type, coalesce(minutes, ''),
            coalesce(outcome, ''), coalesce(need, ''), coalesce(staff_id, '')
        )) AS said
    FROM landing.activity
)

SELECT
    getvariable('data_source') || ':' || coalesce(
        t.activity_id,
        t.said || '-' || row_number() OVER (
            PARTITION BY t.file_name, t.said ORDER BY t.row_number
        )
    ) AS activity_id,
    coalesce(known.person_id, t.person_id) AS person_id,
    lower(coalesce(
        t.activity_type,
        nullif(regexp_extract(lower(t.file_name), '(outreach|navigation)', 1), ''),
        'other'
    )) AS activity_type,
    t.activity_date,
    t.minutes,
    lower(t.outcome) AS outcome,
    t.programme,
    lower(t.need) AS need,
    t.staff_id,
    t.staff_role,
    t.practice_tin,
    t.file_name,
    t.row_number
FROM told AS t
LEFT JOIN known ON known.identifier = t.person_id
