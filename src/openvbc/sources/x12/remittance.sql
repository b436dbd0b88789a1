/* One row per amount of a remittance: charge, payment and allowed of each claim and line, and each
   adjustment (CAS), with its sign; adjustments of group PR are the patient's responsibility. */
WITH entry AS (
    SELECT
        r.file_name,
        r.claim_row,
        CAST(NULL AS BIGINT) AS line,
        0 AS sequence,
        t.entry_type,
        CAST(NULL AS VARCHAR) AS group_code,
        CAST(NULL AS VARCHAR) AS reason_code,
        CASE t.entry_type
            WHEN 'charge' THEN r.charge_cents
            WHEN 'payment' THEN r.paid_cents
            ELSE r.allowed_cents
        END AS amount_cents,
        r.row_number
    FROM landing.remitted_claim AS r
    CROSS JOIN (VALUES ('charge'), ('payment'), ('allowed')) AS t(entry_type)
    UNION ALL
    SELECT
        l.file_name,
        l.claim_row,
        l.ordinal,
        0,
        t.entry_type,
        NULL,
        NULL,
        CASE t.entry_type
            WHEN 'charge' THEN l.charge_cents
            WHEN 'payment' THEN l.paid_cents
            ELSE l.allowed_cents
        END,
        l.row_number
    FROM landing.remitted_line AS l
    CROSS JOIN (VALUES ('charge'), ('payment'), ('allowed')) AS t(entry_type)
    UNION ALL
    SELECT
        a.file_name,
        a.claim_row,
        a.line_ordinal,
        a.sequence,
        CASE a.group_code WHEN 'PR' THEN 'patient responsibility' ELSE 'adjustment' END,
        a.group_code,
        a.reason_code,
        a.amount_cents,
        a.row_number
    FROM landing.adjustment AS a
)

SELECT
    concat_ws(
        ':',
        getvariable('data_source'),
        coalesce(r.payee_npi, r.payee_tin),
        r.payment_trace,
        -- a claim comes twice in one payment where it is taken back and paid anew
        r.claim_number,
        r.claim_row - t.row_number,
        coalesce(e.line, 0),
        e.sequence,
        e.entry_type
    ) AS remittance_id,
    coalesce(i.person_id, r.person_key) AS person_id,
    r.payment_trace,
    r.payment_day AS payment_date,
    r.payer_claim_number AS payer_claim_id,
    r.claim_number AS claim_id,
    CAST(e.line AS INTEGER) AS claim_line_number,
    r.status_code AS claim_status_code,
    e.entry_type,
    e.group_code,
    e.reason_code,
    e.amount_cents,
    r.payee_npi,
    r.payee_tin,
    r.payer,
    f.line_of_business,
    e.file_name,
    e.row_number
FROM entry AS e
INNER JOIN landing.remitted_claim AS r ON e.file_name = r.file_name AND e.claim_row = r.claim_row
INNER JOIN landing.transaction AS t
    ON r.file_name = t.file_name AND r.transaction = t.transaction
LEFT JOIN shared.identity AS i ON r.person_key = i.identifier
LEFT JOIN map.claim_filing AS f ON r.filing_code = f.filing_code
WHERE e.amount_cents IS NOT NULL
