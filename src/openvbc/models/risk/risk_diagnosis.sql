/*
row: One diagnosis code of a risk model that one person's eligible claims carried in one window.
grain: [window_id, person_id, code]
span: person
period: year
tells_care: true
asked_by: [risk_request]
columns:
  window_id: {type: VARCHAR, required: true, says: "what is read, shared by requests"}
  person_id: {type: VARCHAR, required: true, says: the person}
  code: {type: VARCHAR, required: true, says: the ICD-10-CM code without a dot}
*/
WITH read_once AS (
    SELECT DISTINCT window_id, line_of_business, diagnosis_first_day, diagnosis_last_day
    FROM risk_request
),

-- Codes that no model knows leave first; they are most of the diagnoses.
mapped AS (
    SELECT d.person_id, w.window_id, d.claim_key, d.version_number, d.code
    FROM diagnosis AS d
    JOIN read_once AS w
        ON w.line_of_business = d.line_of_business
        AND d.claim_end_date BETWEEN w.diagnosis_first_day AND w.diagnosis_last_day
    WHERE d.code_type = 'icd-10-cm' AND d.code IN (SELECT code FROM risk_code)
)

SELECT DISTINCT m.window_id, m.person_id, m.code
FROM mapped AS m
SEMI JOIN (
    SELECT window_id, person_id, claim_key, version_number
    FROM risk_claim_line
    WHERE reason IS NULL
) AS l
    ON l.person_id = m.person_id
    AND l.window_id = m.window_id
    AND l.claim_key = m.claim_key
    AND l.version_number = m.version_number
