/*
row: One episode of one person in one contract period, with who is accountable and what counts.
grain: [contract_id, period_id, claim_key]
span: person
period: none
asked_by: [episode_period]
columns:
  contract_id: {type: VARCHAR, required: true, says: the contract}
  period_id: {type: VARCHAR, required: true, says: the period in which it ended}
  episode_type: {type: VARCHAR, required: true, says: the type of episode}
  claim_key: {type: VARCHAR, required: true, says: the trigger claim; the episode is called by it}
  person_id: {type: VARCHAR, required: true, says: the patient}
  trigger_id: {type: VARCHAR, required: true, says: the trigger's id in the definition}
  anchor_first_day: {type: DATE, required: true, says: first day of the trigger claim; day 0}
  anchor_last_day: {type: DATE, required: true, says: last day of the trigger claim}
  first_day: {type: DATE, required: true, says: first day of the window}
  last_day: {type: DATE, required: true, says: last day of the window}
  accountable_npi: {type: VARCHAR, says: "who operated, or the facility"}
  accountable_tin: {type: VARCHAR, says: taxpayer number of who bills for the accountable}
  accountable_ccn: {type: VARCHAR, says: "certification number, where a facility is accountable"}
  lines: {type: BIGINT, required: true, says: claim lines in the window}
  included_lines: {type: BIGINT, required: true, says: of them part of the episode}
  window_cents: {type: BIGINT, required: true, says: "all lines in the window, cents"}
  excluded_cents: {type: BIGINT, required: true, says: "of it not part of the episode, cents"}
  included_cents: {type: BIGINT, required: true, says: "of it part of the episode, cents"}
  truncated_cents: {type: BIGINT, required: true, says: "of included, what lies above the outlier cut, cents"}
  counted_cents: {type: BIGINT, required: true, says: "of included, what counts, cents"}
  paid_cents: {type: BIGINT, required: true, says: "paid for the lines that are part of it, cents"}
  own_cents: {type: BIGINT, required: true, says: "of counted, billed by participants, cents"}
  other_cents: {type: BIGINT, required: true, says: "of counted, billed by others, cents"}
  inpatient_cents: {type: BIGINT, required: true, says: "of counted, hospital stays, cents"}
  outpatient_cents: {type: BIGINT, required: true, says: "of counted, hospital outpatient care, cents"}
  professional_cents: {type: BIGINT, required: true, says: "of counted, clinicians, cents"}
  post_acute_cents: {type: BIGINT, required: true, says: "of counted, nursing facilities, home health and rehabilitation, cents"}
  other_service_cents: {type: BIGINT, required: true, says: "of counted, all else, cents"}
audits:
  window is not excluded + truncated + counted: >-
    SELECT * FROM this WHERE window_cents <> excluded_cents + truncated_cents + counted_cents
  counted is not own + other: SELECT * FROM this WHERE counted_cents <> own_cents + other_cents
  counted is not the sum of services: >-
    SELECT * FROM this WHERE counted_cents <> inpatient_cents + outpatient_cents
    + professional_cents + post_acute_cents + other_service_cents
*/
WITH summed AS (
    SELECT
        contract_id,
        period_id,
        person_id,
        episode_claim_key,
        COUNT(*) AS lines,
        COUNT(*) FILTER (WHERE included) AS included_lines,
        SUM(line_cents) AS window_cents,
        SUM(excluded_cents) AS excluded_cents,
        SUM(included_cents) AS included_cents,
        SUM(paid_cents) AS paid_cents,
        SUM(CASE WHEN is_own THEN included_cents ELSE 0 END) AS own_cents,
        SUM(CASE WHEN service = 'inpatient' THEN included_cents ELSE 0 END) AS inpatient_cents,
        SUM(CASE WHEN service = 'outpatient' THEN included_cents ELSE 0 END) AS outpatient_cents,
        SUM(CASE WHEN service = 'professional' THEN included_cents ELSE 0 END)
            AS professional_cents,
        SUM(CASE WHEN service = 'post_acute' THEN included_cents ELSE 0 END) AS post_acute_cents
    FROM episode_line
    GROUP BY contract_id, period_id, person_id, episode_claim_key
),

limited AS (
    SELECT
        s.*,
        t.episode_type,
        t.trigger_id,
        t.anchor_first_day,
        t.anchor_last_day,
        t.first_day,
        t.last_day,
        t.accountable_npi,
        t.accountable_tin,
        t.accountable_ccn,
        s.included_cents > COALESCE(d.cut_cents, s.included_cents) AS is_cut,
        LEAST(s.included_cents, COALESCE(d.cut_cents, s.included_cents)) AS counted_cents
    FROM trigger_claim AS t
    JOIN episode_type AS d
        ON d.contract_id = t.contract_id
        AND d.episode_type = t.episode_type
    JOIN summed AS s
        ON s.contract_id = t.contract_id
        AND s.period_id = t.period_id
        AND s.person_id = t.person_id
        AND s.episode_claim_key = t.claim_key
    WHERE t.starts
),

-- What the cut leaves is shared in proportion. Running sums are cut, and their differences taken,
-- so that the parts add up to the whole to the cent.
cut AS (
    SELECT
        l.*,
        CASE WHEN is_cut THEN prorate(counted_cents, own_cents, included_cents) ELSE own_cents END
            AS own_cut_cents,
        CASE WHEN is_cut
            THEN prorate(counted_cents, inpatient_cents, included_cents)
            ELSE inpatient_cents
        END AS first_cents,
        CASE WHEN is_cut
            THEN prorate(counted_cents, inpatient_cents + outpatient_cents, included_cents)
            ELSE inpatient_cents + outpatient_cents
        END AS second_cents,
        CASE WHEN is_cut
            THEN prorate(
                counted_cents,
                inpatient_cents + outpatient_cents + professional_cents,
                included_cents
            )
            ELSE inpatient_cents + outpatient_cents + professional_cents
        END AS third_cents,
        CASE WHEN is_cut
            THEN prorate(
                counted_cents,
                inpatient_cents + outpatient_cents + professional_cents + post_acute_cents,
                included_cents
            )
            ELSE inpatient_cents + outpatient_cents + professional_cents + post_acute_cents
        END AS fourth_cents
    FROM limited AS l
)

SELECT
    contract_id,
    period_id,
    episode_type,
    episode_claim_key AS claim_key,
    person_id,
    trigger_id,
    anchor_first_day,
    anchor_last_day,
    first_day,
    last_day,
    accountable_npi,
    accountable_tin,
    accountable_ccn,
    lines,
    included_lines,
    window_cents,
    excluded_cents,
    included_cents,
    included_cents - counted_cents AS truncated_cents,
    counted_cents,
    paid_cents,
    own_cut_cents AS own_cents,
    counted_cents - own_cut_cents AS other_cents,
    first_cents AS inpatient_cents,
    second_cents - first_cents AS outpatient_cents,
    third_cents - second_cents AS professional_cents,
    fourth_cents - third_cents AS post_acute_cents,
    counted_cents - fourth_cents AS other_service_cents
FROM cut
