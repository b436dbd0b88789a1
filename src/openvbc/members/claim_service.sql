-- One service, place, network and month of a contract's members: claim lines, their value and what
-- was paid on them. Reads member_money, final_claim and pharmacy_claim, and the given tables
-- service_rule and claims_as_of (one row). A line that no rule fits is of service `unmapped`.
WITH mine AS (
    SELECT DISTINCT person_id, month_start, payer, line_of_business
    FROM member_money
    WHERE earned_months > 0
),

pharmacy AS (
    SELECT
        p.claim_key, p.version_number, p.claim_line_number, p.person_id, p.payer,
        p.line_of_business, p.dispensing_date, p.version_type, p.allowed_cents, p.paid_cents
    FROM pharmacy_claim AS p
    JOIN claims_as_of AS a ON p.effective_on <= a.as_of
    QUALIFY p.version_number = MAX(p.version_number) OVER (PARTITION BY p.claim_key)
),

line AS (
    SELECT
        c.claim_key, c.version_number, c.claim_line_number, c.person_id, c.payer,
        c.line_of_business, c.claim_type,
        c.place_of_service_code, c.bill_type_code, c.revenue_center_code, c.hcpcs_code,
        c.billing_tin, CAST(date_trunc('month', c.claim_end_date) AS DATE) AS month_start,
        c.sign * COALESCE(c.allowed_cents, c.paid_cents) AS value_cents,
        c.sign * c.paid_cents AS paid_cents
    FROM final_claim AS c
    JOIN claims_as_of AS a ON c.effective_on <= a.as_of
    WHERE NOT COALESCE(c.denied, FALSE)
        AND (
            c.debit_credit
            OR (
                (c.superseded_on IS NULL OR c.superseded_on > a.as_of)
                AND c.version_type <> 'cancel'
            )
        )
    UNION ALL
    SELECT
        claim_key, version_number, claim_line_number, person_id, payer, line_of_business,
        'pharmacy', NULL, NULL, NULL, NULL, NULL,
        CAST(date_trunc('month', dispensing_date) AS DATE),
        COALESCE(allowed_cents, paid_cents), paid_cents
    FROM pharmacy
    WHERE version_type <> 'cancel'
),

-- A line is the contract's where its month is: same payer, same line of business.
counted AS (
    SELECT l.*
    FROM line AS l
    JOIN mine AS m
        ON m.person_id = l.person_id
        AND m.month_start = l.month_start
        AND m.line_of_business = l.line_of_business
        AND m.payer = l.payer
),

-- Of a claim that is postings (debits and credits), several versions stand, and each counts.
ruled AS (
    SELECT c.*, r.service, r.place, r.network
    FROM counted AS c
    LEFT JOIN service_rule AS r
        ON (r.claim_type IS NULL OR r.claim_type = c.claim_type)
        AND (r.place_of_service IS NULL OR r.place_of_service = c.place_of_service_code)
        AND (
            r.bill_type IS NULL
            OR substr(c.bill_type_code, 1, length(r.bill_type)) = r.bill_type
        )
        AND (
            r.revenue_center IS NULL
            OR substr(c.revenue_center_code, 1, length(r.revenue_center)) = r.revenue_center
        )
        AND (r.hcpcs_from IS NULL OR c.hcpcs_code BETWEEN r.hcpcs_from AND r.hcpcs_to)
        AND (r.billing_tin IS NULL OR r.billing_tin = c.billing_tin)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY c.claim_type = 'pharmacy', c.claim_key, c.version_number, c.claim_line_number
        ORDER BY CAST(r.rule AS INTEGER)
    ) = 1
)

SELECT
    COALESCE(service, 'unmapped') AS service,
    COALESCE(place, place_of_service_code, bill_type_code, 'unknown') AS place,
    COALESCE(network, claim_type) AS network,
    month_start,
    CAST(SUM(value_cents) AS BIGINT) AS value_cents,
    CAST(SUM(paid_cents) AS BIGINT) AS paid_cents,
    COUNT(*) AS lines
FROM ruled
GROUP BY ALL
ORDER BY ALL
