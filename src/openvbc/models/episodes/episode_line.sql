/*
row: One claim line of a person in the window of their episode, in or out, with the one rule that decided.
grain: [contract_id, period_id, claim_key, version_number, claim_line_number]
span: person
period: none
asked_by: [episode_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  episode_claim_key: {type: VARCHAR, required: true, says: the trigger claim; the episode is called by it}
  episode_type: {type: VARCHAR, required: true, says: the type of episode}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  line_date: {type: DATE, required: true, says: "first day of the line; of a stay, the stay's first day"}
  day: {type: BIGINT, required: true, says: days from the trigger claim's first day}
  service: {type: VARCHAR, required: true, says: "inpatient, outpatient, professional, post_acute or other_service"}
  is_own: {type: BOOLEAN, required: true, says: billed by a participant of the contract}
  included: {type: BOOLEAN, required: true, says: the line is part of the episode}
  rule_id: {type: VARCHAR, required: true, says: the rule that decided}
  says: {type: VARCHAR, required: true, says: its reason}
  line_cents: {type: BIGINT, required: true, says: "allowed or paid, as the definition says, cents"}
  included_cents: {type: BIGINT, required: true, says: "of it in the episode, cents"}
  excluded_cents: {type: BIGINT, required: true, says: "of it not in the episode, cents"}
  paid_cents: {type: BIGINT, required: true, says: "paid where the line is included, cents"}
audits:
  in or out: SELECT * FROM this WHERE line_cents <> included_cents + excluded_cents
*/
WITH line AS (
    SELECT
        t.claim_key AS episode_claim_key,
        t.episode_type,
        date_diff('day', t.anchor_first_day, c.line_date) AS day,
        CASE
            WHEN d.amount = 'paid' AND c.version_type = 'cancel' THEN -c.paid_cents
            WHEN d.amount = 'paid' THEN c.paid_cents
            WHEN c.version_type = 'cancel' THEN -COALESCE(c.allowed_cents, c.paid_cents)
            ELSE COALESCE(c.allowed_cents, c.paid_cents)
        END AS line_cents,
        c.*
    FROM trigger_claim AS t
    JOIN episode_type AS d
        ON d.contract_id = t.contract_id
        AND d.episode_type = t.episode_type
    JOIN episode_claim AS c
        ON c.contract_id = t.contract_id
        AND c.period_id = t.period_id
        AND c.person_id = t.person_id
        AND c.line_date BETWEEN t.first_day AND t.last_day
    WHERE t.starts
),

valued AS (
    SELECT
        c.contract_id,
        c.period_id,
        c.person_id,
        c.claim_key,
        c.claim_line_number,
        k.place,
        k.kind,
        k.code,
        k.is_prefix,
        CASE
            WHEN k.kind = 'service' THEN c.service
            WHEN k.kind = 'ms_drg' THEN LPAD(c.drg_code, 3, '0')
            WHEN k.kind = 'hcpcs' THEN c.hcpcs_code
            WHEN k.kind = 'revenue_center' THEN LPAD(c.revenue_center_code, 4, '0')
            WHEN k.kind = 'specialty' THEN c.rendering_specialty_code
            WHEN k.kind = 'place_of_service' THEN c.place_of_service_code
            WHEN k.kind = 'bill_type' THEN c.bill_type_code
        END AS value
    FROM line AS c
    JOIN episode_code AS k
        ON k.contract_id = c.contract_id
        AND k.episode_type = c.episode_type
        AND k.use = 'line'
),

