/* The versions of claims that this load adds. Claims (837) and remittances (835) are matched over all
   files of this kind, those of earlier loads too: an answer may come months after its claim, and a
   claim after its answer. Files are told apart by file_key. */

-- The control numbers that this load may change: its own, and those that a payer's number links.
CREATE TABLE shared.touched AS
WITH reference AS (
    SELECT claim_number, original_reference FROM history.claim
    UNION
    SELECT claim_number, original_reference FROM history.remitted_claim
),

own AS (
    SELECT claim_number FROM history.claim WHERE is_new
    UNION
    SELECT claim_number FROM history.remitted_claim WHERE is_new
),

linked AS (
    SELECT claim_number FROM own
    UNION
    SELECT n.claim_number
    FROM reference AS n
    JOIN history.remitted_claim AS r ON n.original_reference = r.payer_claim_number
    WHERE r.claim_number IN (SELECT claim_number FROM own)
)

SELECT claim_number FROM linked
UNION
SELECT r.claim_number
FROM history.remitted_claim AS r
JOIN reference AS n ON r.payer_claim_number = n.original_reference
WHERE n.claim_number IN (SELECT claim_number FROM linked);

CREATE VIEW shared.claim AS
SELECT * FROM history.claim WHERE claim_number IN (SELECT claim_number FROM shared.touched);

CREATE VIEW shared.remitted_claim AS
SELECT * FROM history.remitted_claim
WHERE claim_number IN (SELECT claim_number FROM shared.touched);

/* One row per version of a touched claim: a remittance with the claim that it answers, if that is
   there, or a claim that none answers. only_earlier: as the files of earlier loads tell it. */
CREATE MACRO shared.told_version(only_earlier) AS TABLE (
WITH replaced AS (
    SELECT payee_npi, payer_claim_number, min(claim_number) AS claim_number
    FROM shared.remitted_claim
    WHERE payer_claim_number IS NOT NULL AND NOT (only_earlier AND is_new)
    GROUP BY payee_npi, payer_claim_number
),

submitted AS (
    SELECT c.*, coalesce(r.claim_number, c.claim_number) AS first_number
    FROM shared.claim AS c
    LEFT JOIN replaced AS r
        ON c.original_reference = r.payer_claim_number
        AND c.frequency_code IN ('7', '8')
        AND coalesce(c.billing_npi = r.payee_npi, true)
    WHERE NOT (only_earlier AND c.is_new)
    QUALIFY row_number() OVER (
        PARTITION BY c.file_key, c.claim_row ORDER BY r.claim_number
    ) = 1
),

remitted AS (
    SELECT * FROM shared.remitted_claim
    -- 25 is a price asked for in advance: nothing was done and nothing is paid
    WHERE NOT (only_earlier AND is_new) AND status_code <> '25'
),

paired AS (
    SELECT
        r.file_key AS remit_file,
        r.claim_row AS remit_row,
        c.file_key AS claim_file,
        c.claim_row,
        c.first_number,
        c.claim_number,
        c.billing_npi,
        c.frequency_code,
        c.submitted_on,
        c.person_key,
        c.filing_code,
        c.group_name,
        c.is_new
    FROM remitted AS r
    INNER JOIN submitted AS c
        ON r.claim_number = c.claim_number
        AND coalesce(r.payee_npi = c.billing_npi, true)
        AND coalesce(c.submitted_on <= r.payment_day, true)
    QUALIFY row_number() OVER (
        PARTITION BY r.file_key, r.claim_row
        ORDER BY
            coalesce(r.frequency_code, '1') = c.frequency_code DESC,
            abs(r.charge_cents) = c.charge_cents DESC,
            c.submitted_on DESC NULLS LAST,
            c.file_name,
            c.file_key,
            c.claim_row
    ) = 1
),

version AS (
    SELECT
        p.claim_file,
        p.claim_row,
        r.file_key AS remit_file,
        r.claim_row AS remit_row,
        coalesce(p.billing_npi, r.payee_npi, '')
        || ':' || coalesce(p.first_number, o.claim_number, r.claim_number) AS claim_number,
        r.payment_day AS effective_on,
        CASE
            WHEN r.status_code = '22' THEN 'cancel'
            WHEN r.frequency_code = '7' THEN 'adjust'
            ELSE 'original'
        END AS version_type,
        -- with its claim it replaces what it said alone
        CASE r.status_code WHEN '22' THEN 2 ELSE 4 END
        + CASE WHEN p.claim_row IS NULL THEN 0 ELSE 1 END AS rank,
        coalesce(p.person_key, r.person_key) AS person_key,
        r.payer,
        coalesce(r.filing_code, p.filing_code) AS filing_code,
        p.group_name AS plan,
        r.is_new OR coalesce(p.is_new, false) AS is_new
    FROM remitted AS r
    LEFT JOIN paired AS p ON r.file_key = p.remit_file AND r.claim_row = p.remit_row
    LEFT JOIN replaced AS o
        ON r.original_reference = o.payer_claim_number
        AND r.payee_npi IS NOT DISTINCT FROM o.payee_npi
    UNION ALL
    SELECT
        c.file_key,
        c.claim_row,
        CAST(NULL AS VARCHAR),
        CAST(NULL AS BIGINT),
        coalesce(c.billing_npi, '') || ':' || c.first_number,
        c.submitted_on,
        CASE c.frequency_code WHEN '7' THEN 'adjust' WHEN '8' THEN 'cancel' ELSE 'original' END,
        CASE WHEN c.frequency_code IN ('7', '8') THEN 1 ELSE 0 END,
        c.person_key,
        c.payer,
        c.filing_code,
        c.group_name,
        c.is_new
    FROM submitted AS c
    WHERE NOT EXISTS (
        SELECT 1 FROM paired AS p
        WHERE
            p.claim_number = c.claim_number
            AND p.billing_npi IS NOT DISTINCT FROM c.billing_npi
            AND p.frequency_code = c.frequency_code
            AND p.submitted_on IS NOT DISTINCT FROM c.submitted_on
    )
)

SELECT
    v.* EXCLUDE (person_key),
    getvariable('data_source') || ':' || v.claim_number AS claim_key,
    -- days since 1970 and the order within a day: the same whichever load brings the version
    CAST((v.effective_on - DATE '1970-01-01') * 8 + v.rank AS INTEGER) AS version_number,
    coalesce(i.person_id, v.person_key) AS person_id
FROM version AS v
LEFT JOIN shared.identity AS i ON v.person_key = i.identifier
);

