/*
row: One run of months of one person that count for a contract whose method is a declared one, and who attributed them.
grain: [contract_id, period_id, person_id, first_day]
span: person
period: year
asked_by: [contract_analysis]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  first_day: {type: DATE, required: true, says: first day of the first month}
  last_day: {type: DATE, required: true, says: last day of the last month}
  months: {type: BIGINT, required: true, says: the months}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual; covered: outside Medicare"}
  attribution_id: {type: VARCHAR, required: true, says: the attribution that these months go by}
  candidate_type: {type: VARCHAR, required: true, says: "entity, tin, ccn, npi or list: of the contract"}
  candidate_id: {type: VARCHAR, required: true, says: to whom the person is attributed}
  step: {type: VARCHAR, required: true, says: the step that decided}
  reason: {type: VARCHAR, required: true, says: a reason of attribution_candidate}
audits:
  a month that counts twice: >-
    SELECT a.person_id FROM this AS a JOIN this AS b
        ON b.contract_id = a.contract_id AND b.period_id = a.period_id
        AND b.person_id = a.person_id AND b.first_day > a.first_day AND b.first_day <= a.last_day
*/
WITH asked AS (
    SELECT
        x.contract_id, x.period_id, x.line_of_business, x.payer, x.list, x.whole_list,
        p.attribution_id, p.analysis_id, p.first_day, p.last_day, p.list_day
    FROM contract_analysis AS x
    JOIN attribution_period AS p ON p.analysis_id = x.analysis_id
),

participant AS (
    SELECT a.attribution_id, c.contract_id, c.tin, c.npi, c.ccn
    FROM asked AS a
    JOIN attribution_list AS i ON i.analysis_id = a.analysis_id
    JOIN contract_participant AS c
        ON c.contract_id = i.contract_id
        AND (c.valid_from IS NULL OR c.valid_from <= a.list_day)
        AND (c.valid_to IS NULL OR c.valid_to >= a.list_day)
),

-- Whom a participant stands for: its practice and its facility count whole, and a practice that is
-- listed without clinicians for those who bill under it.
named_unit AS (
    SELECT attribution_id, contract_id, 'tin' AS unit_type, tin AS unit_id
    FROM participant
    WHERE tin IS NOT NULL
    UNION
    SELECT attribution_id, contract_id, 'ccn' AS unit_type, ccn AS unit_id
    FROM participant
    WHERE ccn IS NOT NULL
    UNION
    SELECT attribution_id, contract_id, 'npi' AS unit_type, npi AS unit_id
    FROM participant
    WHERE npi IS NOT NULL
    UNION
    SELECT p.attribution_id, p.contract_id, 'npi' AS unit_type, v.npi AS unit_id
    FROM participant AS p
    JOIN provider AS v ON v.tin = p.tin
    WHERE p.npi IS NULL
),

-- One that several contracts name counts for none of them.
unit AS (
    SELECT attribution_id, unit_type, unit_id, MIN(contract_id) AS contract_id
    FROM named_unit
    GROUP BY attribution_id, unit_type, unit_id
    HAVING COUNT(*) = 1
),

mine AS (
    SELECT
        a.contract_id,
        a.period_id,
        a.line_of_business,
        a.payer,
        a.first_day,
        a.last_day,
        t.attribution_id,
        t.person_id,
        t.candidate_type,
        t.candidate_id,
        t.step,
        t.reason
    FROM asked AS a
    JOIN person_attribution AS t ON t.attribution_id = a.attribution_id
    LEFT JOIN unit AS u
        ON u.attribution_id = t.attribution_id
        AND u.contract_id = a.contract_id
        AND u.unit_type = t.candidate_type
        AND u.unit_id = t.candidate_id
    WHERE t.attributed
        AND CASE
            WHEN a.whole_list AND t.reason = 'listed' THEN TRUE
            WHEN t.candidate_type = 'entity' THEN t.candidate_id = a.contract_id
            WHEN t.candidate_type = 'list' THEN COALESCE(t.candidate_id = a.list, FALSE)
            ELSE u.unit_id IS NOT NULL
        END
),

-- A month counts by the same rule as its claims (claim_use).
counted AS (
    SELECT
        m.contract_id,
        m.period_id,
        m.person_id,
        GREATEST(s.first_month, m.first_day) AS first_day,
        LEAST(COALESCE(last_day(s.last_month), m.last_day), m.last_day) AS last_day,
        COALESCE(
            s.enrolment_type, CASE WHEN m.line_of_business <> 'medicare' THEN 'covered' END
        ) AS enrolment_type,
        m.attribution_id,
        m.candidate_type,
        m.candidate_id,
        m.step,
        m.reason
    FROM mine AS m
    JOIN covered_span AS s
        ON s.person_id = m.person_id
        AND s.line_of_business = m.line_of_business
        AND CASE WHEN m.payer IS NULL THEN s.payer_place = 1 ELSE s.payer = m.payer END
    WHERE m.line_of_business <> 'medicare'
        OR (s.part_a AND s.part_b AND NOT s.medicare_advantage)
)

SELECT
    contract_id,
    period_id,
    person_id,
    first_day,
    last_day,
    12 * (year(last_day) - year(first_day)) + month(last_day) - month(first_day) + 1 AS months,
    enrolment_type,
    attribution_id,
    candidate_type,
    candidate_id,
    step,
    reason
FROM counted
WHERE first_day <= last_day
