/*
row: One diagnosis on one claim of a scored person, the HCC it stands for, and whether it gave it.
grain: [request_id, person_id, hcc, claim_key, version_number, sequence]
span: person
period: year
kind: view
columns:
  request_id: {type: VARCHAR, required: true, says: the request}
  person_id: {type: VARCHAR, required: true, says: the person}
  hcc: {type: VARCHAR, required: true, says: the category}
  code: {type: VARCHAR, required: true, says: the diagnosis code}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  sequence: {type: INTEGER, required: true, says: place of the diagnosis on the claim}
  claim_end_date: {type: DATE, required: true, says: through date of the claim}
  counts: {type: BOOLEAN, required: true, says: "the claim may carry it, and age and sex let it stand"}
  claim_reason: {type: VARCHAR, says: "why the claim may not: the first reason of its lines; empty: it may"}
*/
WITH claim AS (
    SELECT
        window_id, person_id, claim_key, version_number,
        bool_or(reason IS NULL) AS is_eligible,
        MIN(reason) AS reason
    FROM risk_claim_line
    GROUP BY window_id, person_id, claim_key, version_number
)

SELECT
    q.request_id,
    d.person_id,
    k.hcc,
    d.code,
    d.claim_key,
    d.version_number,
    d.sequence,
    d.claim_end_date,
    COALESCE(
        c.is_eligible
        AND (k.sex IS NULL OR k.sex = p.sex)
        AND (k.age_from IS NULL OR k.age_from <= p.age)
        AND (k.age_to IS NULL OR k.age_to >= p.age),
        FALSE
    ) AS counts,
    CASE WHEN NOT c.is_eligible THEN c.reason END AS claim_reason
FROM risk_request AS q
JOIN risk_code AS k ON k.risk_model = q.risk_model
JOIN diagnosis AS d
    ON d.code = k.code
    AND d.code_type = 'icd-10-cm'
    AND d.line_of_business = q.line_of_business
    AND d.claim_end_date BETWEEN q.diagnosis_first_day AND q.diagnosis_last_day
JOIN risk_person AS p ON p.request_id = q.request_id AND p.person_id = d.person_id
LEFT JOIN claim AS c
    ON c.window_id = q.window_id
    AND c.person_id = d.person_id
    AND c.claim_key = d.claim_key
    AND c.version_number = d.version_number
