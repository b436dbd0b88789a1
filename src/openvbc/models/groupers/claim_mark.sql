/*
row: One version of a claim that is a hospital stay, or does not count on every day that is asked.
grain: [person_id, claim_key, version_number]
span: person
period: year
asked_by: [grouper]
columns:
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the claim through all its versions}
  version_number: {type: INTEGER, required: true, says: its version}
  is_stay: {type: BOOLEAN, required: true, says: "a hospital inpatient claim (bill type 11x, 41x)"}
  is_void: {type: BOOLEAN, required: true, says: "a cancellation, or every line refused"}
  effective_on: {type: DATE, says: "the day from which it stands; empty: before any day that is asked"}
  superseded_on: {type: DATE, says: "the day from which another stands in its place; empty: none"}
*/
-- Few claims are marked, so diagnoses need no claim but these.
WITH asked AS (
    SELECT
        a.line_of_business,
        MIN(a.paid_through) AS paid_through,
        MIN(make_date(year(a.first_day) - r.years + 1, month(a.first_day), day(a.first_day)))
            AS read_from,
        MAX(a.last_day) AS last_day
    FROM analysis_period AS a
    JOIN analysis_choice AS c ON c.analysis_id = a.analysis_id AND c.kind = 'grouper'
    JOIN grouper_part AS r ON r.grouper = c.name
    GROUP BY a.line_of_business
),

line AS (
    SELECT
        m.person_id,
        m.claim_key,
        m.version_number,
        m.claim_type = 'institutional'
            AND COALESCE(substr(m.bill_type_code, 1, 2) IN ('11', '41'), FALSE) AS is_stay,
        m.version_type = 'cancel' AS is_cancel,
        COALESCE(m.denied, FALSE) AS is_denied,
        m.effective_on
    FROM medical_claim AS m
    JOIN asked AS a
        ON a.line_of_business = m.line_of_business
        AND m.claim_end_date BETWEEN a.read_from AND a.last_day
    WHERE m.denied
        OR m.version_type = 'cancel'
        OR m.effective_on > a.paid_through
        OR (m.claim_type = 'institutional' AND substr(m.bill_type_code, 1, 2) IN ('11', '41'))
),

-- A claim with one line that was not refused may carry diagnoses.
paid_in_part AS (
    SELECT DISTINCT m.person_id, m.claim_key, m.version_number
    FROM medical_claim AS m
    JOIN asked AS a
        ON a.line_of_business = m.line_of_business
        AND m.claim_end_date BETWEEN a.read_from AND a.last_day
    SEMI JOIN (
        SELECT person_id, claim_key, version_number FROM line WHERE is_denied
    ) AS l
        ON l.person_id = m.person_id
        AND l.claim_key = m.claim_key
        AND l.version_number = m.version_number
    WHERE NOT COALESCE(m.denied, FALSE)
),

mark AS (
    SELECT
        l.person_id, l.claim_key, l.version_number, l.is_stay,
        l.is_cancel OR (l.is_denied AND p.claim_key IS NULL) AS is_void,
        l.effective_on,
        CAST(NULL AS DATE) AS superseded_on
    FROM line AS l
    LEFT JOIN paid_in_part AS p
        ON p.person_id = l.person_id
        AND p.claim_key = l.claim_key
        AND p.version_number = l.version_number
    UNION ALL
    SELECT s.person_id, s.claim_key, s.version_number, FALSE, FALSE, NULL, s.superseded_on
    FROM superseded_month AS s
    WHERE s.claim_end_date >= (SELECT MIN(read_from) FROM asked)
        AND s.claim_end_date <= (SELECT MAX(last_day) FROM asked)
)

SELECT
    person_id,
    claim_key,
    version_number,
    bool_or(is_stay) AS is_stay,
    bool_or(is_void) AS is_void,
    MAX(effective_on) AS effective_on,
    MIN(superseded_on) AS superseded_on
FROM mark
GROUP BY person_id, claim_key, version_number
