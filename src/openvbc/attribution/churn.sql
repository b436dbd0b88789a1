-- People by unit, what became of them, and why. A tie is one that the reason itself names.
WITH pair AS (
    SELECT
        b.person_id,
        b.unit AS from_unit,
        t.unit AS to_unit,
        b.cause AS from_cause,
        b.reason AS from_reason,
        b.other AS from_other,
        t.cause AS to_cause,
        t.reason AS to_reason,
        t.other AS to_other
    FROM state AS b
    JOIN state AS t ON t.person_id = b.person_id AND t.side = 'to'
    WHERE b.side = 'from'
),

moved AS (
    SELECT from_unit AS unit, 'stayed' AS change, 'stayed' AS cause, '' AS reason, '' AS other
    FROM pair
    WHERE from_unit = to_unit
    UNION ALL
    SELECT
        from_unit,
        'left',
        CASE
            WHEN to_unit IS NULL THEN to_cause
            WHEN starts_with(to_reason, 'tie_') THEN 'tie'
            ELSE 'another_unit'
        END,
        to_reason,
        COALESCE(to_unit, to_other, '')
    FROM pair
    WHERE from_unit IS NOT NULL AND to_unit IS DISTINCT FROM from_unit
    UNION ALL
    SELECT
        to_unit,
        'joined',
        CASE
            WHEN from_unit IS NULL THEN from_cause
            WHEN starts_with(to_reason, 'tie_') THEN 'tie'
            ELSE 'another_unit'
        END,
        CASE WHEN from_unit IS NULL THEN from_reason ELSE to_reason END,
        COALESCE(from_unit, from_other, '')
    FROM pair
    WHERE to_unit IS NOT NULL AND to_unit IS DISTINCT FROM from_unit
)

SELECT unit, change, cause, reason, other, COUNT(*) AS persons
FROM moved
GROUP BY unit, change, cause, reason, other
ORDER BY
    unit,
    CASE change WHEN 'stayed' THEN 1 WHEN 'left' THEN 2 ELSE 3 END,
    cause, persons DESC, reason, other