/* What this load adds: versions that it brings or makes anew. A claim that it shows to be part of
   another one (a replacement that the payer's number links, a payee whose number only the claim
   has) had a key of its own, and is taken back there. */
CREATE TABLE shared.version AS
WITH now AS MATERIALIZED (SELECT * FROM shared.told_version(false)),

before AS MATERIALIZED (SELECT * FROM shared.told_version(true))

SELECT now.*
FROM now
WHERE is_new OR NOT EXISTS (
    SELECT 1 FROM before AS b
    WHERE b.claim_key = now.claim_key AND b.version_number = now.version_number
)
UNION ALL
SELECT b.* REPLACE (
    'cancel' AS version_type,
    CAST((b.effective_on - DATE '1970-01-01') * 8 + 7 AS INTEGER) AS version_number
)
FROM before AS b
WHERE b.claim_key NOT IN (SELECT claim_key FROM now)
QUALIFY row_number() OVER (
    PARTITION BY b.claim_key, b.effective_on
    ORDER BY b.rank DESC, b.remit_file, b.remit_row, b.claim_file, b.claim_row
) = 1;

-- First and last day of each claim, by its statement or its lines.
CREATE VIEW shared.claim_day AS
SELECT
    c.file_key,
    c.claim_row,
    coalesce(c.statement_first_day, min(l.first_day), min(l.last_day)) AS first_day,
    coalesce(c.statement_last_day, max(l.last_day)) AS last_day
FROM shared.claim AS c
INNER JOIN history.claim_line AS l ON c.file_key = l.file_key AND c.claim_row = l.claim_row
GROUP BY c.file_key, c.claim_row, c.statement_first_day, c.statement_last_day;
