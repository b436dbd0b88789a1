/* One assigned member in one enrolment type: months and scores, ours or those of the causes taken. */
WITH chosen AS (
    SELECT
        m.*,
        m.month_kind IN (SELECT kind FROM taken) AS months_taken,
        m.score_kind IN (SELECT kind FROM taken) AS scores_taken
    FROM member_part AS m
),

mixed AS (
    SELECT
        period_id,
        member,
        enrolment_type,
        CASE WHEN months_taken THEN theirs_months ELSE ours_months END AS months,
        ours_months IS NULL OR (scores_taken AND theirs_months IS NOT NULL) AS their_scores,
        ours_hcc_e9,
        theirs_hcc_e9,
        ours_demographic_e9,
        theirs_demographic_e9
    FROM chosen
)

SELECT
    p.contract_id,
    m.period_id,
    m.member AS person_id,
    m.enrolment_type,
    m.months,
    CASE WHEN m.their_scores THEN m.theirs_hcc_e9 ELSE m.ours_hcc_e9 END AS hcc_score_e9,
    CASE
        WHEN m.their_scores THEN m.theirs_demographic_e9 ELSE m.ours_demographic_e9
    END AS demographic_score_e9
FROM mixed AS m
JOIN ours_contract_period AS p ON p.period_id = m.period_id
WHERE m.months IS NOT NULL
