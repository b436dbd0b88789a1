/* One row per inpatient procedure of each version of a claim that an 837 of this load tells. */
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
),

replaced AS (
    SELECT payee_npi, payer_claim_number, min(claim_number) AS claim_number
    FROM landing.remitted_claim
    WHERE payer_claim_number IS NOT NULL
    GROUP BY payee_npi, payer_claim_number
),

submitted AS (
    SELECT c.*, coalesce(r.claim_number, c.claim_number) AS first_number
    FROM landing.claim AS c
    LEFT JOIN replaced AS r
        ON c.original_reference = r.payer_claim_number
        AND c.frequency_code IN ('7', '8')
        AND coalesce(c.billing_npi = r.payee_npi, true)
    QUALIFY row_number() OVER (
        PARTITION BY c.file_name, c.claim_row ORDER BY r.claim_number
    ) = 1
),

paired AS (
    SELECT
        r.file_name AS remit_file,
        r.claim_row AS remit_row,
        c.file_name AS claim_file,
        c.claim_row,
        c.first_number,
        c.claim_number,
        c.billing_npi,
        c.frequency_code,
        c.submitted_on
    FROM landing.remitted_claim AS r
    INNER JOIN submitted AS c
        ON r.claim_number = c.claim_number
        AND coalesce(r.payee_npi = c.billing_npi, true)
        AND coalesce(c.submitted_on <= r.payment_day, true)
    QUALIFY row_number() OVER (
        PARTITION BY r.file_name, r.claim_row
        ORDER BY
            coalesce(r.frequency_code, '1') = c.frequency_code DESC,
            abs(r.charge_cents) = c.charge_cents DESC,
            c.submitted_on DESC NULLS LAST,
            c.file_name,
            c.claim_row
    ) = 1
),

version AS (
    SELECT
        p.claim_file,
        p.claim_row,
        r.file_name AS remit_file,
        r.claim_row AS remit_row,
        coalesce(p.billing_npi, r.payee_npi, '')
        || ':' || coalesce(p.first_number, o.claim_number, r.claim_number) AS claim_number,
        r.payment_day AS effective_on,
        CASE
            WHEN r.status_code = '22' THEN 'cancel'
            WHEN r.frequency_code = '7' THEN 'adjust'
            ELSE 'original'
        END AS version_type,
        CASE r.status_code WHEN '22' THEN 2 ELSE 3 END AS rank,
        coalesce(i.person_id, e.person_id, s.person_key, r.person_key) AS person_id,
        r.payer,
        coalesce(r.filing_code, s.filing_code) AS filing_code,
        s.group_name AS plan
    FROM landing.remitted_claim AS r
    LEFT JOIN paired AS p ON r.file_name = p.remit_file AND r.claim_row = p.remit_row
    LEFT JOIN landing.claim AS s ON p.claim_file = s.file_name AND p.claim_row = s.claim_row
    LEFT JOIN replaced AS o
        ON r.original_reference = o.payer_claim_number
        AND r.payee_npi IS NOT DISTINCT FROM o.payee_npi
    LEFT JOIN identity AS i ON coalesce(s.person_key, r.person_key) = i.identifier
    LEFT JOIN earlier_identity AS e ON coalesce(s.person_key, r.person_key) = e.identifier
    -- 25 is a price asked for in advance: nothing was done and nothing is paid
    WHERE r.status_code <> '25'
    UNION ALL
    SELECT
        c.file_name,
        c.claim_row,
        CAST(NULL AS VARCHAR),
        CAST(NULL AS BIGINT),
        coalesce(c.billing_npi, '') || ':' || c.first_number,
        c.submitted_on,
        CASE c.frequency_code WHEN '7' THEN 'adjust' WHEN '8' THEN 'cancel' ELSE 'original' END,
        CASE WHEN c.frequency_code IN ('7', '8') THEN 1 ELSE 0 END,
        coalesce(i.person_id, e.person_id, c.person_key),
        c.payer,
        c.filing_code,
        c.group_name
    FROM submitted AS c
    LEFT JOIN identity AS i ON c.person_key = i.identifier
    LEFT JOIN earlier_identity AS e ON c.person_key = e.identifier
    WHERE NOT EXISTS (
        SELECT 1 FROM paired AS p
        WHERE
            p.claim_number = c.claim_number
            AND p.billing_npi IS NOT DISTINCT FROM c.billing_npi
            AND p.frequency_code = c.frequency_code
            AND p.submitted_on IS NOT DISTINCT FROM c.submitted_on
    )
),

claim_day AS (
    SELECT
        c.file_name,
        c.claim_row,
        coalesce(c.statement_first_day, min(l.first_day), min(l.last_day)) AS first_day,
        coalesce(c.statement_last_day, max(l.last_day)) AS last_day
    FROM landing.claim AS c
    INNER JOIN landing.claim_line AS l
        ON c.file_name = l.file_name AND c.claim_row = l.claim_row
    GROUP BY c.file_name, c.claim_row, c.statement_first_day, c.statement_last_day
),

versioned AS (
    SELECT
        v.*,
        getvariable('data_source') || ':' || v.claim_number AS claim_key,
        -- days since 1970 and the order within a day: the same whichever load brings the version
        CAST((v.effective_on - DATE '1970-01-01') * 4 + v.rank AS INTEGER) AS version_number
    FROM version AS v
)

SELECT
    v.claim_key,
    v.version_number,
    CAST(row_number() OVER (
        PARTITION BY v.claim_file, v.claim_row, v.remit_file, v.remit_row
        ORDER BY CASE k.role WHEN 'principal' THEN 0 ELSE 1 END, k.sequence, k.code_set
    ) AS INTEGER) AS sequence,
    v.person_id,
    s.last_day AS claim_end_date,
    k.code_set AS code_type,
    k.code,
    k.procedure_day AS procedure_date,
    v.payer,
    v.plan,
    f.line_of_business,
    k.file_name,
    k.row_number
FROM versioned AS v
INNER JOIN landing.claim_code AS k ON v.claim_file = k.file_name AND v.claim_row = k.claim_row
LEFT JOIN claim_day AS s ON v.claim_file = s.file_name AND v.claim_row = s.claim_row
LEFT JOIN map.claim_filing AS f ON v.filing_code = f.filing_code
WHERE k.code_set IN ('icd-10-pcs', 'icd-9-pcs')
