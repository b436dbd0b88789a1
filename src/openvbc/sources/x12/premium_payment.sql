/* One row per remittance (RMR) of an 820. The payment type is the payer's own word for it, where the
   file has one, else an adjustment where money is taken back, else a premium. */
WITH earlier_identity AS (
    SELECT identifier, min(person_id) AS person_id
    FROM earlier.person_identifier
    GROUP BY identifier
),

identity AS (
    SELECT
        n.identifier,
        min(coalesce(e.person_id, n.person_key)) AS person_id
    FROM (
        SELECT member_id AS identifier, person_key FROM landing.member
        UNION
        SELECT subscriber_id, person_key FROM landing.member WHERE relationship_code = '18'
        UNION
        SELECT medicare_id, person_key FROM landing.member
    ) AS n
    LEFT JOIN earlier_identity AS e ON n.person_key = e.identifier
    WHERE n.identifier IS NOT NULL
    GROUP BY n.identifier
)

SELECT
    concat_ws(
        ':', getvariable('data_source'), p.payment_trace, p.row_number - t.row_number
    ) AS payment_id,
    p.payment_trace,
    p.payment_day AS payment_date,
    coalesce(i.person_id, x.person_id, p.member_id) AS person_id,
    p.member_id,
    p.payee_tin,
    p.first_day,
    p.last_day,
    coalesce(p.kind, CASE WHEN p.paid_cents < 0 THEN 'adjustment' ELSE 'premium' END)
        AS payment_type,
    p.paid_cents,
    p.payer,
    p.file_name,
    p.row_number
FROM landing.premium AS p
INNER JOIN landing.transaction AS t
    ON p.file_name = t.file_name AND p.transaction = t.transaction
LEFT JOIN identity AS i ON p.member_id = i.identifier
LEFT JOIN earlier_identity AS x ON p.member_id = x.identifier
