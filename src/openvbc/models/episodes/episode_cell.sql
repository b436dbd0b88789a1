/*
row: One type of episode in one contract period, with the totals that settle.
grain: [contract_id, period_id, episode_type]
span: all
period: none
made_of:
  table: episode
  columns:
    episodes: 1
asked_by: [episode_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period}
  episode_type: {type: VARCHAR, required: true, says: the type of episode}
  episodes: {type: BIGINT, required: true, says: episodes that ended in the period}
  counted_cents: {type: BIGINT, required: true, says: "claims in them, outliers truncated, cents"}
  truncated_cents: {type: BIGINT, required: true, says: "claims above the outlier cut, cents"}
  own_cents: {type: BIGINT, required: true, says: "of counted, billed by participants, cents"}
  other_cents: {type: BIGINT, required: true, says: "of counted, billed by others, cents"}
  inpatient_cents: {type: BIGINT, required: true, says: "of counted, hospital stays, cents"}
  outpatient_cents: {type: BIGINT, required: true, says: "of counted, hospital outpatient care, cents"}
  professional_cents: {type: BIGINT, required: true, says: "of counted, clinicians, cents"}
  post_acute_cents: {type: BIGINT, required: true, says: "of counted, nursing facilities, home health and rehabilitation, cents"}
  other_service_cents: {type: BIGINT, required: true, says: "of counted, all else, cents"}
*/
-- A type without an episode has a row of zeros: it was looked for and not found.
SELECT
    p.contract_id,
    p.period_id,
    t.episode_type,
    COUNT(e.claim_key) AS episodes,
    COALESCE(SUM(e.counted_cents), 0) AS counted_cents,
    COALESCE(SUM(e.truncated_cents), 0) AS truncated_cents,
    COALESCE(SUM(e.own_cents), 0) AS own_cents,
    COALESCE(SUM(e.other_cents), 0) AS other_cents,
    COALESCE(SUM(e.inpatient_cents), 0) AS inpatient_cents,
    COALESCE(SUM(e.outpatient_cents), 0) AS outpatient_cents,
    COALESCE(SUM(e.professional_cents), 0) AS professional_cents,
    COALESCE(SUM(e.post_acute_cents), 0) AS post_acute_cents,
    COALESCE(SUM(e.other_service_cents), 0) AS other_service_cents
FROM episode_period AS p
JOIN episode_type AS t ON t.contract_id = p.contract_id
LEFT JOIN episode AS e
    ON e.contract_id = t.contract_id
    AND e.period_id = p.period_id
    AND e.episode_type = t.episode_type
GROUP BY p.contract_id, p.period_id, t.episode_type
