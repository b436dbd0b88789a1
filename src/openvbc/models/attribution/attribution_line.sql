/*
row: One line of a claim that one step of one attribution counts for a candidate; of a span that counts twice, twice.
grain: [attribution_id, step, copy, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  attribution_id: {type: VARCHAR, required: true, says: the attribution}
  step: {type: VARCHAR, required: true, says: the step that counts the line}
  copy: {type: VARCHAR, required: true, says: "1, 2 …: how often the span's charges count"}
  person_id: {type: VARCHAR, required: true, says: the patient}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  service_on: {type: DATE, required: true, says: through date of the claim}
  visited_on: {type: DATE, required: true, says: "the day of the visit: the line's first day, else the claim's"}
  hcpcs_code: {type: VARCHAR, says: HCPCS or CPT code}
  npi: {type: VARCHAR, says: who did it}
  provider_class: {type: VARCHAR, required: true, says: "primary or specialist, by the step's list of specialties; unknown: neither claim nor provider says, and it counts for nobody"}
  candidate_type: {type: VARCHAR, required: true, says: "entity, tin, ccn or npi; shared: a unit on several lists"}
  candidate_id: {type: VARCHAR, required: true, says: who it is}
  allowed_cents: {type: BIGINT, says: "allowed charges, else paid, cents"}
*/
WITH sought AS (
    SELECT
        p.attribution_id, p.method, p.line_of_business, p.paid_through, p.unit,
        s.step, s.specialty_list, s.provider_class, s.related, k.code, w.first_day, w.last_day, w.copy
    FROM attribution_period AS p
    JOIN attribution_step AS s ON s.method = p.method AND s.source = 'service'
    JOIN attribution_window AS w ON w.attribution_id = p.attribution_id AND w.step = s.step
    JOIN attribution_code AS k
        ON k.list = s.code_list
        AND (k.first_day IS NULL OR k.first_day <= p.list_day)
        AND (k.last_day IS NULL OR k.last_day >= p.list_day)
),

listed_specialty AS (
    SELECT p.attribution_id, s.step, k.specialty_code, k.provider_class
    FROM attribution_period AS p
    JOIN attribution_step AS s ON s.method = p.method AND s.source = 'service'
    JOIN attribution_specialty AS k
        ON k.list = s.specialty_list
        AND (s.provider_class IS NULL OR k.provider_class = s.provider_class)
        AND (k.first_day IS NULL OR k.first_day <= p.list_day)
        AND (k.last_day IS NULL OR k.last_day >= p.list_day)
),

specialty AS (
    SELECT npi, MIN(specialty_code) AS specialty_code FROM provider GROUP BY npi
),

-- Clinics (FQHC, RHC) and method II critical access hospitals bill by their own number.
line AS (
    SELECT
        k.attribution_id,
        k.step,
        k.unit,
        k.copy,
        k.related,
        c.person_id,
        c.claim_key,
        c.version_number,
        c.claim_line_number,
        c.hcpcs_code,
        c.claim_end_date AS service_on,
        COALESCE(c.claim_line_start_date, c.claim_start_date) AS visited_on,
        CASE WHEN c.claim_type = 'professional' THEN c.billing_tin END AS tin,
        CASE WHEN c.claim_type = 'institutional' THEN c.facility_ccn END AS ccn,
        c.rendering_npi AS npi,
        c.rendering_specialty_code,
        c.claim_type = 'institutional'
            AND (c.bill_type_code LIKE '71%' OR c.bill_type_code LIKE '77%') AS is_clinic,
        k.provider_class AS wanted_class,
        COALESCE(c.allowed_cents, c.paid_cents) AS allowed_cents
    FROM sought AS k
    JOIN medical_claim AS c
        ON c.hcpcs_code = k.code
        AND c.line_of_business = k.line_of_business
        AND c.claim_end_date BETWEEN k.first_day AND k.last_day
        AND c.effective_on <= k.paid_through
    LEFT JOIN superseded_month AS v
        ON v.person_id = c.person_id
        AND v.claim_end_date = c.claim_end_date
        AND v.claim_key = c.claim_key
        AND v.version_number = c.version_number
    WHERE c.version_type <> 'cancel'
        AND c.denied IS NOT TRUE
        AND (v.superseded_on IS NULL OR v.superseded_on > k.paid_through)
        AND (
            c.claim_type = 'professional'
            OR c.claim_type = 'institutional'
            AND (
                c.bill_type_code LIKE '71%' OR c.bill_type_code LIKE '77%'
                OR c.bill_type_code LIKE '85%' AND c.revenue_center_code BETWEEN '0960' AND '0989'
            )
        )
),

classed AS (
    SELECT
        l.*,
        CASE
            WHEN l.is_clinic AND COALESCE(l.wanted_class, 'primary') = 'primary' THEN 'primary'
            WHEN l.is_clinic THEN NULL
            WHEN COALESCE(l.rendering_specialty_code, p.specialty_code) IS NULL THEN 'unknown'
            ELSE s.provider_class
        END AS provider_class
    FROM line AS l
    LEFT JOIN specialty AS p ON p.npi = l.npi
    LEFT JOIN listed_specialty AS s
        ON s.attribution_id = l.attribution_id
        AND s.step = l.step
        AND s.specialty_code = COALESCE(l.rendering_specialty_code, p.specialty_code)
),

-- A list that names a practice without a clinician holds for all of its clinicians.
used AS (
    SELECT
        l.*,
        CASE
            WHEN l.unit = 'npi' THEN 'npi'
            WHEN l.unit = 'entity' AND COALESCE(n.owner_type, w.owner_type, f.owner_type) IS NOT NULL
                THEN COALESCE(n.owner_type, w.owner_type, f.owner_type)
            WHEN l.tin IS NOT NULL THEN 'tin'
            ELSE 'ccn'
        END AS candidate_type,
        CASE
            WHEN l.unit = 'npi' THEN l.npi
            WHEN l.unit = 'entity' AND COALESCE(n.owner_id, w.owner_id, f.owner_id) IS NOT NULL
                THEN COALESCE(n.owner_id, w.owner_id, f.owner_id)
            ELSE COALESCE(l.tin, l.ccn)
        END AS candidate_id
    FROM classed AS l
    LEFT JOIN attribution_owner AS n
        ON n.attribution_id = l.attribution_id AND n.unit_type = 'tin_npi'
        AND n.unit_id = l.tin || ' ' || l.npi
    LEFT JOIN attribution_owner AS w
        ON w.attribution_id = l.attribution_id AND w.unit_type = 'tin' AND w.unit_id = l.tin
    LEFT JOIN attribution_owner AS f
        ON f.attribution_id = l.attribution_id AND f.unit_type = 'ccn' AND f.unit_id = l.ccn
    WHERE l.provider_class IS NOT NULL
        AND (
            l.related IS NULL
            OR EXISTS (
                SELECT 1
                FROM condition_claim AS d
                WHERE d.attribution_id = l.attribution_id
                    AND d.person_id = l.person_id
                    AND d.claim_key = l.claim_key
                    AND d.version_number = l.version_number
            )
        )
)

SELECT
    attribution_id,
    step,
    copy,
    person_id,
    claim_key,
    version_number,
    claim_line_number,
    service_on,
    visited_on,
    hcpcs_code,
    npi,
    provider_class,
    candidate_type,
    candidate_id,
    allowed_cents
FROM used
WHERE candidate_id IS NOT NULL
