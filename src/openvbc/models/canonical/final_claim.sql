/*
row: One line of one version of one medical claim, with the day on which the version stopped standing.
grain: [claim_key, version_number, claim_line_number]
span: person
period: month
kind: view
columns:
  superseded_on: {type: DATE, says: "the day from which the next version stands; empty: none replaced it"}
*/
-- As of a day d the final lines are those with effective_on <= d, superseded_on after d or empty,
-- and version_type other than cancel.
SELECT c.*, s.superseded_on
FROM medical_claim AS c
LEFT JOIN superseded_month AS s
    ON s.person_id = c.person_id
    AND s.claim_end_date = c.claim_end_date
    AND s.claim_key = c.claim_key
    AND s.version_number = c.version_number
