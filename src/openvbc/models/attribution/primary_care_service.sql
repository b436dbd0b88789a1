/*
row: Primary care services of one person by one billing unit and class of provider in one assignment window.
grain: [window_id, person_id, unit_type, unit_id, provider_class]
span: person
period: year
asked_by: [contract_period]
columns:
  window_id: {type: VARCHAR, required: true, says: the assignment window}
  person_id: {type: VARCHAR, required: true, says: the patient}
  unit_type: {type: VARCHAR, required: true, says: tin or ccn}
  unit_id: {type: VARCHAR, required: true, says: "billing TIN, or the CCN of an FQHC, RHC, electing teaching amendment hospital or method II critical access hospital"}
  provider_class: {type: VARCHAR, required: true, says: "pcp, npp (nurse practitioner, physician assistant, clinical nurse specialist) or specialist; unknown: nobody says who it was, and it counts for nobody"}
  allowed_cents: {type: BIGINT, required: true, says: "allowed in the 12-month window, cents"}
  services: {type: BIGINT, required: true, says: claim lines in the 12-month window}
  expanded_allowed_cents: {type: BIGINT, required: true, says: "allowed in the 24-month expanded window, cents"}
  expanded_services: {type: BIGINT, required: true, says: claim lines in the 24-month expanded window}
  last_service_on: {type: DATE, required: true, says: through date of the latest claim}
audits:
  a performance year before the code list: >-
    SELECT w.window_id FROM assignment_window AS w
    WHERE NOT EXISTS (SELECT 1 FROM primary_care_code AS k
                      WHERE k.first_day IS NULL OR k.first_day <= w.performance_first_day)
*/
-- place is the window's number: what is joined and grouped millions of times stays short.
WITH assignment AS (
    SELECT
        window_id, line_of_business, performance_first_day, clinic_attestation,
        expanded_first_day, assignment_first_day, assignment_last_day, paid_through,
        ROW_NUMBER() OVER (ORDER BY window_id) AS place
    FROM (
        SELECT DISTINCT
            window_id, line_of_business, performance_first_day, clinic_attestation,
            expanded_first_day, assignment_first_day, assignment_last_day, paid_through
        FROM assignment_window
    ) AS w
),

-- The performance year's list also holds for its benchmark years, so its clock is that year.
listed_code AS (
    SELECT a.place, k.code, COALESCE(k.condition, '') AS condition
    FROM assignment AS a
    JOIN primary_care_code AS k
        ON (k.first_day IS NULL OR k.first_day <= a.performance_first_day)
        AND (k.last_day IS NULL OR k.last_day >= a.performance_first_day)
),

listed_specialty AS (
    SELECT a.place, s.specialty_code, s.provider_class
    FROM assignment AS a
    JOIN primary_care_specialty AS s
        ON (s.first_day IS NULL OR s.first_day <= a.performance_first_day)
        AND (s.last_day IS NULL OR s.last_day >= a.performance_first_day)
),

-- Until 2018 an ACO attests the physicians of its clinics (425.404(a)).
attested AS (
    SELECT DISTINCT a.place, t.ccn, t.npi
    FROM assignment AS a
    JOIN attested_physician AS t
        ON (t.valid_from IS NULL OR t.valid_from <= a.performance_first_day)
        AND (t.valid_to IS NULL OR t.valid_to >= a.performance_first_day)
    WHERE a.clinic_attestation
),

listed_revenue AS (
    SELECT a.place, r.bill_type, r.revenue_center_code
    FROM assignment AS a
    JOIN primary_care_revenue AS r
        ON (r.first_day IS NULL OR r.first_day <= a.performance_first_day)
        AND (r.last_day IS NULL OR r.last_day >= a.performance_first_day)
),

specialty AS (
    SELECT npi, MIN(specialty_code) AS specialty_code FROM provider GROUP BY npi
),

-- Lines with a code that any window lists, of those who bill for themselves: nothing else of
-- theirs counts, so that most claims leave before anything is joined.
office_line AS (
    SELECT
        c.person_id, c.claim_key, c.version_number, c.line_of_business, c.effective_on,
        c.claim_end_date, c.place_of_service_code, c.hcpcs_code, c.billing_tin AS unit_id,
        c.rendering_npi, c.rendering_specialty_code, c.allowed_cents
    FROM medical_claim AS c
    SEMI JOIN primary_care_code AS k ON k.code = c.hcpcs_code
    WHERE c.claim_type = 'professional'
        AND c.version_type <> 'cancel'
        AND c.denied IS NOT TRUE
        AND c.allowed_cents > 0
        AND c.billing_tin IS NOT NULL
),

