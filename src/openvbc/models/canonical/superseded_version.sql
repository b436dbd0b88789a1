/*
row: One version of a claim that a later version replaced, with the day it stopped standing.
grain: [claim_key, version_number]
span: person
period: none
columns:
  claim_key: {type: VARCHAR, required: true, says: the claim through all its versions}
  version_number: {type: INTEGER, required: true, says: the version that was replaced}
  person_id: {type: VARCHAR, required: true, says: the patient}
  superseded_on: {type: DATE, required: true, says: the day from which the next version stands}
*/
-- Few claims have a second version, so only their lines are grouped.
WITH version AS (
    SELECT person_id, claim_key, version_number, MIN(effective_on) AS effective_on
    FROM medical_claim
    WHERE claim_key IN (SELECT claim_key FROM medical_claim WHERE version_number > 1)
    GROUP BY person_id, claim_key, version_number
),

following AS (
    SELECT
        claim_key,
        version_number,
        person_id,
        LEAD(effective_on) OVER (
            PARTITION BY person_id, claim_key ORDER BY version_number
        ) AS superseded_on
    FROM version
)

SELECT claim_key, version_number, person_id, superseded_on
FROM following
WHERE superseded_on IS NOT NULL
