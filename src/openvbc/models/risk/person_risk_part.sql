/*
row: One computed score of one assigned person in one enrolment type of one contract period, and its share in the person's.
grain: [contract_id, period_id, person_id, enrolment_type, request_id]
span: person
period: year
kind: view
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  person_id: {type: VARCHAR, required: true, says: the person}
  enrolment_type: {type: VARCHAR, required: true, says: "esrd, disabled, aged_dual or aged_nondual"}
  request_id: {type: VARCHAR, required: true, says: the request whose score it is}
  raw_score_e9: {type: BIGINT, says: "raw score times 1e9; empty: unscored"}
  unscored: {type: VARCHAR, says: "why there is no score: no_coverage (nobody's in that year), or as member_score says"}
  part_e9: {type: BIGINT, says: "raw score ÷ normalization × coding × share, times 1e9"}
  demographic_part_e9: {type: BIGINT, says: "the demographic factors alone, likewise; empty: the contract takes the loaded score"}
*/
SELECT
    m.contract_id,
    m.period_id,
    m.person_id,
    m.enrolment_type,
    r.request_id,
    s.raw_score_e9,
    CASE WHEN s.person_id IS NULL THEN 'no_coverage' ELSE s.unscored END AS unscored,
    times_rate(
        times_rate(prorate(s.raw_score_e9, 1000000000, r.normalization_e9), r.coding_e9),
        r.share_e9
    ) AS part_e9,
    CASE
        WHEN r.demographic THEN times_rate(
            times_rate(prorate(s.demographic_e9, 1000000000, r.normalization_e9), r.coding_e9),
            r.share_e9
        )
    END AS demographic_part_e9
FROM assigned_month AS m
JOIN contract_risk AS r
    ON r.contract_id = m.contract_id
    AND r.period_id = m.period_id
    AND r.enrolment_type = m.enrolment_type
LEFT JOIN member_score AS s ON s.request_id = r.request_id AND s.person_id = m.person_id
