/*
row: One line that counts in an analysis of cost, with what it is and the class of who did it.
grain: [analysis_id, claim_key, version_number, claim_line_number]
span: person
period: year
kind: view
columns:
  analysis_id: {type: VARCHAR, required: true, says: the analysis and its year}
  claim_key: {type: VARCHAR, required: true, says: the claim}
  version_number: {type: INTEGER, required: true, says: its version}
  claim_line_number: {type: INTEGER, required: true, says: its line}
  person_id: {type: VARCHAR, required: true, says: the person}
  claim_type: {type: VARCHAR, required: true, says: "professional, institutional, dme or pharmacy"}
  claim_end_date: {type: DATE, required: true, says: the day whose month it counts in}
  service_on: {type: DATE, required: true, says: the day it began}
  service_category: {type: VARCHAR, required: true, says: its one service category}
  place: {type: VARCHAR, required: true, says: "place of service; none: the line has none"}
  tin: {type: VARCHAR, required: true, says: "who bills; none: not said"}
  npi: {type: VARCHAR, required: true, says: "who did it, or the pharmacy; none: not said"}
  ccn: {type: VARCHAR, required: true, says: "the facility; none: not said"}
  service: {type: VARCHAR, required: true, says: "imaging, procedure, device, post_acute or other"}
  own_class: {type: VARCHAR, says: "class of who did it, or who prescribed it, where the class opens care"}
  primary_care: {type: VARCHAR, required: true, says: "narrow (broad too), broad or none"}
  hcpcs_code: {type: VARCHAR, says: HCPCS or CPT code}
  drg_code: {type: VARCHAR, says: MS-DRG}
  units_e3: {type: BIGINT, says: "units of service times 1,000"}
  allowed_cents: {type: BIGINT, says: "allowed, cents; empty: not said"}
  claims_cents: {type: BIGINT, required: true, says: "paid, cents"}
*/
WITH medical AS (
    SELECT
        x.analysis_id,
        c.claim_key,
        c.version_number,
        c.claim_line_number,
        c.person_id,
        c.claim_type,
        c.claim_end_date,
        c.service_on,
        c.service_category,
        c.place_of_service_code,
        c.billing_tin,
        c.rendering_npi AS npi,
        c.facility_ccn,
        c.revenue_center_code,
        c.hcpcs_code,
        CASE WHEN c.service_category = 'inpatient_hospital' THEN c.drg_code END AS drg_code,
        CAST(c.service_unit_quantity * 1000 AS BIGINT) AS units_e3,
        CASE
            WHEN c.claim_type = 'professional'
                THEN COALESCE(c.rendering_specialty_code, p.specialty_code)
        END AS specialty_code,
        c.claims_allowed_cents AS allowed_cents,
        c.claims_cents
    FROM cost_analysis AS x
    JOIN counted_line AS c ON c.place = x.place
    LEFT JOIN provider AS p ON p.npi = c.rendering_npi
),

line AS (
    SELECT m.* FROM medical AS m
    UNION ALL
    SELECT
        u.analysis_id,
        u.claim_key,
        u.version_number,
        u.claim_line_number,
        u.person_id,
        'pharmacy' AS claim_type,
        u.dispensing_date AS claim_end_date,
        u.dispensing_date AS service_on,
        'pharmacy' AS service_category,
        NULL AS place_of_service_code,
        NULL AS billing_tin,
        u.dispensing_npi AS npi,
        NULL AS facility_ccn,
        NULL AS revenue_center_code,
        NULL AS hcpcs_code,
        NULL AS drg_code,
        NULL AS units_e3,
        p.specialty_code,
        u.allowed_cents,
        COALESCE(u.paid_cents, 0) AS claims_cents
    FROM pharmacy_use AS u
    LEFT JOIN provider AS p ON p.npi = u.prescribing_npi
)

SELECT
    l.analysis_id,
    l.claim_key,
    l.version_number,
    l.claim_line_number,
    l.person_id,
    l.claim_type,
    l.claim_end_date,
    l.service_on,
    l.service_category,
    COALESCE(l.place_of_service_code, 'none') AS place,
    COALESCE(l.billing_tin, 'none') AS tin,
    COALESCE(l.npi, 'none') AS npi,
    COALESCE(l.facility_ccn, 'none') AS ccn,
    COALESCE(sg.service, sr.service, sc.service, 'other') AS service,
    CASE WHEN k.opens = 'yes' THEN k.clinician_class END AS own_class,
    CASE
        WHEN nc.code IS NOT NULL AND n.code IS NOT NULL THEN 'narrow'
        WHEN b.code IS NOT NULL OR g.code IS NOT NULL THEN 'broad'
        ELSE 'none'
    END AS primary_care,
    l.hcpcs_code,
    l.drg_code,
    l.units_e3,
    l.allowed_cents,
    l.claims_cents
FROM line AS l
LEFT JOIN clinician_class AS k
    ON k.specialty_code = l.specialty_code
    AND (k.first_day IS NULL OR k.first_day <= l.service_on)
    AND (k.last_day IS NULL OR k.last_day >= l.service_on)
LEFT JOIN (SELECT t.* FROM initiated_service AS t WHERE kind = 'category') AS sg
    ON sg.first_code = l.service_category
    AND (sg.first_day IS NULL OR sg.first_day <= l.claim_end_date)
    AND (sg.last_day IS NULL OR sg.last_day >= l.claim_end_date)
LEFT JOIN (SELECT t.* FROM initiated_service AS t WHERE kind = 'revenue') AS sr
    ON l.revenue_center_code BETWEEN sr.first_code AND sr.last_code
    AND (sr.first_day IS NULL OR sr.first_day <= l.claim_end_date)
    AND (sr.last_day IS NULL OR sr.last_day >= l.claim_end_date)
LEFT JOIN (SELECT t.* FROM initiated_service AS t WHERE kind = 'code') AS sc
    ON l.hcpcs_code BETWEEN sc.first_code AND sc.last_code
    AND (sc.first_day IS NULL OR sc.first_day <= l.claim_end_date)
    AND (sc.last_day IS NULL OR sc.last_day >= l.claim_end_date)
LEFT JOIN primary_care_code AS nc
    ON nc.code = l.hcpcs_code
    AND l.claim_type = 'professional'
    AND (nc.first_day IS NULL OR nc.first_day <= l.claim_end_date)
    AND (nc.last_day IS NULL OR nc.last_day >= l.claim_end_date)
LEFT JOIN (SELECT t.* FROM primary_care_spend AS t WHERE kind = 'specialty_and_code') AS n
    ON n.code = l.specialty_code
    AND (n.first_day IS NULL OR n.first_day <= l.claim_end_date)
    AND (n.last_day IS NULL OR n.last_day >= l.claim_end_date)
LEFT JOIN (SELECT t.* FROM primary_care_spend AS t WHERE kind = 'specialty') AS b
    ON b.code = l.specialty_code
    AND l.claim_type = 'professional'
    AND (b.first_day IS NULL OR b.first_day <= l.claim_end_date)
    AND (b.last_day IS NULL OR b.last_day >= l.claim_end_date)
LEFT JOIN (SELECT t.* FROM primary_care_spend AS t WHERE kind = 'category') AS g
    ON g.code = l.service_category
    AND (g.first_day IS NULL OR g.first_day <= l.claim_end_date)
    AND (g.last_day IS NULL OR g.last_day >= l.claim_end_date)
