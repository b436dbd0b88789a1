/* One claim of an assigned member in one enrolment type of one period, in the version that stood at the end of the run-out; what is withheld as sensitive is one row of the member. */
WITH delivered AS (
    SELECT
        claim_type, claim_key, version_number, claim_line_number, data_source, version_type,
        effective_on, paid_date, received_on, sensitivity
    FROM final_claim
    UNION ALL
    SELECT
        'pharmacy' AS claim_type, claim_key, version_number, claim_line_number, data_source,
        version_type, effective_on, paid_date, received_on, sensitivity
    FROM pharmacy_claim
),

line AS (
    SELECT
        u.period_id,
        c.claim_key,
        -- Some sources put their own name before the number of a claim; two sides name them apart.
        CASE WHEN u.claim_type = 'pharmacy' THEN 'pharmacy ' ELSE '' END || CASE
            WHEN starts_with(c.claim_key, c.data_source || ':')
                THEN substr(c.claim_key, length(c.data_source) + 2)
            ELSE c.claim_key
        END AS claim_name,
        u.person_id,
        u.enrolment_type,
        u.status,
        u.claims_cents,
        u.excluded_cents,
        c.version_number,
        c.version_type,
        c.effective_on,
        c.paid_date,
        c.received_on,
        COALESCE(c.sensitivity, '') <> '' AS sensitive,
        h.claim_key IS NOT NULL AS is_withheld
    FROM exchanged_line AS u
    JOIN delivered AS c
        ON c.claim_type = u.claim_type
        AND c.claim_key = u.claim_key
        AND c.version_number = u.version_number
        AND c.claim_line_number = u.claim_line_number
    LEFT JOIN withheld_claim AS h ON h.claim_key = u.claim_key AND h.person_id = u.person_id
),

claim AS (
    SELECT
        period_id,
        claim_name,
        person_id,
        enrolment_type,
        version_number,
        MIN(version_type) AS version_type,
        MIN(effective_on) AS effective_on,
        MAX(paid_date) AS paid_date,
        MAX(received_on) AS received_on,
        BOOL_OR(sensitive) AS sensitive,
        BOOL_OR(is_withheld) AS is_withheld,
        COALESCE(MIN(CASE WHEN status = 'counts' THEN status END), MIN(status)) AS status,
        SUM(claims_cents) AS claims_cents,
        SUM(excluded_cents) AS excluded_cents
    FROM line
    GROUP BY period_id, claim_key, claim_name, person_id, enrolment_type, version_number
)

SELECT
    period_id,
    keyed(claim_name) AS claim,
    keyed(person_id) AS member,
    enrolment_type,
    version_number,
    version_type,
    effective_on,
    paid_date,
    received_on,
    sensitive,
    status,
    claims_cents,
    excluded_cents
FROM claim
WHERE NOT is_withheld
UNION ALL
-- Their dollars, which the statement counts; nothing that tells one from another, and of those
-- that do not count nothing at all.
SELECT
    period_id,
    keyed('withheld ' || person_id) AS claim,
    keyed(person_id) AS member,
    enrolment_type,
    0 AS version_number,
    'withheld' AS version_type,
    CAST(NULL AS DATE) AS effective_on,
    CAST(NULL AS DATE) AS paid_date,
    CAST(NULL AS DATE) AS received_on,
    TRUE AS sensitive,
    status,
    SUM(claims_cents) AS claims_cents,
    SUM(excluded_cents) AS excluded_cents
FROM claim
WHERE is_withheld AND status = 'counts'
GROUP BY period_id, person_id, enrolment_type, status
