/*
row: One diagnosis of one year as one grouper sees it.
grain: [analysis_id, grouper, claim_key, version_number, sequence]
span: person
period: year
kind: view
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  grouper: {type: VARCHAR, required: true, says: the grouper}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  sequence: {type: INTEGER, required: true, says: place of the diagnosis on the claim}
  code_type: {type: VARCHAR, required: true, says: the code system}
  code: {type: VARCHAR, required: true, says: the code}
  state: {type: VARCHAR, required: true, says: "mapped, unmapped, invalid (not of the form of ICD-10-CM) or other_system"}
*/
WITH known AS (
    SELECT grouper, code FROM grouper_code
    UNION
    SELECT grouper, code FROM grouper_class
)

SELECT
    a.analysis_id,
    g.grouper,
    d.person_id,
    d.claim_key,
    d.version_number,
    d.sequence,
    d.code_type,
    d.code,
    CASE
        WHEN d.code_type <> 'icd-10-cm' THEN 'other_system'
        WHEN k.code IS NOT NULL THEN 'mapped'
        WHEN length(d.code) BETWEEN 3 AND 7
            AND substr(d.code, 1, 1) BETWEEN 'A' AND 'Z'
            AND substr(d.code, 2, 1) BETWEEN '0' AND '9'
            AND d.code NOT LIKE '%.%'
            THEN 'unmapped'
        ELSE 'invalid'
    END AS state
FROM analysis_period AS a
JOIN analysis_choice AS c ON c.analysis_id = a.analysis_id AND c.kind = 'grouper'
JOIN (SELECT DISTINCT grouper FROM known) AS g ON g.grouper = c.name
JOIN diagnosis AS d
    ON d.line_of_business = a.line_of_business
    AND d.claim_end_date BETWEEN a.first_day AND a.last_day
LEFT JOIN known AS k ON k.grouper = g.grouper AND k.code = d.code