-- Which kinds of code of which rule stand on a line or its claim.
fitting AS (
    SELECT contract_id, period_id, person_id, claim_key, claim_line_number, place, kind
    FROM valued
    WHERE value = code OR (is_prefix AND STARTS_WITH(value, code))
    UNION ALL
    SELECT
        c.contract_id, c.period_id, c.person_id, c.claim_key, c.claim_line_number, k.place, k.kind
    FROM line AS c
    JOIN procedure AS d
        ON d.person_id = c.person_id
        AND d.claim_key = c.claim_key
        AND d.version_number = c.version_number
        AND d.code_type = 'icd-10-pcs'
    JOIN episode_code AS k
        ON k.contract_id = c.contract_id
        AND k.episode_type = c.episode_type
        AND k.use = 'line'
        AND k.kind = 'icd_10_pcs'
        AND (d.code = k.code OR (k.is_prefix AND STARTS_WITH(d.code, k.code)))
    UNION ALL
    SELECT
        c.contract_id, c.period_id, c.person_id, c.claim_key, c.claim_line_number, k.place, k.kind
    FROM line AS c
    JOIN diagnosis AS d
        ON d.person_id = c.person_id
        AND d.claim_key = c.claim_key
        AND d.version_number = c.version_number
        AND d.code_type = 'icd-10-cm'
    JOIN episode_code AS k
        ON k.contract_id = c.contract_id
        AND k.episode_type = c.episode_type
        AND k.use = 'line'
        AND (k.kind = 'any_diagnosis' OR (k.kind = 'diagnosis' AND d.sequence = 1))
        AND (d.code = k.code OR (k.is_prefix AND STARTS_WITH(d.code, k.code)))
),

found AS (
    SELECT
        contract_id,
        period_id,
        person_id,
        claim_key,
        claim_line_number,
        place,
        COUNT(DISTINCT kind) AS kinds
    FROM fitting
    GROUP BY contract_id, period_id, person_id, claim_key, claim_line_number, place
),

-- Of the rules that fit a line the first decides; the last one fits every line.
fit AS (
    SELECT
        c.*,
        r.id AS rule_id,
        r.says,
        r.decision = 'include' AS included,
        ROW_NUMBER() OVER (
            PARTITION BY c.contract_id, c.period_id, c.person_id, c.episode_claim_key, c.claim_key,
                c.version_number, c.claim_line_number
            ORDER BY r.place
        ) AS rule_rank
    FROM line AS c
    JOIN episode_rule AS r
        ON r.contract_id = c.contract_id
        AND r.episode_type = c.episode_type
        AND r.use = 'line'
    LEFT JOIN found AS f
        ON f.contract_id = c.contract_id
        AND f.period_id = c.period_id
        AND f.person_id = c.person_id
        AND f.claim_key = c.claim_key
        AND f.claim_line_number = c.claim_line_number
        AND f.place = r.place
    WHERE COALESCE(f.kinds, 0) = r.kinds
        AND (r.from_day IS NULL OR c.day >= r.from_day)
        AND (r.to_day IS NULL OR c.day <= r.to_day)
        AND (NOT r.needs_anchor OR c.claim_key = c.episode_claim_key)
        AND (NOT r.needs_denied OR COALESCE(c.denied, FALSE))
)

SELECT
    contract_id,
    period_id,
    episode_claim_key,
    episode_type,
    person_id,
    claim_key,
    version_number,
    claim_line_number,
    line_date,
    day,
    service,
    EXISTS (
        SELECT 1 FROM episode_participant AS m
        WHERE m.contract_id = d.contract_id
            AND (m.valid_from IS NULL OR m.valid_from <= d.line_date)
            AND (m.valid_to IS NULL OR m.valid_to >= d.line_date)
            AND (
                m.ccn = d.facility_ccn
                OR (m.tin = d.billing_tin AND (m.npi IS NULL OR m.npi = d.rendering_npi))
            )
    ) AS is_own,
    included,
    rule_id,
    says,
    line_cents,
    CASE WHEN included THEN line_cents ELSE 0 END AS included_cents,
    CASE WHEN included THEN 0 ELSE line_cents END AS excluded_cents,
    CASE
        WHEN NOT included THEN 0
        WHEN version_type = 'cancel' THEN -paid_cents
        ELSE paid_cents
    END AS paid_cents
FROM fit AS d
WHERE rule_rank = 1
