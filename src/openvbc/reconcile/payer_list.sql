-- Why a payer's list and its expenditure differ from ours: each person with one cause.
-- Tables: attribution, reported_assignment, sharing_preference, person_identifier, medical_claim.
-- Variables: contract_id, period_id, report, report_period, first_day, last_day, as_of, their_as_of.
WITH ours AS (
    SELECT DISTINCT person_id
    FROM attribution
    WHERE contract_id = getvariable('contract_id') AND period_id = getvariable('period_id')
        AND assigned
),

listed AS (
    SELECT person_id, bool_or(status IN ('assigned', 'voluntary')) AS is_theirs,
        bool_or(status IN ('excluded', 'left')) AS is_excluded
    FROM reported_assignment
    WHERE report_period = getvariable('report_period')
        AND (report = getvariable('report') OR status IN ('excluded', 'left'))
    GROUP BY person_id
),

choice AS (
    SELECT i.person_id, s.preference
    FROM sharing_preference AS s
    JOIN person_identifier AS i
        ON i.identifier_type = s.identifier_type AND i.identifier = s.identifier
    WHERE s.effective_on <= getvariable('as_of')
    QUALIFY row_number() OVER (
        PARTITION BY i.person_id ORDER BY s.effective_on DESC, s.preference DESC
    ) = 1
),

line AS (
    SELECT person_id, claim_key, version_number, version_type, effective_on, paid_cents,
        coalesce(denied, false) AS denied, coalesce(debit_credit, false) AS adds_up
    FROM medical_claim
    WHERE claim_end_date BETWEEN getvariable('first_day') AND getvariable('last_day')
),

standing AS (
    SELECT
        claim_key,
        max(version_number) FILTER (WHERE effective_on <= getvariable('as_of')) AS now,
        max(version_number) FILTER (WHERE effective_on <= getvariable('their_as_of')) AS then
    FROM line
    GROUP BY claim_key
),

-- A claim's value is that of its version that stands; of debits and credits, their sum.
valued AS (
    SELECT
        l.*,
        s.then IS NULL AS is_new,
        CASE
            WHEN l.denied OR (l.version_type = 'cancel' AND NOT l.adds_up) THEN 0
            WHEN l.version_type = 'cancel' THEN -l.paid_cents
            ELSE l.paid_cents
        END AS cents,
        CASE
            WHEN l.adds_up THEN l.effective_on <= getvariable('as_of')
            ELSE l.version_number = s.now
        END AS counts_now,
        CASE
            WHEN l.adds_up THEN l.effective_on <= getvariable('their_as_of')
            ELSE l.version_number = s.then
        END AS counted_then
    FROM line AS l
    JOIN standing AS s ON s.claim_key = l.claim_key
),

claim AS (
    SELECT
        person_id,
        is_new,
        sum(CASE WHEN counts_now THEN cents ELSE 0 END) AS cents_now,
        sum(CASE WHEN counted_then THEN cents ELSE 0 END) AS cents_then
    FROM valued
    GROUP BY person_id, claim_key, is_new
),

spent AS (
    SELECT
        person_id,
        CAST(sum(cents_now) AS BIGINT) AS cents_now,
        CAST(coalesce(sum(cents_now) FILTER (WHERE is_new), 0) AS BIGINT) AS run_out_cents,
        CAST(coalesce(sum(cents_now - cents_then) FILTER (WHERE NOT is_new), 0) AS BIGINT)
            AS version_cents
    FROM claim
    GROUP BY person_id
)

SELECT
    coalesce(o.person_id, l.person_id) AS person_id,
    CASE
        WHEN o.person_id IS NOT NULL AND coalesce(l.is_theirs, false) THEN 'shared'
        WHEN o.person_id IS NOT NULL AND coalesce(l.is_excluded, false) THEN 'excluded by payer'
        WHEN o.person_id IS NOT NULL THEN 'attribution: only ours'
        WHEN c.preference = 'withhold' THEN 'withheld'
        WHEN s.person_id IS NULL THEN 'no claims received'
        ELSE 'attribution: only theirs'
    END AS cause,
    coalesce(s.cents_now, 0) AS cents_now,
    coalesce(s.run_out_cents, 0) AS run_out_cents,
    coalesce(s.version_cents, 0) AS version_cents
FROM ours AS o
FULL JOIN (SELECT * FROM listed WHERE is_theirs OR is_excluded) AS l
    ON l.person_id = o.person_id
LEFT JOIN choice AS c ON c.person_id = coalesce(o.person_id, l.person_id)
LEFT JOIN spent AS s ON s.person_id = coalesce(o.person_id, l.person_id)
WHERE o.person_id IS NOT NULL OR l.is_theirs
ORDER BY cause, person_id
