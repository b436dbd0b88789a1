/*
row: One assigned person in one enrolment type of one contract period, with the risk scores of the year.
grain: [contract_id, period_id, person_id, enrolment_type]
span: person
period: year
asked_by: [contract_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual"}
  months: {type: BIGINT, required: true, says: months in the enrolment type}
  hcc_score_e9: {type: BIGINT, says: "prospective HCC score times 1e9, computed or loaded; empty: there is none"}
  demographic_score_e9: {type: BIGINT, says: "demographic score times 1e9; empty: there is none"}
*/
-- A score that is delivered again is replaced by its latest delivery.
WITH latest AS (
    SELECT person_id, year, enrolment_type, model, score_e9
    FROM risk_score
    WHERE year IN (SELECT year FROM contract_period)
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY person_id, year, enrolment_type, model
        ORDER BY received_on DESC, load_id DESC, file_name DESC, row_number DESC
    ) = 1
),

-- A blend of which one part is unscored is no score.
computed AS (
    SELECT
        contract_id,
        period_id,
        person_id,
        enrolment_type,
        CASE WHEN COUNT(part_e9) = COUNT(*) THEN SUM(part_e9) END AS hcc_score_e9,
        CASE WHEN COUNT(demographic_part_e9) = COUNT(*) THEN SUM(demographic_part_e9) END
            AS demographic_score_e9
    FROM person_risk_part
    GROUP BY contract_id, period_id, person_id, enrolment_type
),

given AS (
    SELECT
        m.contract_id,
        m.period_id,
        m.person_id,
        m.enrolment_type,
        m.months,
        MAX(CASE WHEN s.model = 'hcc' THEN s.score_e9 END) AS hcc_score_e9,
        MAX(CASE WHEN s.model = 'demographic' THEN s.score_e9 END) AS demographic_score_e9
    FROM assigned_month AS m
    JOIN contract_period AS p ON p.contract_id = m.contract_id AND p.period_id = m.period_id
    LEFT JOIN latest AS s
        ON s.person_id = m.person_id
        AND s.year = p.year
        AND s.enrolment_type = m.enrolment_type
    GROUP BY m.contract_id, m.period_id, m.person_id, m.enrolment_type, m.months
)

SELECT
    g.contract_id,
    g.period_id,
    g.person_id,
    g.enrolment_type,
    g.months,
    CASE WHEN c.person_id IS NULL THEN g.hcc_score_e9 ELSE c.hcc_score_e9 END AS hcc_score_e9,
    COALESCE(c.demographic_score_e9, g.demographic_score_e9) AS demographic_score_e9
FROM given AS g
LEFT JOIN computed AS c
    ON c.contract_id = g.contract_id
    AND c.period_id = g.period_id
    AND c.person_id = g.person_id
    AND c.enrolment_type = g.enrolment_type
