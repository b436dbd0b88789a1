/*
row: Primary care services of one person by one billing unit and class of provider in one assignment window.
grain: [window_id, person_id, unit_type, unit_id, provider_class]
span: person
period: year
columns:
  window_id: {type: VARCHAR, required: true, says: the assignment window}
  person_id: {type: VARCHAR, required: true, says: the patient}
  unit_type: {type: VARCHAR, required: true, says: tin or ccn}
  unit_id: {type: VARCHAR, required: true, says: "billing TIN, or the CCN of an FQHC, RHC, electing teaching amendment hospital or method II critical access hospital"}
  provider_class: {type: VARCHAR, required: true, says: "pcp, npp (nurse practitioner, physician assistant, clinical nurse specialist) or specialist"}
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
WITH assignment AS (
    SELECT DISTINCT
        window_id, line_of_business, performance_first_day,
        expanded_first_day, assignment_first_day, assignment_last_day, paid_through
    FROM assignment_window
),

-- The performance year's list also holds for its benchmark years, so its clock is that year.
listed_code AS (
    SELECT a.window_id, k.code, COALESCE(k.condition, '') AS condition
    FROM assignment AS a
    JOIN primary_care_code AS k
        ON (k.first_day IS NULL OR k.first_day <= a.performance_first_day)
        AND (k.last_day IS NULL OR k.last_day >= a.performance_first_day)
),

listed_specialty AS (
    SELECT a.window_id, s.specialty_code, s.provider_class
    FROM assignment AS a
    JOIN primary_care_specialty AS s
        ON (s.first_day IS NULL OR s.first_day <= a.performance_first_day)
        AND (s.last_day IS NULL OR s.last_day >= a.performance_first_day)
),

eta_hospital AS (
    SELECT DISTINCT ccn FROM facility WHERE facility_type = 'eta_hospital'
),

specialty AS (
    SELECT npi, MIN(specialty_code) AS specialty_code FROM provider GROUP BY npi
),

-- The lines that stood on paid_through and were not refused, by where the service was furnished.
line AS (
    SELECT
        a.window_id,
        a.assignment_first_day,
        c.person_id,
        c.claim_end_date AS service_on,
        CASE
            WHEN c.claim_type = 'professional' THEN 'office'
            WHEN c.claim_type <> 'institutional' THEN 'other'
            WHEN c.bill_type_code LIKE '77%' OR c.bill_type_code LIKE '71%' THEN 'clinic'
            WHEN c.bill_type_code LIKE '85%'
                AND c.revenue_center_code BETWEEN '0960' AND '0989' THEN 'cah_method_ii'
            WHEN c.bill_type_code LIKE '13%' AND h.ccn IS NOT NULL THEN 'eta_hospital'
            ELSE 'other'
        END AS setting,
        CASE WHEN c.claim_type = 'professional' THEN 'tin' ELSE 'ccn' END AS unit_type,
        CASE
            WHEN c.claim_type = 'professional' THEN c.billing_tin ELSE c.facility_ccn
        END AS unit_id,
        c.rendering_npi,
        c.rendering_specialty_code,
        c.place_of_service_code,
        CASE
            WHEN c.claim_type = 'professional' THEN c.allowed_cents
            ELSE COALESCE(c.allowed_cents, c.paid_cents)
        END AS allowed_cents,
        k.code,
        COALESCE(k.condition, '') AS condition
    FROM assignment AS a
    JOIN final_claim AS c
        ON c.line_of_business = a.line_of_business
        AND c.claim_end_date BETWEEN a.expanded_first_day AND a.assignment_last_day
        AND c.effective_on <= a.paid_through
        AND (c.superseded_on IS NULL OR c.superseded_on > a.paid_through)
    LEFT JOIN listed_code AS k ON k.window_id = a.window_id AND k.code = c.hcpcs_code
    LEFT JOIN eta_hospital AS h ON h.ccn = c.facility_ccn
    WHERE c.version_type <> 'cancel' AND NOT COALESCE(c.denied, FALSE)
),

-- Stays during which nursing visits and advance care planning are not primary care (425.400(c)).
stay AS (
    SELECT DISTINCT
        c.person_id,
        CASE WHEN c.bill_type_code LIKE '11%' THEN 'not_inpatient' ELSE 'not_in_snf' END
            AS condition,
        COALESCE(c.admission_date, c.claim_start_date) AS first_day,
        c.claim_end_date AS last_day
    FROM final_claim AS c
    JOIN assignment AS a
        ON c.line_of_business = a.line_of_business
        AND c.claim_end_date BETWEEN a.expanded_first_day AND a.assignment_last_day
        AND c.effective_on <= a.paid_through
        AND (c.superseded_on IS NULL OR c.superseded_on > a.paid_through)
    WHERE c.claim_type = 'institutional'
        AND c.version_type <> 'cancel'
        AND (
            c.bill_type_code LIKE '11%'
            OR c.bill_type_code LIKE '18%'
            OR c.bill_type_code LIKE '21%'
        )
),

-- Every service of an FQHC or RHC is primary care by a primary care physician (425.404(b)).
service AS (
    SELECT
        l.*,
        CASE WHEN l.setting = 'clinic' THEN 'pcp' ELSE s.provider_class END AS provider_class
    FROM line AS l
    LEFT JOIN specialty AS p ON p.npi = l.rendering_npi
    LEFT JOIN listed_specialty AS s
        ON s.window_id = l.window_id
        AND s.specialty_code = COALESCE(l.rendering_specialty_code, p.specialty_code)
    WHERE l.setting <> 'other'
        AND l.unit_id IS NOT NULL
        AND l.allowed_cents > 0
        AND (l.code IS NOT NULL OR l.setting = 'clinic')
        AND (l.condition <> 'eta_hospital' OR l.setting = 'eta_hospital')
        AND NOT (l.condition = 'not_in_snf' AND COALESCE(l.place_of_service_code, '') = '31')
        AND NOT (l.condition = 'not_inpatient' AND COALESCE(l.place_of_service_code, '') = '21')
        AND NOT EXISTS (
            SELECT 1
            FROM stay AS t
            WHERE t.person_id = l.person_id
                AND t.condition = l.condition
                AND l.service_on BETWEEN t.first_day AND t.last_day
        )
)

SELECT
    window_id,
    person_id,
    unit_type,
    unit_id,
    provider_class,
    SUM(CASE WHEN service_on >= assignment_first_day THEN allowed_cents ELSE 0 END)
        AS allowed_cents,
    COUNT(CASE WHEN service_on >= assignment_first_day THEN 1 END) AS services,
    SUM(allowed_cents) AS expanded_allowed_cents,
    COUNT(*) AS expanded_services,
    MAX(service_on) AS last_service_on
FROM service
WHERE provider_class IS NOT NULL
GROUP BY window_id, person_id, unit_type, unit_id, provider_class
