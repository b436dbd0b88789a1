/*
row: One visit of one person to one clinician of one practice on one day, in a year of an analysis or the year before.
grain: [analysis_id, person_id, visited_on, practice_id, clinician_npi]
span: person
period: year
asked_by: [analysis_choice]
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  person_id: {type: VARCHAR, required: true, says: the patient}
  visited_on: {type: DATE, required: true, says: the day}
  in_year: {type: BOOLEAN, required: true, says: in the year itself}
  practice_id: {type: VARCHAR, required: true, says: "billing TIN, or CCN of an FQHC, RHC or method II critical access hospital; empty: the claim names none"}
  clinician_npi: {type: VARCHAR, required: true, says: "who was seen; empty: the claim names nobody"}
  specialty_code: {type: VARCHAR, says: "specialty of the claim, else of the provider"}
  is_primary: {type: BOOLEAN, required: true, says: "primary care: a specialty of primary care or a class of non-physicians, or an FQHC or RHC"}
  is_new: {type: BOOLEAN, required: true, says: billed by a code for new patients}
  is_after_hours: {type: BOOLEAN, required: true, says: marked as outside office hours}
  is_urgent: {type: BOOLEAN, required: true, says: in an urgent care centre}
*/
WITH asked AS (
    SELECT
        p.analysis_id,
        p.line_of_business,
        p.first_day,
        p.last_day,
        p.paid_through,
        make_date(year(p.first_day) - 1, 1, 1) AS earlier_day
    FROM analysis_period AS p
    WHERE EXISTS (
        SELECT 1
        FROM analysis_choice AS c
        WHERE c.analysis_id = p.analysis_id
            AND c.kind = 'measure'
            AND c.name IN ('access', 'continuity', 'leakage', 'panel')
    )
),

specialty AS (
    SELECT npi, MIN(specialty_code) AS specialty_code FROM provider GROUP BY npi
),

line AS (
    SELECT
        a.analysis_id,
        a.first_day,
        c.person_id,
        c.claim_key,
        c.version_number,
        COALESCE(c.claim_line_start_date, c.claim_start_date) AS visited_on,
        c.hcpcs_code,
        c.place_of_service_code,
        c.claim_type = 'institutional' AND c.bill_type_code NOT LIKE '85%' AS is_clinic,
        COALESCE(starts_with(c.revenue_center_code, '052'), FALSE) AS is_clinic_visit,
        COALESCE(
            CASE WHEN c.claim_type = 'professional' THEN c.billing_tin ELSE c.facility_ccn END, ''
        ) AS practice_id,
        COALESCE(c.rendering_npi, '') AS clinician_npi,
        c.rendering_specialty_code
    FROM asked AS a
    JOIN final_claim AS c
        ON c.line_of_business = a.line_of_business
        AND c.claim_end_date BETWEEN a.earlier_day AND a.last_day
    WHERE c.effective_on <= a.paid_through
        AND (c.superseded_on IS NULL OR c.superseded_on > a.paid_through)
        AND c.version_type <> 'cancel'
        AND NOT COALESCE(c.denied, FALSE)
        AND (
            c.claim_type = 'professional'
            AND COALESCE(c.place_of_service_code, '') NOT IN ('21', '23', '31', '51', '61')
            OR c.claim_type = 'institutional'
            AND (
                c.bill_type_code LIKE '71%' OR c.bill_type_code LIKE '77%'
                OR c.bill_type_code LIKE '85%' AND c.revenue_center_code BETWEEN '0960' AND '0989'
            )
        )
),

marked AS (
    SELECT
        l.*,
        v.code IS NOT NULL OR l.is_clinic AND l.is_clinic_visit AS is_visit,
        COALESCE(v.new_patient = 'yes', FALSE) AS is_new,
        COALESCE(h.kind, p.kind, '') = 'after_hours' AS is_after_hours,
        COALESCE(p.kind, h.kind, '') = 'urgent' AS is_urgent,
        COALESCE(l.rendering_specialty_code, s.specialty_code) AS specialty_code
    FROM line AS l
    LEFT JOIN visit_code AS v
        ON v.code = l.hcpcs_code
        AND (v.first_day IS NULL OR v.first_day <= l.visited_on)
        AND (v.last_day IS NULL OR v.last_day >= l.visited_on)
    LEFT JOIN after_hours_code AS h
        ON h.code_type = 'hcpcs'
        AND h.code = l.hcpcs_code
        AND (h.first_day IS NULL OR h.first_day <= l.visited_on)
        AND (h.last_day IS NULL OR h.last_day >= l.visited_on)
    LEFT JOIN after_hours_code AS p
        ON p.code_type = 'place_of_service'
        AND p.code = l.place_of_service_code
        AND (p.first_day IS NULL OR p.first_day <= l.visited_on)
        AND (p.last_day IS NULL OR p.last_day >= l.visited_on)
    LEFT JOIN specialty AS s ON s.npi = l.clinician_npi
    WHERE v.code IS NOT NULL OR h.code IS NOT NULL OR l.is_clinic AND l.is_clinic_visit
),

-- The code for the hour stands on its own line beside the visit's, so lines meet before the test.
day_of_visit AS (
    SELECT
        m.analysis_id,
        m.person_id,
        m.visited_on,
        m.visited_on >= MIN(m.first_day) AS in_year,
        m.practice_id,
        m.clinician_npi,
        MIN(m.specialty_code) AS specialty_code,
        bool_or(m.is_clinic OR k.specialty_code IS NOT NULL) AS is_primary,
        bool_or(m.is_visit) AS is_visit,
        bool_or(m.is_new) AS is_new,
        bool_or(m.is_after_hours) AS is_after_hours,
        bool_or(m.is_urgent) AS is_urgent
    FROM marked AS m
    LEFT JOIN attribution_specialty AS k
        ON k.list = 'primary_care'
        AND k.provider_class = 'primary'
        AND k.specialty_code = m.specialty_code
        AND (k.first_day IS NULL OR k.first_day <= m.visited_on)
        AND (k.last_day IS NULL OR k.last_day >= m.visited_on)
    GROUP BY m.analysis_id, m.person_id, m.visited_on, m.practice_id, m.clinician_npi
)

SELECT
    analysis_id, person_id, visited_on, in_year, practice_id, clinician_npi, specialty_code,
    is_primary, is_new, is_after_hours, is_urgent
FROM day_of_visit
WHERE is_visit
