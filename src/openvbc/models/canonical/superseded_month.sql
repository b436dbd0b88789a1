/*
row: One version of a claim of the month that no longer stands, with the day it stopped standing.
grain: [claim_key, version_number, claim_end_date]
span: person
period: month
columns:
  claim_key: {type: VARCHAR, required: true, says: the claim through all its versions}
  version_number: {type: INTEGER, required: true, says: the version that was replaced or cancelled}
  person_id: {type: VARCHAR, required: true, says: the patient}
  superseded_on: {type: DATE, required: true, says: "the day from which the next version, or the cancellation, stands"}
  claim_end_date: {type: DATE, required: true, says: through date of the version}
*/
-- By month, so that what reads other months stands when a month is added.
SELECT s.claim_key, s.version_number, s.person_id, s.superseded_on, s.claim_end_date
FROM superseded_version AS s
WHERE s.claim_end_date IN (SELECT claim_end_date FROM medical_claim)
