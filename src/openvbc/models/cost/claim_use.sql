/*
row: One line of one version of one medical claim in one expenditure window, and how it counts.
grain: [window_id, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  window_id: {type: VARCHAR, required: true, says: the expenditure window}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_end_date: {type: DATE, required: true, says: through date; the month that the line counts in}
  enrolment_type: {type: VARCHAR, says: the patient's enrolment type in that month}
  counts: {type: BOOLEAN, required: true, says: the line is part of the expenditure before exclusions}
  reason: {type: VARCHAR, says: "the first reason why it does not count: after_run_out, superseded, cancelled, denied or not_enrolled; of a debit or credit never superseded or cancelled"}
  exclusion: {type: VARCHAR, says: "why some or all of a line that counts is excluded: excluded_code or ime_dsh"}
  paid_cents: {type: BIGINT, required: true, says: "paid, cents"}
  claims_cents: {type: BIGINT, required: true, says: "paid where the line counts, cents; of a credit below zero"}
  excluded_cents: {type: BIGINT, required: true, says: "of claims_cents, what is excluded, cents; of a credit below zero"}
*/
WITH expenditure AS (
    SELECT DISTINCT window_id, line_of_business, first_day, last_day, paid_through
    FROM expenditure_window
),

line AS (
    SELECT
        x.window_id,
        c.claim_key,
        c.version_number,
        c.claim_line_number,
        c.person_id,
        c.claim_end_date,
        m.enrolment_type,
        c.paid_cents,
        COALESCE(c.debit_credit, FALSE) AND c.version_type = 'cancel' AS is_credit,
        CASE
            WHEN c.effective_on > x.paid_through THEN 'after_run_out'
            WHEN c.debit_credit IS NOT TRUE AND c.superseded_on <= x.paid_through
                THEN 'superseded'
            WHEN c.debit_credit IS NOT TRUE AND c.version_type = 'cancel' THEN 'cancelled'
            WHEN c.denied THEN 'denied'
            WHEN NOT COALESCE(m.part_a AND m.part_b AND NOT m.medicare_advantage, FALSE)
                THEN 'not_enrolled'
        END AS reason,
        CASE
            WHEN k.code IS NOT NULL THEN 'excluded_code'
            WHEN COALESCE(c.ime_cents, 0) + COALESCE(c.dsh_cents, 0) > 0 THEN 'ime_dsh'
        END AS exclusion,
        COALESCE(c.ime_cents, 0) + COALESCE(c.dsh_cents, 0) AS ime_dsh_cents
    FROM expenditure AS x
    JOIN final_claim AS c
        ON c.line_of_business = x.line_of_business
        AND c.claim_end_date BETWEEN x.first_day AND x.last_day
    LEFT JOIN member_month AS m
        ON m.person_id = c.person_id
        AND m.line_of_business = c.line_of_business
        AND m.month_start = CAST(date_trunc('month', c.claim_end_date) AS DATE)
        AND m.payer_place = 1
    LEFT JOIN expenditure_exclusion_code AS k
        ON k.code = c.hcpcs_code
        AND k.claim_type = c.claim_type
        AND (k.first_day IS NULL OR k.first_day <= c.claim_end_date)
        AND (k.last_day IS NULL OR k.last_day >= c.claim_end_date)
),

used AS (
    SELECT
        line.*,
        CASE WHEN reason IS NULL THEN paid_cents ELSE 0 END AS used_cents,
        CASE
            WHEN reason IS NOT NULL OR exclusion IS NULL THEN 0
            WHEN exclusion = 'excluded_code' THEN paid_cents
            ELSE ime_dsh_cents
        END AS left_out_cents
    FROM line
)

SELECT
    window_id,
    claim_key,
    version_number,
    claim_line_number,
    person_id,
    claim_end_date,
    enrolment_type,
    reason IS NULL AS counts,
    reason,
    CASE WHEN reason IS NULL THEN exclusion END AS exclusion,
    paid_cents,
    CASE WHEN is_credit THEN -used_cents ELSE used_cents END AS claims_cents,
    CASE WHEN is_credit THEN -left_out_cents ELSE left_out_cents END AS excluded_cents
FROM used
