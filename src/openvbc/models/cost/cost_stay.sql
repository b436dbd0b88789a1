/*
row: One inpatient stay of an analysis of cost that has ended, with its days.
grain: [analysis_id, claim_key, version_number]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  person_id: {type: VARCHAR, required: true, says: the person}
  ccn: {type: VARCHAR, required: true, says: "the hospital; none: not said"}
  drg_code: {type: VARCHAR, required: true, says: "MS-DRG; none: not said"}
  admitted_on: {type: DATE, required: true, says: admission}
  discharged_on: {type: DATE, required: true, says: discharge}
  days: {type: BIGINT, required: true, says: "nights in hospital; a stay that ends the day it began has one"}
*/
-- Not every line of a claim need say its hospital and its group.
SELECT
    x.analysis_id,
    c.claim_key,
    c.version_number,
    c.person_id,
    COALESCE(MAX(c.facility_ccn), 'none') AS ccn,
    COALESCE(MAX(c.drg_code), 'none') AS drg_code,
    MIN(c.service_on) AS admitted_on,
    MAX(c.discharge_date) AS discharged_on,
    GREATEST(date_diff('day', MIN(c.service_on), MAX(c.discharge_date)), 1) AS days
FROM cost_analysis AS x
JOIN counted_line AS c ON c.place = x.place
WHERE c.claim_type = 'institutional'
    AND substr(c.bill_type_code, 1, 2) = '11'
    AND c.discharge_date IS NOT NULL
    AND c.claims_cents >= 0
GROUP BY x.analysis_id, c.claim_key, c.version_number, c.person_id
