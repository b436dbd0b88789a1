/* One member's expenditure in one enrolment type: our claims, with those of the causes taken. */
SELECT
    w.window_id,
    c.member AS person_id,
    c.enrolment_type,
    SUM(c.claims) AS lines,
    SUM(c.claims_cents) AS claims_cents,
    SUM(c.excluded_cents) AS excluded_cents
FROM cost_part AS c
JOIN expenditure_window AS w ON w.period_id = c.period_id
WHERE (c.side = 'theirs') = COALESCE(c.kind IN (SELECT kind FROM taken), FALSE)
GROUP BY w.window_id, c.member, c.enrolment_type
