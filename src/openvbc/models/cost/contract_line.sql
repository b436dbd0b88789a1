/*
row: One line of one version of one claim in one period of a contract whose method is a declared one, and how it counts.
grain: [contract_id, period_id, claim_type, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  claim_type: {type: VARCHAR, required: true, says: "professional, institutional, dme or, where the contract counts it, pharmacy"}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_end_date: {type: DATE, required: true, says: "through date, or day of the fill; the month that the line counts in"}
  enrolment_type: {type: VARCHAR, says: "the patient's enrolment type in that month; covered: outside Medicare"}
  counts: {type: BOOLEAN, required: true, says: "the line is one that counts, in a month that counts for the contract"}
  reason: {type: VARCHAR, says: "the first reason why it does not count: a reason of claim_use, no_month: the contract has none of the person's months on that day, or other_payer: not of the payer whose months count"}
  exclusion: {type: VARCHAR, says: "why some or all of a line that counts is excluded, of a contract that counts by enrolment type: excluded_code or ime_dsh"}
  paid_cents: {type: BIGINT, says: "paid, cents; empty: a fill whose source does not say"}
  claims_allowed_cents: {type: BIGINT, says: "allowed where the line counts, cents; empty: not said"}
  claims_cents: {type: BIGINT, required: true, says: "paid where the line counts, cents; of a credit below zero"}
  excluded_cents: {type: BIGINT, required: true, says: "of it what a contract that counts by enrolment type excludes, cents"}
*/
WITH line AS (
    SELECT
        x.contract_id,
        x.period_id,
        u.claim_type,
        u.claim_key,
        u.version_number,
        u.claim_line_number,
        u.person_id,
        u.payer,
        u.claim_end_date,
        u.enrolment_type,
        u.reason,
        u.exclusion,
        u.paid_cents,
        u.claims_allowed_cents AS used_allowed_cents,
        u.claims_cents AS used_cents,
        u.excluded_cents AS left_out_cents
    FROM contract_window AS x
    JOIN claim_use AS u ON u.window_id = x.window_id
    UNION ALL
    SELECT
        c.contract_id,
        c.period_id,
        'pharmacy' AS claim_type,
        f.claim_key,
        f.version_number,
        f.claim_line_number,
        f.person_id,
        f.payer,
        f.dispensing_date AS claim_end_date,
        CAST(NULL AS VARCHAR) AS enrolment_type,
        f.reason,
        CAST(NULL AS VARCHAR) AS exclusion,
        f.paid_cents,
        f.allowed_cents AS used_allowed_cents,
        COALESCE(f.paid_cents, 0) AS used_cents,
        0 AS left_out_cents
    FROM contract_analysis AS c
    JOIN pharmacy_version AS f ON f.analysis_id = c.analysis_id
    WHERE c.pharmacy
),

counted AS (
    SELECT
        l.*,
        s.enrolment_type AS span_type,
        COALESCE(
            l.reason,
            CASE WHEN s.person_id IS NULL THEN 'no_month' WHEN l.payer <> a.payer THEN 'other_payer' END
        ) AS told
    FROM line AS l
    JOIN contract_analysis AS a ON a.contract_id = l.contract_id AND a.period_id = l.period_id
    LEFT JOIN contract_span AS s
        ON s.contract_id = l.contract_id
        AND s.period_id = l.period_id
        AND s.person_id = l.person_id
        AND l.claim_end_date BETWEEN s.first_day AND s.last_day
)

SELECT
    contract_id,
    period_id,
    claim_type,
    claim_key,
    version_number,
    claim_line_number,
    person_id,
    claim_end_date,
    COALESCE(span_type, enrolment_type) AS enrolment_type,
    told IS NULL AS counts,
    told AS reason,
    CASE WHEN told IS NULL THEN exclusion END AS exclusion,
    paid_cents,
    CASE WHEN told IS NULL THEN used_allowed_cents ELSE 0 END AS claims_allowed_cents,
    CASE WHEN told IS NULL THEN used_cents ELSE 0 END AS claims_cents,
    CASE WHEN told IS NULL THEN left_out_cents ELSE 0 END AS excluded_cents
FROM counted
