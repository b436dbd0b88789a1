-- What each load brought, by source and table: rows, claims, persons and signed sums, in cents.
SELECT
    load_id, 'medical_claim' AS "table", COUNT(DISTINCT claim_key) AS claims,
    COUNT(DISTINCT person_id) AS persons,
    CAST(COALESCE(SUM(sign * charge_cents), 0) AS BIGINT) AS charge,
    CAST(COALESCE(SUM(sign * allowed_cents), 0) AS BIGINT) AS allowed,
    CAST(COALESCE(SUM(sign * paid_cents), 0) AS BIGINT) AS paid
FROM medical_line
GROUP BY load_id
UNION ALL
SELECT
    load_id, 'pharmacy_claim', COUNT(DISTINCT claim_key), COUNT(DISTINCT person_id),
    CAST(COALESCE(SUM(sign * charge_cents), 0) AS BIGINT),
    CAST(COALESCE(SUM(sign * allowed_cents), 0) AS BIGINT),
    CAST(COALESCE(SUM(sign * paid_cents), 0) AS BIGINT)
FROM pharmacy_line
GROUP BY load_id