-- Stays, every line of an FQHC or RHC, and what a hospital bills for its physicians.
facility_line AS (
    SELECT
        c.person_id, c.claim_key, c.version_number, c.line_of_business, c.effective_on,
        c.claim_start_date, c.claim_end_date, c.admission_date, c.bill_type_code,
        c.revenue_center_code, c.place_of_service_code, c.hcpcs_code, c.facility_ccn AS unit_id,
        c.rendering_npi, c.rendering_specialty_code, c.denied,
        COALESCE(c.allowed_cents, c.paid_cents) AS allowed_cents,
        CASE
            WHEN c.bill_type_code LIKE '77%' OR c.bill_type_code LIKE '71%' THEN 'clinic'
            WHEN c.bill_type_code LIKE '85%'
                AND c.revenue_center_code BETWEEN '0960' AND '0989' THEN 'cah_method_ii'
            WHEN c.bill_type_code LIKE '13%' AND h.ccn IS NOT NULL THEN 'eta_hospital'
            WHEN c.bill_type_code LIKE '11%' THEN 'inpatient'
            WHEN c.bill_type_code LIKE '18%' OR c.bill_type_code LIKE '21%' THEN 'snf'
        END AS setting
    FROM medical_claim AS c
    LEFT JOIN (
        SELECT DISTINCT ccn FROM facility WHERE facility_type = 'eta_hospital'
    ) AS h ON h.ccn = c.facility_ccn
    WHERE c.claim_type = 'institutional'
        AND c.version_type <> 'cancel'
        AND substr(c.bill_type_code, 1, 2) IN ('77', '71', '85', '13', '11', '18', '21')
),

-- Of them those that stood on paid_through.
facility_standing AS (
    SELECT a.place, a.assignment_first_day, c.*
    FROM assignment AS a
    JOIN facility_line AS c
        ON c.line_of_business = a.line_of_business
        AND c.claim_end_date BETWEEN a.expanded_first_day AND a.assignment_last_day
        AND c.effective_on <= a.paid_through
    LEFT JOIN superseded_month AS v
        ON v.person_id = c.person_id
        AND v.claim_key = c.claim_key
        AND v.version_number = c.version_number
        AND v.superseded_on <= a.paid_through
    WHERE c.setting IS NOT NULL AND v.claim_key IS NULL
),

-- Stays during which nursing visits and advance care planning are not primary care (425.400(c)).
stay AS (
    SELECT DISTINCT
        person_id,
        CASE WHEN setting = 'inpatient' THEN 'not_inpatient' ELSE 'not_in_snf' END AS condition,
        COALESCE(admission_date, claim_start_date) AS first_day,
        claim_end_date AS last_day
    FROM facility_standing
    WHERE setting IN ('inpatient', 'snf')
),

-- Where clinics are attested, their services are primary care where their claim has a listed code
-- or revenue center (425.404(b)(1)): its other lines too.
primary_claim AS (
    SELECT DISTINCT c.place, c.person_id, c.claim_key, c.version_number
    FROM facility_standing AS c
    JOIN assignment AS a ON a.place = c.place AND a.clinic_attestation
    LEFT JOIN listed_code AS k
        ON k.place = c.place AND k.code = c.hcpcs_code AND k.condition <> 'eta_hospital'
    LEFT JOIN listed_revenue AS r
        ON r.place = c.place
        AND r.bill_type = substr(c.bill_type_code, 1, 2)
        AND r.revenue_center_code = c.revenue_center_code
    WHERE c.setting = 'clinic' AND (k.code IS NOT NULL OR r.bill_type IS NOT NULL)
),

