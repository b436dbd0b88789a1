/*
row: One version of a claim that no longer stands, with the day it stopped standing, by the day the claim ends.
grain: [claim_key, version_number, claim_end_date]
span: person
period: none
columns:
  claim_key: {type: VARCHAR, required: true, says: the claim through all its versions}
  version_number: {type: INTEGER, required: true, says: the version that was replaced or cancelled}
  person_id: {type: VARCHAR, required: true, says: the patient}
  superseded_on: {type: DATE, required: true, says: "the day from which the next version, or the cancellation, stands"}
  claim_end_date: {type: DATE, required: true, says: through date of the version}
*/
-- Versions that replace each other: few claims have a second one, so only their lines are grouped.
WITH revised AS (
    SELECT DISTINCT claim_key
    FROM medical_claim
    WHERE version_number <> 1 AND debit_credit IS NOT TRUE
),

dated_version AS (
    SELECT person_id, claim_key, version_number, claim_end_date, MIN(effective_on) AS effective_on
    FROM medical_claim
    WHERE claim_key IN (SELECT claim_key FROM revised) AND debit_credit IS NOT TRUE
    GROUP BY person_id, claim_key, version_number, claim_end_date
),

version AS (
    SELECT person_id, claim_key, version_number, MIN(effective_on) AS effective_on
    FROM dated_version
    GROUP BY person_id, claim_key, version_number
),

following AS (
    SELECT
        claim_key,
        version_number,
        person_id,
        LEAD(effective_on) OVER (
            PARTITION BY person_id, claim_key ORDER BY version_number
        ) AS superseded_on
    FROM version
),

-- Debits and credits: each cancellation takes away the oldest posting of its own amount that was
-- there before it, else the oldest of those left. One that finds none stands alone: its posting was
-- never delivered. Nothing that comes later changes a pair, save what first found one of another
-- amount.
dated_posting AS (
    SELECT
        person_id,
        claim_key,
        version_number,
        claim_end_date,
        MAX(CASE WHEN version_type = 'cancel' THEN 1 ELSE 0 END) AS is_cancel,
        MIN(effective_on) AS effective_on,
        SUM(paid_cents) AS paid_cents
    FROM medical_claim
    WHERE debit_credit
        AND claim_key IN (
            SELECT claim_key FROM medical_claim WHERE debit_credit AND version_type = 'cancel'
        )
    GROUP BY person_id, claim_key, version_number, claim_end_date
),

posting AS (
    SELECT
        person_id,
        claim_key,
        version_number,
        MAX(is_cancel) AS is_cancel,
        MIN(effective_on) AS effective_on,
        SUM(paid_cents) AS paid_cents
    FROM dated_posting
    GROUP BY person_id, claim_key, version_number
),

-- open: postings that no cancellation took yet; below zero where cancellations found none
alike AS (
    SELECT
        p.*,
        ROW_NUMBER() OVER (
            PARTITION BY person_id, claim_key, paid_cents, is_cancel
            ORDER BY effective_on, version_number
        ) AS place,
        SUM(1 - 2 * is_cancel) OVER (
            PARTITION BY person_id, claim_key, paid_cents
            ORDER BY effective_on, is_cancel, version_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS open
    FROM posting AS p
),

alike_before AS (
    SELECT
        a.*,
        LEAST(0, COALESCE(MIN(open) OVER (
            PARTITION BY person_id, claim_key, paid_cents
            ORDER BY effective_on, is_cancel, version_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0)) AS least_before
    FROM alike AS a
),

-- The cancellations that found none are left out of the count, and so is one that sinks it further.
same_amount AS (
    SELECT
        d.person_id,
        d.claim_key,
        d.version_number,
        c.version_number AS cancel_number,
        c.effective_on AS superseded_on
    FROM alike_before AS d
    JOIN alike_before AS c
        ON c.person_id = d.person_id
        AND c.claim_key = d.claim_key
        AND c.paid_cents = d.paid_cents
        AND c.place + c.least_before = d.place
    WHERE d.is_cancel = 0 AND c.is_cancel = 1 AND c.open >= c.least_before
),

remaining AS (
    SELECT
        p.*,
        ROW_NUMBER() OVER (
            PARTITION BY person_id, claim_key, is_cancel ORDER BY effective_on, version_number
        ) AS place,
        SUM(1 - 2 * is_cancel) OVER (
            PARTITION BY person_id, claim_key
            ORDER BY effective_on, is_cancel, version_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS open
    FROM (
        SELECT p.*
        FROM posting AS p
        ANTI JOIN same_amount AS s
            ON s.person_id = p.person_id
            AND s.claim_key = p.claim_key
            AND (s.version_number = p.version_number OR s.cancel_number = p.version_number)
    ) AS p
),

remaining_before AS (
    SELECT
        r.*,
        LEAST(0, COALESCE(MIN(open) OVER (
            PARTITION BY person_id, claim_key
            ORDER BY effective_on, is_cancel, version_number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0)) AS least_before
    FROM remaining AS r
),

other_amount AS (
    SELECT d.person_id, d.claim_key, d.version_number, c.effective_on AS superseded_on
    FROM remaining_before AS d
    JOIN remaining_before AS c
        ON c.person_id = d.person_id
        AND c.claim_key = d.claim_key
        AND c.place + c.least_before = d.place
    WHERE d.is_cancel = 0 AND c.is_cancel = 1 AND c.open >= c.least_before
),

ended AS (
    SELECT claim_key, version_number, person_id, superseded_on
    FROM following
    WHERE superseded_on IS NOT NULL
    UNION ALL
    SELECT claim_key, version_number, person_id, superseded_on
    FROM same_amount
    UNION ALL
    SELECT claim_key, version_number, person_id, superseded_on
    FROM other_amount
),

-- The lines of a version have one through date; where they have more, each finds its version.
dated AS (
    SELECT person_id, claim_key, version_number, claim_end_date
    FROM dated_version
    UNION ALL
    SELECT person_id, claim_key, version_number, claim_end_date
    FROM dated_posting
)

SELECT e.claim_key, e.version_number, e.person_id, e.superseded_on, d.claim_end_date
FROM ended AS e
JOIN dated AS d
    ON d.person_id = e.person_id
    AND d.claim_key = e.claim_key
    AND d.version_number = e.version_number
