/*
row: One enrolment type of one contract period, with its risk scores weighted by months.
grain: [contract_id, period_id, enrolment_type]
span: all
period: year
made_of:
  table: person_risk
  where: hcc_score_e9 IS NOT NULL AND demographic_score_e9 IS NOT NULL
  columns:
    hcc_score_months_e9: months * hcc_score_e9
    demographic_score_months_e9: months * demographic_score_e9
    score_months: months
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual"}
  hcc_score_months_e9: {type: BIGINT, required: true, says: "sum of HCC score × months, times 1e9"}
  demographic_score_months_e9: {type: BIGINT, required: true, says: "sum of demographic score × months, times 1e9"}
  score_months: {type: BIGINT, required: true, says: months of people with both scores; the divisor of both sums}
  unscored_months: {type: BIGINT, required: true, says: "months of people without them, in neither sum"}
*/
WITH scored AS (
    SELECT
        contract_id,
        period_id,
        enrolment_type,
        months,
        hcc_score_e9,
        demographic_score_e9,
        hcc_score_e9 IS NOT NULL AND demographic_score_e9 IS NOT NULL AS has_both
    FROM person_risk
)

SELECT
    p.contract_id,
    p.period_id,
    t.enrolment_type,
    COALESCE(SUM(CASE WHEN s.has_both THEN s.hcc_score_e9 * s.months END), 0)
        AS hcc_score_months_e9,
    COALESCE(SUM(CASE WHEN s.has_both THEN s.demographic_score_e9 * s.months END), 0)
        AS demographic_score_months_e9,
    COALESCE(SUM(CASE WHEN s.has_both THEN s.months END), 0) AS score_months,
    COALESCE(SUM(CASE WHEN NOT s.has_both THEN s.months END), 0) AS unscored_months
FROM contract_period AS p
CROSS JOIN enrolment_type AS t
LEFT JOIN scored AS s
    ON s.contract_id = p.contract_id
    AND s.period_id = p.period_id
    AND s.enrolment_type = t.enrolment_type
WHERE p.cut <> 'none'
GROUP BY p.contract_id, p.period_id, t.enrolment_type
