/*
row: One version of a pharmacy claim that no longer stands, with the day it stopped standing, by the day of the fill.
grain: [claim_key, version_number, dispensing_date]
span: person
period: none
asked_by: [analysis_choice, contract_analysis, risk_request]
columns:
  claim_key: {type: VARCHAR, required: true, says: the claim through all its versions}
  version_number: {type: INTEGER, required: true, says: the version that was replaced or cancelled}
  person_id: {type: VARCHAR, required: true, says: the patient}
  superseded_on: {type: DATE, required: true, says: "the first day on which a later version, or the cancellation, stands"}
  dispensing_date: {type: DATE, required: true, says: day of the fill in this version}
*/
-- Few claims have a second version, so only their lines are grouped. A later version may move the
-- fill to another year.
WITH revised AS (
    SELECT DISTINCT claim_key FROM pharmacy_claim WHERE version_number <> 1
),

dated AS (
    SELECT
        person_id, claim_key, version_number, dispensing_date, MIN(effective_on) AS effective_on
    FROM pharmacy_claim
    WHERE claim_key IN (SELECT claim_key FROM revised)
    GROUP BY person_id, claim_key, version_number, dispensing_date
),

version AS (
    SELECT claim_key, version_number, MIN(effective_on) AS effective_on
    FROM dated
    GROUP BY claim_key, version_number
),

followed AS (
    SELECT
        claim_key,
        version_number,
        MIN(effective_on) OVER (
            PARTITION BY claim_key ORDER BY version_number DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS superseded_on
    FROM version
)

SELECT d.claim_key, d.version_number, d.person_id, f.superseded_on, d.dispensing_date
FROM dated AS d
JOIN followed AS f ON f.claim_key = d.claim_key AND f.version_number = d.version_number
WHERE f.superseded_on IS NOT NULL
