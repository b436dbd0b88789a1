/*
row: One version of a pharmacy claim of the month that no longer stands, with the day it stopped standing.
grain: [claim_key, version_number, dispensing_date]
span: person
period: month
asked_by: [analysis_choice, contract_analysis, risk_request]
columns:
  claim_key: {type: VARCHAR, required: true, says: the claim through all its versions}
  version_number: {type: INTEGER, required: true, says: the version that was replaced or cancelled}
  person_id: {type: VARCHAR, required: true, says: the patient}
  superseded_on: {type: DATE, required: true, says: "the first day on which a later version, or the cancellation, stands"}
  dispensing_date: {type: DATE, required: true, says: day of the fill in this version}
*/
-- By month, so that what reads other months stands when a month is added.
SELECT s.claim_key, s.version_number, s.person_id, s.superseded_on, s.dispensing_date
FROM superseded_fill AS s
WHERE s.dispensing_date IN (SELECT dispensing_date FROM pharmacy_claim)
