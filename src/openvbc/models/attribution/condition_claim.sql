/*
row: One version of one claim that stands and carries a diagnosis of the condition that an attribution is for.
grain: [attribution_id, person_id, claim_key, version_number]
span: person
period: year
asked_by: [analysis_choice]
columns:
  attribution_id: {type: VARCHAR, required: true, says: the attribution}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_end_date: {type: DATE, required: true, says: through date of the claim}
  is_stay: {type: BOOLEAN, required: true, says: "hospital inpatient (bill type 11x)"}
*/
WITH looked_back AS (
    SELECT attribution_id, MIN(first_day) AS first_day, MAX(last_day) AS last_day
    FROM attribution_window
    GROUP BY attribution_id
),

sought AS (
    SELECT
        p.attribution_id, p.line_of_business, p.paid_through, b.first_day, b.last_day,
        k.code_prefix, substr(k.code_prefix, 1, 3) AS code_start
    FROM attribution_period AS p
    JOIN looked_back AS b ON b.attribution_id = p.attribution_id
    JOIN attribution_condition AS k ON k.condition = p.condition
),

carried AS (
    SELECT DISTINCT
        s.attribution_id, s.paid_through, d.person_id, d.claim_key, d.version_number,
        d.claim_end_date
    FROM sought AS s
    JOIN diagnosis AS d
        ON substr(d.code, 1, 3) = s.code_start
        AND d.line_of_business = s.line_of_business
        AND d.claim_end_date BETWEEN s.first_day AND s.last_day
    WHERE d.code_type = 'icd-10-cm' AND starts_with(d.code, s.code_prefix)
),

-- No claim is read where no condition is sought.
read_once AS (
    SELECT line_of_business, MIN(first_day) AS first_day, MAX(last_day) AS last_day
    FROM sought
    GROUP BY line_of_business
),

claim AS (
    SELECT
        c.person_id, c.claim_key, c.version_number, c.claim_end_date, c.claim_type,
        c.bill_type_code, c.effective_on, c.superseded_on, c.version_type, c.denied
    FROM read_once AS r
    JOIN final_claim AS c
        ON c.line_of_business = r.line_of_business
        AND c.claim_end_date BETWEEN r.first_day AND r.last_day
)

SELECT
    d.attribution_id,
    d.person_id,
    d.claim_key,
    d.version_number,
    MAX(d.claim_end_date) AS claim_end_date,
    bool_or(c.claim_type = 'institutional' AND COALESCE(c.bill_type_code LIKE '11%', FALSE))
        AS is_stay
FROM carried AS d
JOIN claim AS c
    ON c.person_id = d.person_id
    AND c.claim_key = d.claim_key
    AND c.version_number = d.version_number
    AND c.claim_end_date = d.claim_end_date
WHERE c.effective_on <= d.paid_through
    AND (c.superseded_on IS NULL OR c.superseded_on > d.paid_through)
    AND c.version_type <> 'cancel'
    AND c.denied IS NOT TRUE
GROUP BY d.attribution_id, d.person_id, d.claim_key, d.version_number
