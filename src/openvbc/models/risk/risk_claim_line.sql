/*
row: One line of one version of one medical claim in one window, and whether its claim may carry diagnoses.
grain: [window_id, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  window_id: {type: VARCHAR, required: true, says: "what is read, shared by requests"}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  person_id: {type: VARCHAR, required: true, says: the patient}
  reason: {type: VARCHAR, says: "why the line makes no diagnosis count: after_run_out, superseded, cancelled, denied, claim_type, service or specialty; empty: it does"}
  unknown_specialty: {type: BOOLEAN, required: true, says: whether the specialty of a professional line was to be looked at and neither the claim nor the provider file says it}
*/
WITH read_once AS (
    SELECT DISTINCT
        window_id, line_of_business, diagnosis_first_day, diagnosis_last_day, paid_through,
        service_list
    FROM risk_request
),

specialty AS (
    SELECT npi, MIN(specialty_code) AS specialty_code FROM provider GROUP BY npi
)

SELECT
    w.window_id,
    c.claim_key,
    c.version_number,
    c.claim_line_number,
    c.person_id,
    CASE
        WHEN c.effective_on > w.paid_through THEN 'after_run_out'
        WHEN c.superseded_on <= w.paid_through THEN 'superseded'
        WHEN c.version_type = 'cancel' THEN 'cancelled'
        WHEN c.denied THEN 'denied'
        WHEN r.claim_type IS NULL THEN 'claim_type'
        WHEN r.needs_service AND w.service_list IS NOT NULL AND s.code IS NULL THEN 'service'
        WHEN c.claim_type = 'professional' AND w.service_list IS NULL AND x.specialty_code IS NOT NULL
            THEN 'specialty'
    END AS reason,
    c.claim_type = 'professional' AND w.service_list IS NULL
        AND COALESCE(c.rendering_specialty_code, p.specialty_code) IS NULL AS unknown_specialty
FROM read_once AS w
JOIN final_claim AS c
    ON c.line_of_business = w.line_of_business
    AND c.claim_end_date BETWEEN w.diagnosis_first_day AND w.diagnosis_last_day
LEFT JOIN risk_claim_rule AS r
    ON r.claim_type = c.claim_type
    AND COALESCE(r.bill_type, '') = COALESCE(substr(c.bill_type_code, 1, 2), '')
LEFT JOIN risk_service AS s ON s.service_list = w.service_list AND s.code = c.hcpcs_code
LEFT JOIN specialty AS p ON p.npi = c.rendering_npi
LEFT JOIN risk_specialty AS x
    ON x.specialty_code = COALESCE(c.rendering_specialty_code, p.specialty_code)
