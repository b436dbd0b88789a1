/* One member whom this side could have assigned or withholds, in one period. */
SELECT
    m.period_id,
    keyed(m.person_id) AS member,
    m.assigned,
    w.person_id IS NOT NULL AS withheld
FROM exchanged_member AS m
LEFT JOIN withheld_person AS w ON w.person_id = m.person_id
UNION ALL
-- A side may know that somebody opted out and have no other row of that person.
SELECT
    x.period_id,
    keyed(w.person_id) AS member,
    FALSE AS assigned,
    TRUE AS withheld
FROM exchanged_period AS x
CROSS JOIN withheld_person AS w
WHERE NOT EXISTS (
    SELECT 1 FROM exchanged_member AS m
    WHERE m.period_id = x.period_id AND m.person_id = w.person_id
)
