/* What one attributed member's claims of one enrolment type come to: ours, with those of the causes taken. */
SELECT
    p.contract_id,
    p.period_id,
    c.member AS person_id,
    c.enrolment_type,
    TRUE AS counts,
    CAST(NULL AS BIGINT) AS claims_allowed_cents,
    SUM(c.claims_cents) AS claims_cents,
    SUM(c.excluded_cents) AS excluded_cents
FROM cost_part AS c
JOIN ours_contract_analysis AS p ON p.period_id = c.period_id
WHERE (c.side = 'theirs') = COALESCE(c.kind IN (SELECT kind FROM taken), FALSE)
GROUP BY p.contract_id, p.period_id, c.member, c.enrolment_type