-- Services of an FQHC or RHC are a primary care physician's, save where it is an ACO's that attests
-- who is one (425.404(b)).
line AS (
    SELECT
        a.place,
        a.assignment_first_day,
        c.person_id,
        c.claim_end_date AS service_on,
        'office' AS setting,
        'tin' AS unit_type,
        c.unit_id,
        c.rendering_npi,
        c.rendering_specialty_code,
        c.place_of_service_code,
        c.allowed_cents,
        k.condition,
        CAST(NULL AS VARCHAR) AS clinic_class
    FROM assignment AS a
    JOIN office_line AS c
        ON c.line_of_business = a.line_of_business
        AND c.claim_end_date BETWEEN a.expanded_first_day AND a.assignment_last_day
        AND c.effective_on <= a.paid_through
    JOIN listed_code AS k ON k.place = a.place AND k.code = c.hcpcs_code
    LEFT JOIN superseded_month AS v
        ON v.person_id = c.person_id
        AND v.claim_key = c.claim_key
        AND v.version_number = c.version_number
        AND v.superseded_on <= a.paid_through
    WHERE v.claim_key IS NULL
    UNION ALL
    SELECT
        c.place,
        c.assignment_first_day,
        c.person_id,
        c.claim_end_date AS service_on,
        c.setting,
        'ccn' AS unit_type,
        c.unit_id,
        c.rendering_npi,
        c.rendering_specialty_code,
        c.place_of_service_code,
        c.allowed_cents,
        COALESCE(k.condition, '') AS condition,
        CASE
            WHEN c.setting <> 'clinic' THEN NULL
            WHEN p.ccn IS NULL OR t.npi IS NOT NULL THEN 'pcp'
            WHEN c.rendering_npi IS NULL THEN 'unknown'
            ELSE 'npp'
        END AS clinic_class
    FROM facility_standing AS c
    LEFT JOIN listed_code AS k ON k.place = c.place AND k.code = c.hcpcs_code
    LEFT JOIN listed_revenue AS r
        ON r.place = c.place
        AND r.bill_type = substr(c.bill_type_code, 1, 2)
        AND r.revenue_center_code IS NULL
    LEFT JOIN primary_claim AS q
        ON q.place = c.place
        AND q.person_id = c.person_id
        AND q.claim_key = c.claim_key
        AND q.version_number = c.version_number
    LEFT JOIN attested AS t
        ON t.place = c.place AND t.ccn = c.unit_id AND t.npi = c.rendering_npi
    LEFT JOIN (SELECT DISTINCT place, ccn FROM attested) AS p
        ON p.place = c.place AND p.ccn = c.unit_id
    WHERE c.setting NOT IN ('inpatient', 'snf')
        AND (k.code IS NOT NULL OR r.bill_type IS NOT NULL OR q.claim_key IS NOT NULL)
        AND c.denied IS NOT TRUE
        AND c.allowed_cents > 0
        AND c.unit_id IS NOT NULL
),

service AS (
    SELECT
        l.*,
        CASE
            WHEN l.clinic_class IS NOT NULL THEN l.clinic_class
            WHEN COALESCE(l.rendering_specialty_code, p.specialty_code) IS NULL THEN 'unknown'
            ELSE s.provider_class
        END AS provider_class
    FROM line AS l
    LEFT JOIN specialty AS p ON p.npi = l.rendering_npi
    LEFT JOIN listed_specialty AS s
        ON s.place = l.place
        AND s.specialty_code = COALESCE(l.rendering_specialty_code, p.specialty_code)
    WHERE CASE
        WHEN l.condition = 'eta_hospital' THEN l.setting = 'eta_hospital'
        WHEN l.condition IN ('not_in_snf', 'not_pos_31')
            THEN COALESCE(l.place_of_service_code, '') <> '31'
        WHEN l.condition = 'not_inpatient' THEN COALESCE(l.place_of_service_code, '') <> '21'
        WHEN l.condition = 'at_home'
            THEN l.setting <> 'office' OR COALESCE(l.place_of_service_code, '') = '12'
        ELSE TRUE
    END
),

used AS (
    SELECT
        s.place,
        s.person_id,
        s.unit_type,
        s.unit_id,
        s.provider_class,
        SUM(CASE WHEN s.service_on >= s.assignment_first_day THEN s.allowed_cents ELSE 0 END)
            AS allowed_cents,
        COUNT(CASE WHEN s.service_on >= s.assignment_first_day THEN 1 END) AS services,
        SUM(s.allowed_cents) AS expanded_allowed_cents,
        COUNT(*) AS expanded_services,
        MAX(s.service_on) AS last_service_on
    FROM service AS s
    ANTI JOIN stay AS t
        ON t.person_id = s.person_id
        AND t.condition = s.condition
        AND s.service_on >= t.first_day
        AND s.service_on <= t.last_day
    WHERE s.provider_class IS NOT NULL
    GROUP BY s.place, s.person_id, s.unit_type, s.unit_id, s.provider_class
)

SELECT
    a.window_id,
    u.person_id,
    u.unit_type,
    u.unit_id,
    u.provider_class,
    u.allowed_cents,
    u.services,
    u.expanded_allowed_cents,
    u.expanded_services,
    u.last_service_on
FROM used AS u
JOIN assignment AS a ON a.place = u.place
