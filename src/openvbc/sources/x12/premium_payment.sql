/* One row per remittance (RMR) of an 820. The payment type is the payer's own word for it, where the
   file has one, else an adjustment where money is taken back, else a premium. */
SELECT
    concat_ws(
        ':', getvariable('data_source'), p.payment_trace, p.row_number - t.row_number
    ) AS payment_id,
    p.payment_trace,
    p.payment_day AS payment_date,
    coalesce(i.person_id, p.member_id) AS person_id,
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
LEFT JOIN shared.identity AS i ON p.member_id = i.identifier
