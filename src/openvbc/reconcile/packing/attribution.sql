/* One member whom this side could have assigned or withholds, in one period. */
SELECT
    x.period_id,
    keyed(a.person_id) AS member,
    a.assigned,
    w.person_id IS NOT NULL AS withheld
FROM attribution AS a
JOIN exchanged_period AS x ON x.contract_id = a.contract_id AND x.period_id = a.period_id
LEFT JOIN withheld_person AS w ON w.person_id = a.person_id
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
    SELECT 1 FROM attribution AS a
    WHERE a.contract_id = x.contract_id
        AND a.period_id = x.period_id
        AND a.person_id = w.person_id
)
