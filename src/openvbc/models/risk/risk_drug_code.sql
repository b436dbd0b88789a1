/*
row: One drug code of a risk model that one person's claims carried in one window.
grain: [window_id, person_id, code_type, code]
span: person
period: year
tells_care: true
asked_by: [risk_request]
columns:
  window_id: {type: VARCHAR, required: true, says: "what is read, shared by requests"}
  person_id: {type: VARCHAR, required: true, says: the person}
  code_type: {type: VARCHAR, required: true, says: ndc or hcpcs}
  code: {type: VARCHAR, required: true, says: "eleven-digit NDC, or HCPCS level II code"}
*/
-- Only requests of models that price drugs; a pharmacy claim names no line of business.
WITH read_once AS (
    SELECT DISTINCT
        q.window_id, q.line_of_business, q.diagnosis_first_day, q.diagnosis_last_day,
        q.paid_through
    FROM risk_request AS q
    WHERE q.risk_model IN (SELECT risk_model FROM risk_drug)
),

filled AS (
    SELECT w.window_id, c.person_id, c.ndc_code
    FROM read_once AS w
    JOIN pharmacy_claim AS c
        ON c.dispensing_date BETWEEN w.diagnosis_first_day AND w.diagnosis_last_day
        AND c.effective_on <= w.paid_through
    LEFT JOIN superseded_fill_month AS s
        ON s.claim_key = c.claim_key
        AND s.version_number = c.version_number
        AND s.dispensing_date = c.dispensing_date
    WHERE c.version_type <> 'cancel'
        AND (s.superseded_on IS NULL OR s.superseded_on > w.paid_through)
)

SELECT DISTINCT window_id, person_id, 'ndc' AS code_type, ndc_code AS code
FROM filled
WHERE ndc_code IN (SELECT code FROM risk_drug WHERE code_type = 'ndc')
UNION ALL
SELECT DISTINCT w.window_id, c.person_id, 'hcpcs' AS code_type, c.hcpcs_code AS code
FROM read_once AS w
JOIN final_claim AS c
    ON c.line_of_business = w.line_of_business
    AND c.claim_end_date BETWEEN w.diagnosis_first_day AND w.diagnosis_last_day
    AND c.effective_on <= w.paid_through
    AND (c.superseded_on IS NULL OR c.superseded_on > w.paid_through)
WHERE c.version_type <> 'cancel'
    AND NOT COALESCE(c.denied, FALSE)
    AND c.hcpcs_code IN (SELECT code FROM risk_drug WHERE code_type = 'hcpcs')
