/*
row: One period of one contract whose method is a declared one, with the people attributed to it, their months, claims and risk.
grain: [contract_id, period_id]
span: all
period: year
made_of:
  table: contract_member
  columns: {persons: "1", member_months: months, score_months_e9: null, score_months: null, unscored_months: null}
asked_by: [contract_analysis]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  persons: {type: BIGINT, required: true, says: people with a month that counts}
  member_months: {type: BIGINT, required: true, says: their months}
  lines: {type: BIGINT, required: true, says: their claim lines that count}
  allowed_cents: {type: BIGINT, required: true, says: "of them allowed, where they say so, cents"}
  claims_cents: {type: BIGINT, required: true, says: "of them paid, cents"}
  truncated_cents: {type: BIGINT, required: true, says: "of it above the contract's truncation point, cents"}
  counted_cents: {type: BIGINT, required: true, says: "of it the rest, cents"}
  score_months_e9: {type: BIGINT, required: true, says: "sum of prospective score × months, times 1e9"}
  score_months: {type: BIGINT, required: true, says: months of people with a score; the divisor}
  unscored_months: {type: BIGINT, required: true, says: "months of people without, in neither sum"}
audits:
  claims are not truncated + counted: >-
    SELECT * FROM this WHERE claims_cents <> truncated_cents + counted_cents
  months with a score and without are not all months: >-
    SELECT * FROM this WHERE member_months <> score_months + unscored_months
*/
WITH scored AS (
    SELECT
        contract_id,
        period_id,
        SUM(CASE WHEN hcc_score_e9 IS NOT NULL THEN hcc_score_e9 * months ELSE 0 END)
            AS score_months_e9,
        SUM(CASE WHEN hcc_score_e9 IS NOT NULL THEN months ELSE 0 END) AS score_months,
        SUM(CASE WHEN hcc_score_e9 IS NULL THEN months ELSE 0 END) AS unscored_months
    FROM person_risk
    GROUP BY contract_id, period_id
),

summed AS (
    SELECT
        contract_id,
        period_id,
        COUNT(*) AS persons,
        SUM(months) AS member_months,
        SUM(lines) AS lines,
        SUM(allowed_cents) AS allowed_cents,
        SUM(claims_cents) AS claims_cents,
        SUM(truncated_cents) AS truncated_cents,
        SUM(counted_cents) AS counted_cents
    FROM contract_member
    GROUP BY contract_id, period_id
)

SELECT
    x.contract_id,
    x.period_id,
    COALESCE(m.persons, 0) AS persons,
    COALESCE(m.member_months, 0) AS member_months,
    COALESCE(m.lines, 0) AS lines,
    COALESCE(m.allowed_cents, 0) AS allowed_cents,
    COALESCE(m.claims_cents, 0) AS claims_cents,
    COALESCE(m.truncated_cents, 0) AS truncated_cents,
    COALESCE(m.counted_cents, 0) AS counted_cents,
    COALESCE(s.score_months_e9, 0) AS score_months_e9,
    COALESCE(s.score_months, 0) AS score_months,
    COALESCE(s.unscored_months, 0) AS unscored_months
FROM contract_analysis AS x
LEFT JOIN summed AS m ON m.contract_id = x.contract_id AND m.period_id = x.period_id
LEFT JOIN scored AS s ON s.contract_id = x.contract_id AND s.period_id = x.period_id
