/*
row: One class of one hospital claim by its first diagnosis, with the share of it that is of the class.
grain: [analysis_id, grouper, claim_key, version_number, category]
span: person
period: year
asked_by: [grouper]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the patient}
  grouper: {type: VARCHAR, required: true, says: the grouper}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  category: {type: VARCHAR, required: true, says: "the class; unclassified: what no class has"}
  code: {type: VARCHAR, says: "the first diagnosis; empty: the claim has none"}
  share_ppm: {type: BIGINT, required: true, says: "the share of the claim, in millionths"}
  allowed_cents: {type: BIGINT, required: true, says: "that share of what was allowed, cents"}
  paid_cents: {type: BIGINT, required: true, says: "that share of what was paid, cents"}
audits:
  a claim is divided whole: >
    SELECT claim_key FROM this GROUP BY analysis_id, grouper, claim_key, version_number
    HAVING SUM(share_ppm) <> 1000000
*/
-- Shares are laid end to end, so that the cents of a claim's classes add up to the claim.
WITH asked AS (
    SELECT DISTINCT c.analysis_id, k.grouper, k.setting
    FROM analysis_choice AS c
    JOIN grouper_class AS k ON k.grouper = c.name
    WHERE c.kind = 'grouper'
),

claim AS (
    SELECT
        l.analysis_id,
        l.person_id,
        l.claim_key,
        l.version_number,
        MIN(l.claim_start_date) AS claim_start_date,
        CASE WHEN bool_or(l.is_stay) THEN 'stay' ELSE 'emergency' END AS setting,
        SUM(l.allowed_cents) AS allowed_cents,
        SUM(l.paid_cents) AS paid_cents
    FROM standing_line AS l
    JOIN (SELECT DISTINCT analysis_id FROM asked) AS a ON a.analysis_id = l.analysis_id
    GROUP BY l.analysis_id, l.person_id, l.claim_key, l.version_number
    HAVING bool_or(l.is_stay) OR bool_or(l.is_emergency)
),

listed AS (
    SELECT a.grouper, c.*, d.code, p.birth_date
    FROM claim AS c
    JOIN asked AS a ON a.analysis_id = c.analysis_id AND a.setting = c.setting
    LEFT JOIN diagnosis AS d
        ON d.person_id = c.person_id
        AND d.claim_key = c.claim_key
        AND d.version_number = c.version_number
        AND d.sequence = 1
        AND d.code_type = 'icd-10-cm'
    LEFT JOIN person AS p ON p.person_id = c.person_id
),

classed AS (
    SELECT l.*, k.category, k.share_ppm
    FROM listed AS l
    JOIN grouper_class AS k
        ON k.grouper = l.grouper AND k.setting = l.setting AND k.code = l.code
    WHERE (
            k.age_from IS NULL
            OR year(l.claim_start_date) * 10000 + month(l.claim_start_date) * 100
            + day(l.claim_start_date) - k.age_from * 10000
            >= year(l.birth_date) * 10000 + month(l.birth_date) * 100 + day(l.birth_date)
        )
        AND NOT EXISTS (
            SELECT 1
            FROM diagnosis AS x
            JOIN grouper_unless AS u ON u.code = x.code
            WHERE x.person_id = l.person_id
                AND x.claim_key = l.claim_key
                AND x.version_number = l.version_number
                AND u.grouper = k.grouper
                AND u.category = k.category
        )
),

divided AS (
    SELECT
        analysis_id, person_id, grouper, claim_key, version_number, category, code, share_ppm,
        allowed_cents, paid_cents
    FROM classed
    UNION ALL
    SELECT
        l.analysis_id, l.person_id, l.grouper, l.claim_key, l.version_number, 'unclassified',
        l.code, 1000000 - COALESCE(s.share_ppm, 0), l.allowed_cents, l.paid_cents
    FROM listed AS l
    LEFT JOIN (
        SELECT person_id, analysis_id, grouper, claim_key, version_number, SUM(share_ppm) AS share_ppm
        FROM classed
        GROUP BY person_id, analysis_id, grouper, claim_key, version_number
    ) AS s
        ON s.person_id = l.person_id
        AND s.analysis_id = l.analysis_id
        AND s.grouper = l.grouper
        AND s.claim_key = l.claim_key
        AND s.version_number = l.version_number
    WHERE COALESCE(s.share_ppm, 0) < 1000000
),

placed AS (
    SELECT
        d.*,
        SUM(share_ppm) OVER (
            PARTITION BY person_id, analysis_id, grouper, claim_key, version_number
            ORDER BY category
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS until_ppm
    FROM divided AS d
)

SELECT
    analysis_id,
    person_id,
    grouper,
    claim_key,
    version_number,
    category,
    code,
    CAST(share_ppm AS BIGINT) AS share_ppm,
    prorate(allowed_cents, CAST(until_ppm AS BIGINT), 1000000)
    - prorate(allowed_cents, CAST(until_ppm - share_ppm AS BIGINT), 1000000) AS allowed_cents,
    prorate(paid_cents, CAST(until_ppm AS BIGINT), 1000000)
    - prorate(paid_cents, CAST(until_ppm - share_ppm AS BIGINT), 1000000) AS paid_cents
FROM placed
